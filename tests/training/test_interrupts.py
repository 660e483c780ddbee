"""The first signal asks a run to end, the second one ends it."""

from __future__ import annotations

import contextlib
import signal
import threading

import pytest

from seqjax.training.interrupts import patient, stopping


def test_nothing_happened():
    with stopping() as stop:
        assert not stop()
    assert stop.status == 0


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_first_signal_asks(number, status, capfd):
    before = signal.getsignal(number)
    with stopping() as stop:
        assert signal.getsignal(number) is not before
        signal.raise_signal(number)
        assert stop()
        assert signal.getsignal(number) is signal.SIG_DFL  # so that a second one kills
    assert stop.status == status
    assert signal.getsignal(number) is before
    assert "stopping after this step" in capfd.readouterr().err


def test_handlers_come_back_after_an_error():
    before = signal.getsignal(signal.SIGINT)
    with contextlib.suppress(RuntimeError), stopping():
        raise RuntimeError
    assert signal.getsignal(signal.SIGINT) is before


def test_other_threads_change_nothing():
    """Python handles signals in the main thread alone: a run in another is not asked to end."""
    before, seen = signal.getsignal(signal.SIGINT), []

    def work():
        with stopping() as stop:
            seen.append((signal.getsignal(signal.SIGINT), stop()))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [(before, False)]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_before_the_first_step_a_signal_does_what_it_did_outside(number):
    """It is compiled for minutes, and nothing would be lost."""
    seen = []
    before = signal.signal(number, lambda got, frame: seen.append(got))
    try:
        with stopping(at_once=True) as stop:
            assert not patient()
            signal.raise_signal(number)
            assert seen == [number]
            assert stop.status == 0
            assert not stop()  # after the first step
            assert patient()
            signal.raise_signal(number)
            assert stop()
        assert not patient()
    finally:
        signal.signal(number, before)
    assert seen == [number]


def test_ctrl_c_before_the_first_step_is_an_exception():
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt), stopping(at_once=True):
            signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)

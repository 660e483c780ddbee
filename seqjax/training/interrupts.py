"""SIGINT and SIGTERM end a training run between two steps, with everything saved."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stop:
    """``stop()`` says whether a signal asked the run to end; ``status`` is its exit status.

    128 plus the number of the signal, as shells have it: 130 of SIGINT, 143 of SIGTERM.
    """

    def __init__(self, *, patient: bool = True) -> None:
        self.status = 0
        self.patient = patient
        """whether a signal only asks; always so once ``stop()`` has been called"""

    def __call__(self) -> bool:
        self.patient = True
        return self.status != 0


_open: list[Stop] = []
"""Those of the ``stopping`` blocks that the main thread is in."""


def patient() -> bool:
    """Whether a signal would only ask for the end now, since work could be lost.

    >>> with stopping():
    ...     patient()
    True
    >>> patient()
    False
    """
    return any(stop.patient for stop in _open)


@contextlib.contextmanager
def stopping(*, at_once: bool = False) -> Iterator[Stop]:
    """Within the block the first SIGINT or SIGTERM only sets ``stop``; a second one kills.

        with stopping() as stop:
            fit(..., stop=stop)

    Args:
      at_once: until ``stop()`` is called for the first time, as ``fit`` does after its first step,
        a signal does what it did outside the block: before that there is nothing to be saved, and
        the first step, which is compiled, may take minutes.

    Outside the main thread, where Python handles no signals, nothing is changed.

    >>> with stopping() as stop:
    ...     signal.raise_signal(signal.SIGTERM)
    ...     stop(), stop.status
    (True, 143)
    """
    stop = Stop(patient=not at_once)
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return

    def ask_to_stop(number: int, frame: FrameType | None) -> None:
        if not stop.patient:
            _as_outside(handlers[signal.Signals(number)], number, frame)
            return
        stop.status = 128 + number
        for signal_number in SIGNALS:
            signal.signal(signal_number, signal.SIG_DFL)
        # Not print: the signal may have come in the middle of another print.
        os.write(2, b"\nstopping after this step; the same signal again stops at once\n")

    handlers = {number: signal.getsignal(number) for number in SIGNALS}
    for number in SIGNALS:
        signal.signal(number, ask_to_stop)
    _open.append(stop)
    try:
        yield stop
    finally:
        _open.remove(stop)
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _as_outside(handler: Any, number: int, frame: FrameType | None) -> None:
    """What a signal does with this handler."""
    if callable(handler):
        handler(number, frame)
    elif handler != signal.SIG_IGN:
        signal.signal(number, signal.SIG_DFL)
        signal.raise_signal(number)

"""Ctrl-C and SIGTERM while a launch prepares, compiles or reports: the status, and one line."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from paths import ROOT

from experiments import signals

PROGRAM = """
import ctypes, signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # whatever the tests run in
from experiments import launch

def swallowed():
    # As a library does that calls back into Python: what is raised there goes no further.
    @ctypes.CFUNCTYPE(None)
    def callback():
        print("ready", flush=True)
        time.sleep(60)
    sys.unraisablehook = lambda raised: None
    callback()
    time.sleep(60)

def compiled():
    # As compiled code, which Python's handlers have to wait for.
    print("ready", flush=True)
    ctypes.PyDLL(None).sleep(60)

def cleaned():
    try:
        print("ready", flush=True)
        time.sleep(60)
    finally:
        print("cleaned", flush=True)

def converted():
    try:
        print("ready", flush=True)
        time.sleep(60)
    except KeyboardInterrupt:
        raise RuntimeError("a library made this of it") from None

launch.run({"%s"})
"""
PROGRAM = PROGRAM.replace('{"%s"}', "globals()[sys.stdin.readline().strip()]")
SIGNALS = [(signal.SIGINT, 130, "Ctrl-C"), (signal.SIGTERM, 143, "SIGTERM")]


def stopped(what: str, number: int) -> tuple[int, str, str]:
    """Status, output and errors of the program, to which a signal was sent."""
    environment = dict(os.environ, PYTHONPATH=str(ROOT))
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT, env=environment, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        process.stdin.write(f"{what}\n")
        process.stdin.flush()
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.05)
        process.send_signal(number)
        out, error = process.communicate(timeout=50)
    return process.returncode, out, error


@pytest.mark.parametrize(("number", "status", "name"), SIGNALS)
def test_it_ends_and_cleans_up(number: int, status: int, name: str) -> None:
    assert stopped("cleaned", number) == (status, "cleaned\n", f"\nstopped by {name}\n")


def test_even_where_the_interruption_gets_lost() -> None:
    """It was swallowed, has to wait for compiled code, or has become another error."""
    for what in ("swallowed", "compiled", "converted"):
        assert stopped(what, signal.SIGINT) == (130, "", "\nstopped by Ctrl-C\n"), what


def test_afterwards_all_is_as_before() -> None:
    """Handlers, and nothing that would end the process at a later signal."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    before, threads = [signal.getsignal(number) for number in numbers], threading.active_count()
    with signals.ending():
        assert [signal.getsignal(number) for number in numbers] != before
        assert threading.active_count() == threads + 1
    assert [signal.getsignal(number) for number in numbers] == before
    descriptor = signal.set_wakeup_fd(-1)
    signal.set_wakeup_fd(descriptor)
    assert descriptor == -1
    time.sleep(0.1)
    assert threading.active_count() == threads

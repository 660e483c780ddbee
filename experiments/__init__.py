"""What can be launched: ``python -m experiments`` lists it."""

import contextlib
import os
import signal
import sys

NAMES = {signal.SIGINT: "Ctrl-C", signal.SIGTERM: "SIGTERM"}


def say(number: int) -> None:
    """One line on standard error, past whatever the main thread is just printing."""
    with contextlib.suppress(OSError):
        os.write(2, f"\nstopped by {NAMES[signal.Signals(number)]}\n".encode())


def leave(number: int, frame: object) -> None:
    """Ends the process at once, with one line and the status that shells have for the signal."""
    say(number)
    os._exit(128 + number)


if sys.argv[0] == "-m":
    # ``python -m experiments.NAME`` imports this first. Until the launch begins, which has handlers
    # of its own, a signal ends it without the traceback of whatever was being imported.
    for number, usual in (
        (signal.SIGINT, signal.default_int_handler),
        (signal.SIGTERM, signal.SIG_DFL),
    ):
        if signal.getsignal(number) is usual:
            signal.signal(number, leave)

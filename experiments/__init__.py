"""What can be launched: ``python -m experiments`` lists it."""

import os
import signal
import sys


def leave(number: int, frame: object) -> None:
    """Ends the process at once, with the status that shells have for the signal."""
    os._exit(128 + number)


if sys.argv[0] == "-m" and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    # ``python -m experiments.NAME`` imports this first. Until the launch begins, which puts the
    # usual handler back, Ctrl-C ends it without the traceback of whatever was being imported.
    signal.signal(signal.SIGINT, leave)

"""What can be launched: ``python -m experiments`` lists it."""

import os
import signal
import sys


def _leave(number: int, frame: object) -> None:
    os._exit(128 + number)


if sys.argv[0] == "-m":
    # ``python -m experiments.NAME`` imports this first. Until the launch begins, which puts the
    # usual handler back, Ctrl-C ends it without the traceback of whatever was being imported.
    signal.signal(signal.SIGINT, _leave)

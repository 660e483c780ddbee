"""SIGINT and SIGTERM end a training run between two steps, with everything saved."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stop:
    """``stop()`` says whether a signal asked the run to end; ``status`` is its exit status.

    128 plus the number of the signal, as shells have it: 130 of SIGINT, 143 of SIGTERM.
    """

    def __init__(self) -> None:
        self.status = 0

    def __call__(self) -> bool:
        return self.status != 0


@contextlib.contextmanager
def stopping() -> Iterator[Stop]:
    """Within the block the first SIGINT or SIGTERM only sets ``stop``; a second one kills.

        with stopping() as stop:
            fit(..., stop=stop)

    Outside the main thread, where Python handles no signals, nothing is changed.

    >>> with stopping() as stop:
    ...     signal.raise_signal(signal.SIGTERM)
    ...     stop(), stop.status
    (True, 143)
    """
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return

    def ask_to_stop(number: int, frame: FrameType | None) -> None:
        stop.status = 128 + number
        for signal_number in SIGNALS:
            signal.signal(signal_number, signal.SIG_DFL)
        # Not print: the signal may have come in the middle of another print.
        os.write(2, b"\nstopping after this step; the same signal again stops at once\n")

    handlers = {number: signal.signal(number, ask_to_stop) for number in SIGNALS}
    try:
        yield stop
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)

"""Ctrl-C and SIGTERM end a launch with one line and the status that shells have for them.

While a model trains, ``seqjax.training.interrupts`` takes them: they only ask for the end. At any
other time nothing would be lost. The usual way, KeyboardInterrupt, is not enough then: compiled
code holds it up for as long as it runs, and what a library calls back in may swallow it. So a
thread, which gets the signal at once, ends the process if the main thread has not done so.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator

from experiments import NAMES, leave, say
from seqjax.training import interrupts

GRACE = 2.0
"""Seconds in which the main thread may clean up."""


class Ending:
    """Ends the process when a signal comes; ``status`` is 0 until then."""

    def __init__(self) -> None:
        self.status = 0
        ours, self._theirs = socket.socketpair()
        ours.setblocking(False)
        self._ours = ours
        self._other_fd = signal.set_wakeup_fd(ours.fileno(), warn_on_full_buffer=False)
        threading.Thread(target=self._watch, daemon=True).start()

    def close(self) -> None:
        """Looks at signals no longer; the thread ends."""
        signal.set_wakeup_fd(self._other_fd)
        self._ours.close()

    def __call__(self, number: int, frame: object) -> None:
        """In the main thread, as soon as it executes Python."""
        self.status = 128 + number
        for each in NAMES:  # the second one does not wait
            signal.signal(each, leave)
        raise KeyboardInterrupt

    def _watch(self) -> None:
        """In a thread of its own: each byte is the number of a signal that has just come."""
        with self._theirs:
            while numbers := self._theirs.recv(1):
                if numbers[0] in NAMES and not interrupts.patient():
                    time.sleep(GRACE)
                    if self.status or not interrupts.patient():
                        say(numbers[0])
                        os._exit(128 + numbers[0])


@contextlib.contextmanager
def ending() -> Iterator[None]:
    """Within the block the first SIGINT or SIGTERM ends the process; after it all is as before.

    Signals that are ignored, as those of Ctrl-C are in a background job, stay so. Outside the main
    thread, where Python handles no signals, nothing is changed.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    end, handlers = Ending(), {number: signal.getsignal(number) for number in NAMES}
    for number, handler in handlers.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, end)
    try:
        yield
    finally:
        if not end.status:
            for number, handler in handlers.items():
                signal.signal(number, handler)
            end.close()
        # Whatever a library has made of the interruption, or if it has swallowed it.
        if end.status:
            say(end.status - 128)
            sys.stdout = sys.stderr = None  # nothing more is to be said
            raise SystemExit(end.status)

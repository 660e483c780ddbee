"""Processes that train together and lose each other: how each notices, and what it says.

A process that died breaks a connection: what waits for it raises. One that is silent is given up
after ``timeout()`` seconds where ``waiting`` holds, elsewhere when the service of JAX misses its
heartbeats, after twice as many. Whoever notices ends at once, which the next one notices. With a
single process all functions here do nothing.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import traceback
from collections.abc import Iterator

import jax

from seqjax.training.nonfinite import NonFinite

TIMEOUT = 60.0
"""Seconds that a process waits for the others within a step."""
VARIABLE = "SEQJAX_PROCESS_TIMEOUT"
"""The environment variable that has another number of seconds."""


BROKEN = ("Gloo", "NCCL", "UNAVAILABLE", "DEADLINE_EXCEEDED", "heartbeat", "Connection")
"""What errors of a connection that broke have in them, on CPU, GPU and TPU."""


def several() -> bool:
    """Whether there are others."""
    return int(jax.process_count()) > 1


def timeout() -> float:
    """Seconds after which processes that give no sign are given up."""
    return float(os.environ.get(VARIABLE, TIMEOUT))


@contextlib.contextmanager
def waiting() -> Iterator[None]:
    """Within the block this process waits for the others; after ``timeout()`` it gives up and ends.

    A block holds what takes no time if all are there. It is no place for what is compiled.
    """
    if not several():
        yield
        return
    text = lost(f"the others gave no sign for {timeout():g} seconds")
    timer = threading.Timer(timeout(), leave, [text])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


@contextlib.contextmanager
def connected(*, preparing: bool = False) -> Iterator[None]:
    """A block that the others take part in: what is raised in it ends this process at once.

    They notice, and end as well. At an ordinary end each would wait until the others are done. With
    a single process, and for NonFinite, which all of them raise, nothing is done.

    Args:
      preparing: refusals, which ``together`` has told the others, are raised.
    """
    try:
        yield
    except NonFinite:
        raise
    except Exception as error:
        if not several():
            raise
        reason = " ".join(str(error).split())
        if is_broken(error):
            leave(lost(f"another one has stopped ({reason[:120]})"))
        if preparing and isinstance(error, ValueError | OSError | ImportError):
            raise
        if not isinstance(error, ValueError | OSError):
            traceback.print_exc()
        leave(lost(reason))


def is_broken(error: Exception) -> bool:
    """Whether it is what a connection to the others raises when it breaks."""
    return several() and any(sign in str(error) for sign in BROKEN)


def lost(reason: str) -> str:
    """What is said where other processes cannot be reached."""
    return (
        f"error: process {jax.process_index()} of {jax.process_count()}: {reason}; what was saved"
        " before is whole, and the same command in all processes resumes"
    )


def leave(text: str) -> None:
    """Says it, and ends this process with status 1."""
    print(text, file=sys.stderr, flush=True)
    # Not SystemExit: the interpreter would wait for threads that wait for the others.
    os._exit(1)

"""What is asked of a reader, whatever it is given, and what of this an input breaks."""

from __future__ import annotations

import signal
import time
import traceback
import tracemalloc
import warnings
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import NamedTuple

SECONDS = 2.0
"""Of processor time that a reader may take, whatever the load of the machine."""
HANG = 60
"""Seconds after which it is interrupted."""


class Reader(NamedTuple):
    """A row of a table of readers."""

    read: Callable[[Path], object]
    """reads the file to its end, or raises"""
    seeds: tuple[bytes, ...]
    """good files, small ones: bytes of them are changed"""
    pieces: tuple[bytes, ...]
    """what such files are made of, to be joined in any order"""
    suffix: str = ".txt"
    stem: str = "file"
    multiple: int = 400
    """bytes of memory at most for each byte of the file, ..."""
    allowance: int = 1 << 20
    """... beside these, which any file may take, however small"""


LIMITS = ("time", "memory")


class Fault(NamedTuple):
    """What an input broke."""

    kind: str
    """faults that differ in numbers alone are of one kind"""
    message: str


def broken(reader: Reader, data: bytes, folder: Path) -> Fault | None:
    """What a file of these bytes breaks.

    The reader answers or raises a ValueError, whose message names the file; nothing else is raised,
    warnings included. It takes SECONDS at most, and memory in proportion to the file.
    """
    path = folder / f"{reader.stem}{reader.suffix}"
    path.write_bytes(data)
    fault = _tried(reader, path, len(data))
    # The first time may have imported a library.
    return _tried(reader, path, len(data)) if fault and fault.kind in LIMITS else fault


def _tried(reader: Reader, path: Path, size: int) -> Fault | None:
    tracemalloc.start()
    begin = time.process_time()
    try:
        error = _error_of(reader, path)
        seconds, (_, peak) = time.process_time() - begin, tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    if error is not None and (type(error) is not ValueError or str(path) not in str(error)):
        frame = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{type(error).__name__} at {Path(frame.filename).name}:{frame.lineno}"
        return Fault(where, f"{where}: {error!s:.200}")
    if seconds > SECONDS:
        return Fault("time", f"took {seconds:.1f} s of processor time, want {SECONDS:.0f} at most")
    if peak > (most := reader.allowance + reader.multiple * size):
        return Fault("memory", f"took {peak:,} bytes for {size:,}, want {most:,} at most")
    return None


def _error_of(reader: Reader, path: Path) -> Exception | None:
    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise TimeoutError(f"no answer after {HANG} s")

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.alarm(HANG)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            reader.read(path)
    except Exception as error:
        return error
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    return None

"""How a process keeps memory, and with how many threads XLA computes on CPU."""

from __future__ import annotations

import contextlib
import ctypes
import os

M_TRIM_THRESHOLD, M_MMAP_MAX, M_ARENA_MAX = -1, -4, -8  # of malloc.h
MADV_HUGEPAGE = 14  # of sys/mman.h
ROOM, LARGE = 1 << 31, 1 << 21  # bytes


def keep_memory() -> None:
    """Lets the process keep memory that it freed, in large pages, where it can be told (glibc).

    By default large arrays go back to the system and come again, page by page, at every step: a
    third of the time of a small model's training step on CPU, a sixth of that of a large one.
    Call it before training; every launch does. Elsewhere than on glibc it does nothing.
    """
    with contextlib.suppress(AttributeError, OSError, TypeError):
        c = ctypes.CDLL(None)
        c.mallopt(M_MMAP_MAX, 0)
        c.mallopt(M_TRIM_THRESHOLD, -1)  # never
        c.mallopt(M_ARENA_MAX, 1)  # other threads' own arenas do give back
        _large_pages(c)


def _large_pages(c: ctypes.CDLL) -> None:
    """Asks for large pages in the next ROOM bytes of the heap, where Linux gives them on request.

    Only addresses are taken: memory is used, as ever, where something is written.
    """
    c.malloc.argtypes, c.malloc.restype = [ctypes.c_size_t], ctypes.c_void_p
    c.free.argtypes = [ctypes.c_void_p]
    c.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    if start := c.malloc(ROOM):
        c.madvise(start + -start % LARGE, ROOM - 2 * LARGE, MADV_HUGEPAGE)
        c.free(start)


def threads(count: int) -> None:
    """Lets XLA compute on CPU with so many threads; 0 leaves it to XLA, NPROC from outside wins.

    For programs of many short steps, where waking another thread takes longer than what it does.
    To be called before JAX is first used.

    Raises:
      ValueError: for a count below 0.
    """
    if count < 0:
        raise ValueError(f"threads: got {count}, want 1 or more, or 0 for all cores")
    if count:
        os.environ.setdefault("NPROC", str(count))

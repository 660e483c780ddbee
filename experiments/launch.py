"""How every launch starts, fails and stops.

Exit status: 0 done, 1 a mistake of the user's (one line on standard error), 130 stopped by SIGINT
(Ctrl-C), 143 by SIGTERM, 141 when nobody reads on (``| head``): 128 plus the number of the signal,
as shells have it.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import signal
import sys
from collections.abc import Callable, Iterator
from types import FrameType

from absl import app, flags, logging

HELP = {f"{dashes}{name}" for dashes in ("-", "--") for name in ("help", "helpfull", "helpshort")}
SIGNALS = (signal.SIGINT, signal.SIGTERM)
FULL = (errno.ENOSPC, errno.EDQUOT)
M_TRIM_THRESHOLD, M_MMAP_MAX, M_ARENA_MAX = -1, -4, -8  # of malloc.h
MADV_HUGEPAGE = 14  # of sys/mman.h
ROOM, LARGE = 1 << 31, 1 << 21  # bytes


def run(main: Callable[[], int | None]) -> None:
    """Parses the flags and exits with what ``main()`` returns; None is 0.

    Words that are no flags are a mistake: ``--rate 0.1 02`` would otherwise lose one in silence.
    Libraries log warnings alone, unless --verbosity=0 asks for what they do.
    """

    def checked(argv: list[str]) -> int | None:
        with mistakes():
            if argv[1:]:
                raise ValueError(f"got {argv[1]!r}, want flags alone, such as --name=value")
        try:
            status = main()
            sys.stdout.flush()
        except KeyboardInterrupt:
            return 128 + signal.SIGINT
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for the last flush
            return 128 + signal.SIGPIPE
        except OSError as error:
            if error.errno not in FULL:
                raise
            print(f"error: {_words(error)}; what was saved before is whole", file=sys.stderr)
            return 1
        return status

    keep_memory()
    app.run(checked, flags_parser=_parse)


def keep_memory() -> None:
    """Lets the process keep memory that it freed, in large pages, where it can be told (glibc).

    By default large arrays go back to the system and come again, page by page, at every step: a
    third of the time of a small model's training step on CPU, a sixth of that of a large one.
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


@contextlib.contextmanager
def mistakes() -> Iterator[None]:
    """Turns ValueError, OSError and ImportError into one line, "error: ...", and exit status 1.

    For the part of a launch that prepares: reads flags and files. Errors of what runs after it are
    nobody's mistake and keep their traceback.
    """
    try:
        yield
    except (ValueError, OSError, ImportError) as error:
        print(f"error: {_words(error)}", file=sys.stderr)
        raise SystemExit(1) from None


class Stop:
    """``stop()`` says whether a signal asked the run to end; ``status`` is its exit status."""

    def __init__(self) -> None:
        self.status = 0

    def __call__(self) -> bool:
        return self.status != 0


@contextlib.contextmanager
def stopping() -> Iterator[Stop]:
    """Within the block the first SIGINT or SIGTERM only sets ``stop``; a second one kills.

    with launch.stopping() as stop:
        fit(..., stop=stop)
    return stop.status
    """
    stop = Stop()

    def first(number: int, frame: FrameType | None) -> None:
        stop.status = 128 + number
        for each in SIGNALS:
            signal.signal(each, signal.SIG_DFL)
        # Not print: the signal may have come in the middle of another print.
        os.write(2, b"\nstopping after this step; the same signal again stops at once\n")

    before = {number: signal.signal(number, first) for number in SIGNALS}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _parse(argv: list[str]) -> list[str]:
    """absl's way, but help that was asked for is no failure, and libraries are quiet."""
    try:
        rest = app.parse_flags_with_usage(argv)
    except SystemExit:
        if HELP & set(argv):
            raise SystemExit(0) from None
        raise
    if flags.FLAGS["verbosity"].using_default_value:
        # Not as a new default: where that stands, app.run makes it 0, which is INFO.
        logging.set_verbosity(logging.WARNING)
    return rest


def _words(error: Exception) -> str:
    """The message in one line."""
    if isinstance(error, OSError) and error.filename is not None and error.strerror:
        return f"{error.filename}: {error.strerror}"
    return " ".join(str(error).split())

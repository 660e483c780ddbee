"""How every launch starts, fails and stops.

Exit status: 0 done, 1 a mistake of the user's (one line on standard error), 130 stopped by SIGINT
(Ctrl-C), 143 by SIGTERM, 141 when nobody reads on (``| head``): 128 plus the number of the signal,
as shells have it.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator

from absl import app, flags, logging

from experiments import flag_files, signals
from experiments import flags as config_flags
from experiments import help as launch_help
from seqjax.basics import console
from seqjax.basics.memory import keep_memory

HELP = {f"{dashes}{name}" for dashes in ("-", "--") for name in ("help", "helpfull", "helpshort")}
GROUPED = {"-h", "-help", "--help", "-helpshort", "--helpshort"}
PIPE = 13
"""The number of SIGPIPE, which Windows does not have."""


def run(main: Callable[..., int | None], *, words: bool = False) -> None:
    """Parses the flags and exits with what ``main()`` returns; None is 0.

    Words that are no flags are a mistake: ``--rate 0.1 02`` would otherwise lose one in silence. A
    launch that takes ``words`` is given them as a list: ``main(["runs/a", "runs/b"])``.
    Libraries log warnings alone, unless --verbosity=0 asks for what they do.
    """

    def checked(argv: list[str]) -> int | None:
        with mistakes():
            if argv[1:] and not words:
                raise ValueError(f"got {argv[1]!r}, want flags alone, such as --name=value")
        with closed_pipe():
            try:
                status = main(argv[1:]) if words else main()
                sys.stdout.flush()
            except BrokenPipeError:
                raise
            except OSError as error:  # a full disk, a folder that is gone or read-only
                print(f"error: {_words(error)}; what was saved before is whole", file=sys.stderr)
                return 1
        return status

    console.escape(sys.stdout)
    console.escape(sys.stderr)
    if GROUPED & set(sys.argv[1:]):
        with closed_pipe():
            print(launch_help.text(config_flags.GROUPS), flush=True)
        raise SystemExit(0)
    keep_memory()
    with signals.ending():
        app.run(checked, flags_parser=_parse)


@contextlib.contextmanager
def closed_pipe() -> Iterator[None]:
    """Exits with 141 where nobody reads standard output any more."""
    try:
        yield
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for the last flush
        raise SystemExit(128 + PIPE) from None


@contextlib.contextmanager
def mistakes() -> Iterator[None]:
    """Turns ValueError, OSError and ImportError into one line, "error: ...", and exit status 1.

    For the part of a launch that prepares: reads flags and files. Errors of what runs after it are
    nobody's mistake and keep their traceback.
    """
    try:
        yield
    except (ValueError, OSError, ImportError) as error:
        if isinstance(error, BrokenPipeError):
            raise
        console.escape(sys.stderr)
        print(f"error: {_words(error)}", file=sys.stderr)
        raise SystemExit(1) from None


@closed_pipe()
def _parse(argv: list[str]) -> list[str]:
    """absl's way, but help that was asked for is no failure, and libraries are quiet."""
    with mistakes():
        for path in flag_files.named(argv[1:]):
            flag_files.check(path)
    try:
        rest = app.parse_flags_with_usage(argv)
    except SystemExit:
        sys.stdout.flush()  # of help, which may find that nobody reads on
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

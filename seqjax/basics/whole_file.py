"""Files that are there as a whole or not at all."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

__all__ = ["TEMPORARY", "check_place", "whole_file"]

TEMPORARY = ".aside"
"""How the name of a file ends that is being written."""


def check_place(name: str, path: str | os.PathLike[str]) -> None:
    """Whether a file can be written there, to be asked before any work; "" stands for no file.

    Raises:
      ValueError: names the option, for a folder, or a file in a folder that is not there.
    """
    if not os.fspath(path):
        return
    if Path(path).is_dir():
        raise ValueError(f"{name}: got {path}, which is a folder, want a file")
    folder = Path(path).absolute().parent
    if not folder.is_dir():
        raise ValueError(f"{name}: got {path}, but there is no folder {folder}")


@contextlib.contextmanager
def whole_file(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Gives a path to write to, whose file takes the name ``path`` when the block has ended.

    Whatever ends the writing, an error, a full disk, a kill, what ``path`` named before is there
    still, and no part of the new file. A file keeps its permissions, a link leads where it led.
    What is no file, such as /dev/stdout, is written to as it is.

        with whole_file("vectors.txt") as temporary:
            temporary.write_text(...)
    """
    path = Path(path)
    if path.exists() and not path.is_file():
        yield path
        return
    path = path.resolve()
    temporary = _new_file(path)
    try:
        yield temporary
        if path.exists():
            shutil.copymode(path, temporary)
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _new_file(path: Path) -> Path:
    """An empty file in the same folder, which nobody else has; its name fits where that one does.

    Raises:
      OSError: names ``path``: there is no such folder, or it cannot be written to.
    """
    for number in itertools.count():
        ending = f".{os.getpid()}.{number}{TEMPORARY}"
        name = path.name.encode(errors="surrogateescape")[: 255 - len(ending)]
        temporary = path.with_name(name.decode(errors="ignore") + ending)
        try:
            # With the permissions that any new file has.
            os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        except FileExistsError:
            continue
        except OSError as error:
            raise type(error)(error.errno, error.strerror, str(path)) from None
        return temporary
    raise AssertionError

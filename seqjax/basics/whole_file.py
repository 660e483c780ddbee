"""Files that are there as a whole or not at all."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

__all__ = ["TEMPORARY", "whole_file"]

TEMPORARY = ".aside"
"""How the name of a file ends that is being written."""


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
    temporary = path.with_name(path.name + TEMPORARY)
    try:
        yield temporary
        if path.exists():
            shutil.copymode(path, temporary)
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise

"""One process at a time trains in a run directory.

The lock is that of the library filelock, which has one for POSIX and one for Windows. An operating
system lets go of it when a process ends, however it ends, so a file that was left behind locks
nobody out. On Windows and macOS this has not been tested.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

import filelock

from seqjax.basics.whole_file import TEMPORARY
from seqjax.runs.directory import Directory
from seqjax.tasks.run_record import CHECKPOINTS, RECORD
from seqjax.training import processes

LOCK = "lock"
_UNFINISHED = re.compile(rf"{LOCK}|vocabulary\..*|{RECORD}.*{TEMPORARY}")
"""What a process that was killed while it made a run may leave; run.json comes last."""


@contextlib.contextmanager
def hold(folder: str | os.PathLike[str]) -> Iterator[Directory]:
    """Holds the lock of a run directory, which is made if it is not there.

    Other processes are kept out until the block ends, or the process does, however it does. A
    folder in which nothing was begun is left as it was.

        with hold("runs/mine") as directory:
            directory.describe(record, vocabularies)

    Raises:
      ValueError: for a file, a folder of something else, one that another process holds, or one
        that cannot be written to.
    """
    folder = Path(folder)
    if not processes.first():  # of several that train together, the first one holds it
        yield Directory(folder)
        return
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"workdir: {folder} is a file, want a folder")
    names = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    _check_names(folder, names)
    created = [path for path in (folder, *folder.parents) if not path.exists()]
    lock = filelock.FileLock(folder / LOCK, timeout=0)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        held = lock.acquire()
    except filelock.Timeout:
        raise ValueError(f"workdir: {folder} is in use by another process") from None
    except OSError as error:
        raise ValueError(
            f"workdir: {folder}: {error.strerror or error}; want a folder that can be written to"
        ) from None
    with held:
        if not (folder / LOCK).exists():  # removed by a process that had just given up
            raise ValueError(f"workdir: {folder} is in use by another process")
        for unfinished in folder.glob(f"*{TEMPORARY}"):  # by a process that was killed
            with contextlib.suppress(OSError):
                unfinished.unlink()
        try:
            yield Directory(folder)
        finally:
            if LOCK not in names:
                _remove_unused(folder, created)


def _check_names(folder: Path, names: set[str]) -> None:
    """Whether what lies in a folder is a run, or the beginning of one."""
    if not names or RECORD in names or (LOCK in names and all(map(_UNFINISHED.fullmatch, names))):
        return
    if CHECKPOINTS in names:
        raise ValueError(
            f"workdir: {folder} has checkpoints, but its {RECORD} is missing; want a copy of that"
            " file, or another --workdir"
        )
    raise ValueError(f"workdir: {folder} is not empty and no run; want a new or empty folder")


def _remove_unused(folder: Path, created: list[Path]) -> None:
    """Removes the lock, and the folders that were made for it, where nothing else is."""
    # Something may have been put there meanwhile; and Windows keeps a file that is open.
    with contextlib.suppress(OSError):
        if {path.name for path in folder.iterdir()} == {LOCK}:
            (folder / LOCK).unlink()
            for path in created:
                path.rmdir()

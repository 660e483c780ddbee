"""What a run directory is: it describes itself, belongs to one process, and can be opened again.

run.json           format, task, settings, what the data was; versions of the newest start and, as
                   "begun", of the first
vocabulary.*.json  tokens by id, one file for each kind of token
metrics.jsonl      figures of training, validation and test
checkpoints/       the newest and the best
lock               held while a process trains
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import platform
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import jax

from seqjax.data import Vocabulary
from seqjax.tasks.run_record import FORMAT, RECORD, read_record, read_vocabularies

LOCK = "lock"
_TEMPORARY = ".aside"
_UNFINISHED = re.compile(rf"{LOCK}|vocabulary\..*|{RECORD}{_TEMPORARY}")
"""What a process that was killed while it made a run may leave; run.json comes last."""

Vocabularies = Mapping[str, Vocabulary]


class Directory:
    """A run directory that this process holds the lock of; ``hold`` makes it.

    Raises:
      ValueError: for a run.json that cannot be read, or that a newer seqjax wrote.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.old = read_record(folder) if (folder / RECORD).exists() else None
        """the record of the run that is there, if any"""

    def same_settings(
        self, task: str, settings: Mapping[str, Any], free: Collection[str] = ()
    ) -> None:
        """Compares the run that is there, if any, with what is asked for.

        Args:
          free: settings that may differ.

        Raises:
          ValueError: for a run of another task, of an older format, or of other settings.
        """
        if self.old is None:
            return
        if self.old["task"] != task:
            raise ValueError(
                f"workdir: {self.folder} is a run of {self.old['task']}, not of {task}"
            )
        if self.old.get("format", 1) < FORMAT:
            raise ValueError(
                f"workdir: {self.folder} was begun by an older seqjax; it can be loaded, but not"
                " trained further; want another --workdir"
            )
        self._compare("", self.old["config"], settings, free)

    def describe(
        self, record: Mapping[str, Any], vocabularies: Vocabularies, free: Collection[str] = ()
    ) -> None:
        """Writes run.json and the vocabularies, or compares them with those that are there.

        Args:
          record: "task", "config", "data" and "monitor", as JSON.
          free: settings, and fields of data, that may differ.

        Raises:
          ValueError: names what differs; nothing is written then.
        """
        versions = _versions()
        first_versions = versions
        if self.old is None:
            for name, vocabulary in vocabularies.items():
                _write_atomically(self.folder / f"vocabulary.{name}.json", vocabulary.save)
        else:
            self.same_settings(record["task"], record["config"], free)
            self._compare("data: ", self.old["data"], record["data"], free)
            self._compare_vocabularies(vocabularies)
            first_versions = self.old.get("begun", versions)
        content = {"format": FORMAT, **record, "versions": versions, "begun": first_versions}
        text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
        _write_atomically(self.folder / RECORD, lambda path: path.write_text(text, "utf-8"))

    def _compare(
        self, prefix: str, old: Mapping[str, Any], new: Mapping[str, Any], free: Collection[str]
    ) -> None:
        for name in sorted((set(old) | set(new)) - set(free)):
            before, now = old.get(name), new.get(name)
            if before != now:
                raise ValueError(
                    f"{prefix}{name}: got {now!r}, but the run in {self.folder} was begun with"
                    f" {before!r}; repeat its command to resume it, or give another --workdir"
                )

    def _compare_vocabularies(self, vocabularies: Vocabularies) -> None:
        before = read_vocabularies(self.folder)
        for name in sorted(set(before) | set(vocabularies)):
            if before.get(name) != vocabularies.get(name):
                raise ValueError(
                    f"vocabulary of {name}: differs from that of the run in {self.folder}; was the"
                    " data edited?"
                )


@contextlib.contextmanager
def hold(folder: str | os.PathLike[str]) -> Iterator[Directory]:
    """Holds the lock of a run directory, which is made if it is not there.

    Other processes are kept out until the block ends, or the process does, however it does. A
    folder in which nothing was begun is left as it was.

        with hold("runs/mine") as directory:
            directory.describe(record, vocabularies)

    Raises:
      ValueError: for a file, a folder of something else, or one that another process holds.
    """
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"workdir: {folder} is a file, want a folder")
    names = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    unfinished = LOCK in names and all(map(_UNFINISHED.fullmatch, names))
    if names and RECORD not in names and not unfinished:
        raise ValueError(f"workdir: {folder} is not empty and no run; want a new or empty folder")
    created = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (NotADirectoryError, FileExistsError) as error:
        raise ValueError(f"workdir: {folder}: {error.strerror}") from None
    with (folder / LOCK).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ValueError(f"workdir: {folder} is in use by another process") from None
        if not (folder / LOCK).exists():  # removed by a process that had just given up
            raise ValueError(f"workdir: {folder} is in use by another process")
        try:
            yield Directory(folder)
        finally:
            if {path.name for path in folder.iterdir()} == {LOCK} and LOCK not in names:
                (folder / LOCK).unlink()
                with contextlib.suppress(OSError):  # something was put there meanwhile
                    for path in created:
                        path.rmdir()


def _write_atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Lets ``write`` make a file of another name, which gets its own when it is complete."""
    temporary = path.with_name(path.name + _TEMPORARY)
    write(temporary)
    os.replace(temporary, path)


def _versions() -> dict[str, str]:
    from seqjax import __version__  # there without any metadata too, as in a copied source tree

    names = ("jax", "jaxlib", "numpy", "optax", "orbax-checkpoint", "grain")
    return {
        "python": platform.python_version(),
        "seqjax": __version__,
        **{name: metadata.version(name) for name in names},
        "device": jax.devices()[0].device_kind,
    }

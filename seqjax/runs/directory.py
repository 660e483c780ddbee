"""What a run directory is: it describes itself, belongs to one process, and can be opened again.

run.json           format, task, settings, what the data and vocabularies were; versions of the
                   newest start and, as "begun", of the first
vocabulary.*.json  tokens by id, one file for each kind of token
metrics.jsonl      figures of training, validation and test
checkpoints/       the two newest and the best
lock               held while a process trains

Nothing in these files is ever executed when they are read: they are JSON, and arrays of numbers.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Collection, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import jax

from seqjax.basics.whole_file import whole_file
from seqjax.data import Vocabulary
from seqjax.runs.differences import same_data, same_settings
from seqjax.tasks import TASKS
from seqjax.tasks.run_record import (
    CHECKPOINTS,
    FORMAT,
    RECORD,
    marks_of,
    read_record,
    vocabulary_files,
    vocabulary_path,
)
from seqjax.tasks.settings import as_json

Vocabularies = Mapping[str, Vocabulary]


class Directory:
    """A run directory that this process holds the lock of; ``hold`` makes it.

    Raises:
      ValueError: for a run.json that cannot be read, or that a newer seqjax wrote.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.old = read_record(folder) if (folder / RECORD).exists() and trained(folder) else None
        """the record of the run that is there, if any of its training was saved"""
        self.notes: list[str] = []
        """what was put right, for a person"""

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
        configs = TASKS[task].configs if task in TASKS else ()
        defaults = as_json(*(config() for config in configs))
        same_settings(self.folder, self.old["config"], settings, free, defaults)

    def describe(
        self, record: Mapping[str, Any], vocabularies: Vocabularies, free: Collection[str] = ()
    ) -> None:
        """Writes run.json and the vocabularies, or compares them with those that are there.

        A vocabulary whose file is gone or damaged is written again, if it is the one that the run
        was begun with: ``notes`` says so.

        Args:
          record: "task", "config", "data" and "monitor", as JSON.
          free: settings, and fields of data, that may differ.

        Raises:
          ValueError: names what differs; nothing is written then.
        """
        versions = _versions()
        first_versions = versions
        if self.old is None:
            self._begin(vocabularies)
        else:
            self.same_settings(record["task"], record["config"], free)
            same_data(self.folder, self.old["data"], record["data"], free)
            self._same_vocabularies(vocabularies)
            first_versions = self.old.get("begun", versions)
        content = {
            "format": FORMAT,
            **record,
            "vocabularies": marks_of(vocabularies),
            "versions": versions,
            "begun": first_versions,
        }
        text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
        with whole_file(self.folder / RECORD) as temporary:
            temporary.write_text(text, "utf-8")

    def _begin(self, vocabularies: Vocabularies) -> None:
        """Writes the vocabularies in the place of those of a process that saved no training."""
        for name, path in vocabulary_files(self.folder).items():
            if name not in vocabularies:
                path.unlink()
        for name, vocabulary in vocabularies.items():
            vocabulary.save(vocabulary_path(self.folder, name))

    def _same_vocabularies(self, vocabularies: Vocabularies) -> None:
        assert self.old is not None
        first_marks, marks = self.old.get("vocabularies", {}), marks_of(vocabularies)
        files = vocabulary_files(self.folder)
        lost = []
        for name in sorted(set(files) | set(vocabularies)):
            before = _vocabulary(files[name]) if name in files else None
            if before is not None and before == vocabularies.get(name):
                continue
            if name not in marks or marks[name] != first_marks.get(name):
                raise ValueError(
                    f"vocabulary of {name}: differs from that of the run in {self.folder}; was the"
                    " data edited?"
                )
            lost.append(name)
        for name in lost:
            path = vocabulary_path(self.folder, name)
            self.notes.append(f"{path} was {'damaged' if name in files else 'gone'}: written again")
            vocabularies[name].save(path)


def trained(folder: Path) -> bool:
    """Whether a checkpoint is there: until then a folder holds nothing that could be lost.

    A process that was killed before leaves settings and vocabularies, which bind nobody.
    """
    checkpoints = folder / CHECKPOINTS
    return checkpoints.is_dir() and any(path.name.isdigit() for path in checkpoints.iterdir())


def _vocabulary(path: Path) -> Vocabulary | None:
    """The vocabulary of a file, None for a damaged one."""
    try:
        return Vocabulary.load(path)
    except ValueError:
        return None


def _versions() -> dict[str, str]:
    from seqjax import __version__  # there without any metadata too, as in a copied source tree

    names = ("jax", "jaxlib", "numpy", "optax", "orbax-checkpoint", "grain")
    return {
        "python": platform.python_version(),
        "seqjax": __version__,
        **{name: _version(name) for name in names},
        "device": jax.devices()[0].device_kind,
    }


def _version(package: str) -> str:
    """Its version; "unknown" where it lies as a plain folder, without what an installer writes."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "unknown"

"""What a run directory is: it describes itself, belongs to one process, and can be opened again.

run.json           kind of task, configuration, what the data was; versions of the newest start
                   and, as "begun", of the first
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
from typing import Any, NamedTuple

import jax

from seqjax.basics import checks
from seqjax.basics.types import Params
from seqjax.data import Tokenizer, Vocabulary, tokenizer
from seqjax.kinds import KINDS
from seqjax.training.checkpoints import Checkpoints

RECORD, CHECKPOINTS, LOCK = "run.json", "checkpoints", "lock"
_ASIDE = ".aside"
_BEGUN = re.compile(rf"{LOCK}|vocabulary\..*|{RECORD}{_ASIDE}")
"""What a process that was killed while it made a run may leave; run.json comes last."""

Vocabularies = Mapping[str, Vocabulary]


class Loaded(NamedTuple):
    """A trained model and what its inputs and outputs mean."""

    model: Any
    params: Params
    vocabularies: Vocabularies
    """by kind of token: a language model has "tokens" alone"""
    record: dict[str, Any]
    """run.json"""
    step: int
    """of the checkpoint"""

    @property
    def vocabulary(self) -> Vocabulary:
        """The only vocabulary, or the one of the words that go in."""
        first = next(name for name in ("tokens", "words") if name in self.vocabularies)
        return self.vocabularies[first]

    @property
    def tokenizer(self) -> Tokenizer:
        """What cuts a text into the tokens of the vocabulary."""
        return tokenizer(self.record["config"]["tokenizer"])

    @property
    def first(self) -> int:
        """The id that is fed before a text."""
        return self.record["data"]["first"]


def load(folder: str | os.PathLike, which: str = "best", *, kind: str = "") -> Loaded:
    """The model of a run directory: its checkpoint ``best`` in validation, or the ``newest``.

    While no evaluation has taken place, the best is the newest.

    Args:
      kind: what it must be a run of, such as "tagger"; any where there is none.

    Raises:
      ValueError: if the folder is no run, or one of another kind, or has no checkpoint yet.
    """
    folder = Path(folder)
    record = read_record(folder)
    if kind not in ("", record["kind"]):
        raise ValueError(f"{folder}: is a run of {record['kind']}, want one of {kind}")
    checks.lookup("which", {"best": 0, "newest": 0}, which)
    build = checks.lookup("kind of run", KINDS, record["kind"])
    vocabularies = _vocabularies(folder)
    model = build(record, vocabularies)
    like = jax.eval_shape(model.init, jax.random.key(0))
    monitor = record.get("monitor", "loss")
    with Checkpoints(folder / CHECKPOINTS, monitor=monitor) as checkpoints:
        newest = checkpoints.latest()
        if newest is None:
            raise ValueError(f"{folder}: has no checkpoint yet")
        best = checkpoints.best()
        step = newest if which == "newest" or best is None else best
        item = checkpoints.position(step)["use"]
        params = checkpoints.restore(step, {item: like})[item]
    return Loaded(model, params, vocabularies, record, step)


def _vocabularies(folder: Path) -> dict[str, Vocabulary]:
    paths = sorted(folder.glob("vocabulary.*.json"))
    return {
        path.name.split(".", 1)[1].removesuffix(".json"): Vocabulary.load(path) for path in paths
    }


def read_record(folder: Path) -> dict[str, Any]:
    """run.json of a folder. Raises a ValueError if there is none or it cannot be read."""
    path = folder / RECORD
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ValueError(f"{folder}: got no run there ({RECORD} is missing)") from None
    except ValueError as error:
        raise ValueError(f"{path}: is no JSON: {error}") from None
    if not isinstance(record, dict) or not {"kind", "config", "data"} <= set(record):
        raise ValueError(f"{path}: describes no run, want kind, config and data in it")
    return record


@contextlib.contextmanager
def opened(
    folder: Path,
    record: Mapping[str, Any],
    vocabularies: Vocabularies,
    free: Collection[str] = (),
) -> Iterator[bool]:
    """Makes the run directory, or finds it made by the same command; yields whether it was there.

    The configuration, apart from the names in ``free``, the data and the vocabularies have to be
    those of the run. Nothing is written before that is known. A lock keeps other processes out
    until the block ends, or the process does, however it does.

    Raises:
      ValueError: names what differs, or says that another process has the run.
    """
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"workdir: {folder} is a file, want a folder")
    names = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    begun = LOCK in names and all(map(_BEGUN.fullmatch, names))
    if names and RECORD not in names and not begun:
        raise ValueError(f"workdir: {folder} is not empty and no run; want a new or empty folder")
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ValueError(f"workdir: {folder} is in use by another process") from None
        there = (folder / RECORD).exists()
        versions = _versions()
        first = versions
        if there:
            old = read_record(folder)
            _same(folder, old, record, vocabularies, free)
            first = old.get("begun", versions)
        else:
            for name, vocabulary in vocabularies.items():
                _whole(folder / f"vocabulary.{name}.json", vocabulary.save)
        text = json.dumps(
            {**record, "versions": versions, "begun": first}, indent=1, ensure_ascii=False
        )
        _whole(folder / RECORD, lambda path: path.write_text(text + "\n", encoding="utf-8"))
        yield there


def _same(
    folder: Path,
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    vocabularies: Vocabularies,
    free: Collection[str],
) -> None:
    if old["kind"] != new["kind"]:
        raise ValueError(f"workdir: {folder} is a run of {old['kind']}, not of {new['kind']}")
    for part, words in (("config", ""), ("data", "data: ")):
        for name in sorted((set(old[part]) | set(new[part])) - set(free)):
            was, got = old[part].get(name), new[part].get(name)
            if was != got:
                raise ValueError(
                    f"{words}{name}: got {got!r}, but the run in {folder} was begun with {was!r};"
                    " repeat its command to resume it, or give another --workdir"
                )
    before = _vocabularies(folder)
    for name in sorted(set(before) | set(vocabularies)):
        if before.get(name) != vocabularies.get(name):
            raise ValueError(
                f"vocabulary of {name}: differs from that of the run in {folder}; was the data"
                " edited?"
            )


def _whole(path: Path, write: Callable[[Path], object]) -> None:
    """Lets ``write`` make the file aside and gives it its name: it is there whole or not at all."""
    aside = path.with_name(path.name + _ASIDE)
    write(aside)
    os.replace(aside, path)


def _versions() -> dict[str, str]:
    names = ("seqjax", "jax", "jaxlib", "numpy", "optax", "orbax-checkpoint", "grain")
    found = {"python": platform.python_version()}
    found |= {name: metadata.version(name) for name in names}
    return found | {"device": jax.devices()[0].device_kind}

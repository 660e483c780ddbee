"""What a run directory is: it describes itself, belongs to one process, and can be opened again.

run.json           kind of task, configuration, what the data was; versions of the newest start
                   and, as "begun", of the first
vocabulary.json    tokens by id
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
from collections.abc import Callable, Collection, Iterator, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

import jax

from seqjax.basics import checks
from seqjax.basics.types import Params
from seqjax.data import Tokenizer, Vocabulary, tokenizer
from seqjax.models.language_model import language_model
from seqjax.models.language_model_config import LanguageModelConfig
from seqjax.training.checkpoints import Checkpoints

RECORD, VOCABULARY, CHECKPOINTS, LOCK = "run.json", "vocabulary.json", "checkpoints", "lock"
_ASIDE = ".aside"
_BEGUN = {LOCK, VOCABULARY, VOCABULARY + _ASIDE, RECORD + _ASIDE}
"""What a process that was killed while it made a run may leave; run.json comes last."""


class Loaded(NamedTuple):
    """A trained model and what its inputs and outputs mean."""

    model: Any
    params: Params
    vocabulary: Vocabulary
    tokenizer: Tokenizer
    first: int
    """the id that is fed before a text"""
    record: dict[str, Any]
    """run.json"""
    step: int
    """of the checkpoint"""


def load(folder: str | os.PathLike, which: str = "best") -> Loaded:
    """The model of a run directory: its ``best`` checkpoint by validation loss, or the ``newest``.

    While no evaluation has taken place, the best is the newest.

    Raises:
      ValueError: if the folder is no run, or has no checkpoint yet.
    """
    folder = Path(folder)
    record = read_record(folder)
    checks.lookup("which", {"best": 0, "newest": 0}, which)
    build = checks.lookup("kind of run", KINDS, record["kind"])
    vocabulary = Vocabulary.load(folder / VOCABULARY)
    model = build(record["config"], len(vocabulary))
    like = jax.eval_shape(model.init, jax.random.key(0))
    with Checkpoints(folder / CHECKPOINTS) as checkpoints:
        newest = checkpoints.latest()
        if newest is None:
            raise ValueError(f"{folder}: has no checkpoint yet")
        best = checkpoints.best()
        step = newest if which == "newest" or best is None else best
        item = checkpoints.position(step)["use"]
        params = checkpoints.restore(step, {item: like})[item]
    cut = tokenizer(record["config"]["tokenizer"])
    return Loaded(model, params, vocabulary, cut, record["data"]["first"], record, step)


def _language_model(config: Mapping[str, Any], vocabulary: int) -> Any:
    names = LanguageModelConfig.__dataclass_fields__
    values = {name: config[name] for name in names if name in config}  # others are newer
    values["cutoffs"] = tuple(values["cutoffs"])
    return language_model(LanguageModelConfig(**values), vocabulary)


KINDS: dict[str, Callable[[Mapping[str, Any], int], Any]] = {"language_model": _language_model}
"""(configuration, size of the vocabulary) -> the model of that kind of run."""


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
    folder: Path, record: Mapping[str, Any], vocabulary: Vocabulary, free: Collection[str] = ()
) -> Iterator[bool]:
    """Makes the run directory, or finds it made by the same command; yields whether it was there.

    The configuration, apart from the names in ``free``, the data and the vocabulary have to be
    those of the run. Nothing is written before that is known. A lock keeps other processes out
    until the block ends, or the process does, however it does.

    Raises:
      ValueError: names what differs, or says that another process has the run.
    """
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"workdir: {folder} is a file, want a folder")
    names = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    if names and RECORD not in names and not {LOCK} <= names <= _BEGUN:
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
            _same(folder, old, record, vocabulary, free)
            first = old.get("begun", versions)
        else:
            _whole(folder / VOCABULARY, vocabulary.save)
        text = json.dumps(
            {**record, "versions": versions, "begun": first}, indent=1, ensure_ascii=False
        )
        _whole(folder / RECORD, lambda path: path.write_text(text + "\n", encoding="utf-8"))
        yield there


def _same(
    folder: Path,
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    vocabulary: Vocabulary,
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
    if Vocabulary.load(folder / VOCABULARY) != vocabulary:
        raise ValueError(
            f"vocabulary: differs from that of the run in {folder}; was the data edited?"
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

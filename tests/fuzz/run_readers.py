"""Readers of what a run leaves, and of the flagfiles that a launch takes."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

from absl import flags

from experiments import flag_files
from experiments import flags as config_flags
from seqjax.basics.options import option
from seqjax.data import Vocabulary
from seqjax.tasks.run_record import read_record
from seqjax.training import logs
from tests.fuzz.contract import Reader
from tests.fuzz.text_readers import ENDS, JSON, ODD


def _record(path: Path) -> object:
    return read_record(path.parent)


def _flags(path: Path) -> object:
    values = flags.FlagValues()
    config_flags.define(Flags, values=values)
    flag_files.check(path, values)
    return values(["launch", f"--flagfile={path}"])  # absl itself, of what was let pass


@dataclasses.dataclass(frozen=True)
class Flags:
    """A flag of each kind."""

    rate: float = option(0.1, "a number")
    epochs: int = option(1, "an integer")
    cell: str = option("gru", "text")
    average: bool = option(False, "yes or no")
    cutoffs: tuple[int, ...] = option((), "integers")


KEYS = tuple(
    f'"{key}": '.encode() for key in ("format", "kind", "task", "config", "data", "tokens")
)
RUN = {"format": 2, "task": "tagging", "config": {"cell": "gru"}, "data": {"name": "x"}}
OLD = {"kind": "tagger", "config": {}, "data": {}}
LOG = b'{"step": 1, "kind": "train", "seconds": 1.5, "loss": 2.0}\n{"step": 2, "kind": "valid"}\n'

LINES = tuple(
    b"--" + line
    for line in (b"rate=", b"epochs=3", b"cell=", b"average", b"noaverage", b"cutoffs=1,2",
                 b"flagfile=", b"nope=1", b"undefok=nope", b"epochs")
)  # fmt: skip

RUN_READERS = {
    "flags": Reader(
        _flags,
        (b"# a recipe\n--rate=0.5\n--epochs=2\n\n--noaverage\n--cutoffs=1,2\n--cell=lstm\n",),
        (*ENDS, *ODD, *LINES, b"//", b"#", b"=", b"-1", b"--flagfile=file.flags"),
        suffix=".flags",
    ),
    "run_json": Reader(
        _record,
        (json.dumps(RUN).encode(), json.dumps(OLD).encode()),
        (*ODD, *JSON, *KEYS),
        suffix=".json",
        stem="run",
    ),
    "vocabulary": Reader(
        Vocabulary.load, (b'{"tokens": ["<unk>", "a"]}',), (*ODD, *JSON, *KEYS), suffix=".json"
    ),
    "metrics": Reader(
        logs.read, (LOG,), (*ENDS, *ODD, *JSON, b'"step": 1', b'"kind": "test"'), suffix=".jsonl"
    ),
}

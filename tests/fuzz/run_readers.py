"""Readers of what a run leaves, and of the flagfiles that a launch takes."""

from __future__ import annotations

import json
from pathlib import Path

from seqjax.data import Vocabulary
from seqjax.tasks.run_record import read_record
from seqjax.training import logs
from tests.fuzz.contract import Reader
from tests.fuzz.text_readers import ENDS, JSON, ODD


def _record(path: Path) -> object:
    return read_record(path.parent)


KEYS = tuple(
    f'"{key}": '.encode() for key in ("format", "kind", "task", "config", "data", "tokens")
)
RUN = {"format": 2, "task": "tagging", "config": {"cell": "gru"}, "data": {"name": "x"}}
OLD = {"kind": "tagger", "config": {}, "data": {}}
LOG = b'{"step": 1, "kind": "train", "seconds": 1.5, "loss": 2.0}\n{"step": 2, "kind": "valid"}\n'

RUN_READERS = {
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

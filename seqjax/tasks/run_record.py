"""What run.json says of a run, in every format that there was."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from seqjax.data import Vocabulary

RECORD, CHECKPOINTS = "run.json", "checkpoints"
FORMAT = 2
"""Of what is written here. 1, which had no version, named tasks by their models."""
TASKS_OF_KINDS = {
    "classifier": "classification",
    "composer": "composition",
    "encoder_decoder": "translation",
    "language_model": "language_model",
    "regressor": "regression",
    "tagger": "tagging",
    "transcriber": "transcription",
    "vectors": "word_vectors",
}
"""Format 1."""


def read_record(folder: Path) -> dict[str, Any]:
    """run.json of a folder; what format 1 called a kind is a task.

    Raises:
      ValueError: if there is none, it cannot be read, or a newer seqjax wrote it.
    """
    path = Path(folder) / RECORD
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise ValueError(f"{folder}: got no run there ({RECORD} is missing)") from None
    except ValueError as error:
        raise ValueError(f"{path}: is no JSON: {error}") from None
    version = record.get("format", 1) if isinstance(record, dict) else 0
    if isinstance(version, int) and version > FORMAT:
        raise ValueError(
            f"{path}: has format {version}, want {FORMAT} at most: a newer seqjax wrote it"
        )
    task_field = "kind" if version == 1 else "task"
    if not isinstance(record, dict) or not {task_field, "config", "data"} <= set(record):
        raise ValueError(f"{path}: describes no run, want {task_field}, config and data in it")
    if not (isinstance(record["config"], dict) and isinstance(record["data"], dict)):
        raise ValueError(f"{path}: describes no run, want objects as config and data")
    if version == 1:
        kind = record.pop("kind")
        record = {"format": 1, "task": TASKS_OF_KINDS.get(kind, kind), **record}
    return record


def read_vocabularies(folder: Path) -> dict[str, Vocabulary]:
    """The vocabularies of a run by kind of token, from vocabulary.KIND.json; {} if it has none.

    Raises:
      ValueError: for a file that holds no vocabulary; it names the file.
    """
    paths = sorted(Path(folder).glob("vocabulary.*.json"))
    return {
        path.name.split(".", 1)[1].removesuffix(".json"): Vocabulary.load(path) for path in paths
    }

"""What run.json says of a run, in every format that there was."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
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
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path}: is no JSON: {error}") from None
    version = record.get("format", 1) if isinstance(record, dict) else 0
    if type(version) is not int:
        raise ValueError(f"{path}: has format {version!r}, want a whole number")
    if version > FORMAT:
        raise ValueError(
            f"{path}: has format {version}, want {FORMAT} at most: a newer seqjax wrote it"
        )
    task_field = "kind" if version == 1 else "task"
    if not isinstance(record, dict) or not {task_field, "config", "data"} <= set(record):
        raise ValueError(f"{path}: describes no run, want {task_field}, config and data in it")
    if not (isinstance(record["config"], dict) and isinstance(record["data"], dict)):
        raise ValueError(f"{path}: describes no run, want objects as config and data")
    if not isinstance(record[task_field], str):
        raise ValueError(f"{path}: describes no run, want the name of a task as {task_field}")
    marks = record.get("vocabularies", {})
    if not isinstance(marks, dict):
        raise ValueError(f"{path}: describes no run, want an object as vocabularies")
    if version == 1:
        kind = record.pop("kind")
        record = {"format": 1, "task": TASKS_OF_KINDS.get(kind, kind), **record}
    return record


def vocabulary_path(folder: Path, name: str) -> Path:
    """Where a run keeps the vocabulary of a kind of token.

    >>> vocabulary_path(Path("run"), "tokens").name
    'vocabulary.tokens.json'
    """
    return Path(folder) / f"vocabulary.{name}.json"


def vocabulary_files(folder: Path) -> dict[str, Path]:
    """The files of vocabularies in the folder of a run, by kind of token."""
    paths = sorted(Path(folder).glob("vocabulary.*.json"))
    return {path.name.split(".", 1)[1].removesuffix(".json"): path for path in paths}


def marks_of(vocabularies: Mapping[str, Vocabulary]) -> dict[str, str]:
    """A mark of the contents of each vocabulary, as run.json has it under "vocabularies".

    >>> marks_of({"tokens": Vocabulary(("a", "b"))})
    {'tokens': '3554d2b8a1e34099'}
    """
    texts = {name: json.dumps(vocabulary.tokens) for name, vocabulary in vocabularies.items()}
    return {name: hashlib.sha256(text.encode()).hexdigest()[:16] for name, text in texts.items()}


def read_vocabularies(
    folder: Path, record: Mapping[str, Any] | None = None
) -> dict[str, Vocabulary]:
    """The vocabularies of a run by kind of token, from vocabulary.KIND.json; {} if it has none.

    Args:
      record: run.json, whose marks of the vocabularies are compared, if it has some.

    Raises:
      ValueError: for a file that is missing, holds no vocabulary, or another one than the run was
        begun with; it names the file.
    """
    files = vocabulary_files(folder)
    vocabularies = {name: Vocabulary.load(path) for name, path in files.items()}
    marks, first_marks = marks_of(vocabularies), (record or {}).get("vocabularies", {})
    for name, mark in first_marks.items():
        if marks.get(name) != mark:
            reason = "is not what the run wrote" if name in files else "is missing"
            raise ValueError(
                f"{vocabulary_path(folder, name)}: {reason}; want a copy of it, or the command that"
                " trained the run once more, which writes it again"
            )
    return vocabularies

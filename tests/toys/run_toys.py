"""A run of a tiny language model, as its directory describes it."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from seqjax.data import Vocabulary
from seqjax.models.language_model_config import LanguageModelConfig

VOCABULARY = Vocabulary(("<unk>", "ü", "\n", " "))
VOCABULARIES = {"tokens": VOCABULARY}
CONFIG = LanguageModelConfig(hidden=3, driver="sequential")
RECORD = {
    "task": "language_model",
    "config": dataclasses.asdict(CONFIG)
    | {"cutoffs": [], "tokenizer": "characters", "rate": 0.1, "epochs": 3},
    "data": {"name": "a.txt", "sha256": {"train": "ab", "valid": "cd"}, "first": 2},
}


def other(part: str, **values: object) -> dict:
    """RECORD with other values in one part."""
    return RECORD | {part: RECORD[part] | values}


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

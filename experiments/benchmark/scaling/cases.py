"""What is measured over several devices: a language model, a tagger and skip-gram."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np


class Case(NamedTuple):
    """A task, its settings, and the file that it reads."""

    task: str
    settings: dict[str, Any]
    write: Callable[[Path, np.random.Generator], None]
    unit: str
    trips: int = 1
    """how often the loop of a step goes round, where its program does not say it"""


def _words(draw: np.random.Generator, count: int, types: int) -> list[str]:
    """Made-up words, each type at least once, the rest as often as Zipf has it."""
    shares = 1 / np.arange(1, types + 1)
    rest = draw.choice(types, count - types, p=shares / shares.sum())
    numbers = np.concatenate([np.arange(types), rest])
    return [f"w{number}" for number in draw.permutation(numbers)]


def _text(count: int, types: int) -> Callable[[Path, np.random.Generator], None]:
    def write(path: Path, draw: np.random.Generator) -> None:
        words = _words(draw, count, types)
        lines = (" ".join(words[k : k + 20]) for k in range(0, count, 20))
        path.write_text("\n".join(lines) + "\n", "utf-8")

    return write


def _sentences(path: Path, draw: np.random.Generator) -> None:
    """CoNLL columns: 400 sentences of 25 words with one of nine tags."""
    words = _words(draw, 10_000, 4_000)
    tags = draw.integers(0, 9, 10_000)
    lines = [f"{word}\tT{tag}\n" for word, tag in zip(words, tags, strict=True)]
    path.write_text("\n".join("".join(lines[k : k + 25]) for k in range(0, 10_000, 25)), "utf-8")


CASES = {
    "language model": Case(
        "language_model",
        {
            "tokenizer": "pretokenised", "cell": "lstm", "layers": 2, "hidden": 650, "window": 35,
            "dropout": 0.5, "batch": 40, "loss_per": "row", "optimizer": "sgd", "rate": 1.0,
            "clip": 5.0,
        },
        _text(60_000, 10_000),
        "words",
    ),
    "tagger": Case(
        "tagging",
        {"hidden": 100, "batch": 32, "shapes": 1, "characters": "none", "minimum": 1},
        _sentences,
        "words",
    ),
    "skip-gram": Case(
        "word_vectors",
        {
            "size": 104, "minimum": 1, "split": "pretokenised", "chunk": 2048, "block": 128,
            "piece": 1 << 15, "sample": 0.0,
        },
        _text(200_000, 10_000),
        "words",
        trips=(1 << 15) // 2048,
    ),
}  # fmt: skip
"""The medium model of Zaremba et al. 2014, with twice its 20 rows, which 8 devices can share."""

"""Short texts with labels that their words tell, and settings of tiny classifiers of them."""

from __future__ import annotations

import random
from pathlib import Path

TINY = (
    "--hidden=3", "--embedding=4", "--batch=8", "--shapes=1", "--rate=0.05", "--dropout=0.1",
    "--cell=rnn", "--driver=sequential",
)  # fmt: skip
GOOD, BAD, OTHER = ["good", "fine", "nice"], ["bad", "poor", "dull"], ["a", "film", "the", "plot"]


def reviews(count: int = 80, seed: int = 0) -> str:
    """Lines whose label, pos or neg, is told by one of their words."""
    draw = random.Random(seed)
    rows = []
    for n in range(count):
        words = draw.choices([*OTHER, "it"], k=draw.randint(2, 6))
        words.insert(draw.randint(0, 2), draw.choice(GOOD if n % 2 else BAD))
        rows.append(f"{'pos' if n % 2 else 'neg'} {' '.join(words)}\n")
    return "".join(rows)


def write(folder: Path, text: str, name: str = "reviews.txt") -> Path:
    """A file with that text."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path

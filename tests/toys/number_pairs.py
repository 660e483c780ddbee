"""Numbers in two languages, as pairs of texts for tests of translation."""

from __future__ import annotations

from pathlib import Path

import numpy as np

WORDS = {"eins": "one", "zwei": "two", "drei": "three", "vier": "four", "null": "zero"}
TINY = ("--hidden=16", "--cell=rnn", "--batch=4", "--shapes=1", "--tokenizer=words")


def sentences(count: int, seed: int) -> list[list[str]]:
    """One to three numbers each."""
    draw = np.random.default_rng(seed)
    return [draw.choice(list(WORDS), draw.integers(1, 4)).tolist() for _ in range(count)]


def write_pairs(folder: Path) -> tuple[str, ...]:
    """Writes aligned files of three parts; the flags that name them and a tiny model."""
    for part, count, seed in (("train", 160, 0), ("val", 9, 1), ("test", 7, 2)):
        rows = sentences(count, seed)
        for end, lines in (
            ("de", [" ".join(row) for row in rows]),
            ("en", [" ".join(WORDS[word] for word in row) for row in rows]),
        ):
            (folder / f"{part}.{end}").write_text("\n".join(lines) + "\n")
    return (f"--data={folder}", "--source=de", "--target=en", *TINY)

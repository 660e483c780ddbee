"""A made-up text whose words have known vectors: what word vectors should find again."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

LENGTH = 10
"""Words of a line."""
PULL = 0.8
"""How strongly the topic of a line draws the words that lie along it."""
BLOCK = 2000
"""Lines that are drawn together."""


class Planted(NamedTuple):
    """Lines of words, and where the words lie."""

    lines: list[tuple[str, ...]]
    latent: dict[str, np.ndarray]
    """word -> z, float64 [latent]"""


def planted_lines(
    count: int, *, words: int = 400, latent: int = 5, rarity: float = 1.0, seed: int
) -> Planted:
    """``count`` lines of ten words, each line about a topic of its own.

        p(word of rank r | topic t) ∝ exp(0.8 t · z_word) / r^rarity,   z, t ~ N(0, I)

    Words whose z point the same way stand in the same lines, and some words are far commoner than
    others. The words and their z are the same for every seed.

    Args:
      words: of the language, w0, w1, ..., the commonest first.
      latent: numbers of z.
      rarity: 1: Zipf's law; 0: all words are as common.

    Raises:
      ValueError: for fewer than two words, no latent number, or a rarity below 0.

    >>> text = planted_lines(3, words=50, seed=0)
    >>> len(text.lines), len(text.lines[0]), text.latent["w0"].shape
    (3, 10, (5,))
    """
    if words < 2 or latent < 1 or not rarity >= 0:
        raise ValueError(
            f"words, latent, rarity: got {words}, {latent} and {rarity}, want 2 or more, 1 or more,"
            " and 0 or more"
        )
    z = np.random.default_rng(0).normal(size=(words, latent))
    draw = np.random.default_rng(seed)
    names = [f"w{number}" for number in range(words)]
    lines: list[tuple[str, ...]] = []
    for begin in range(0, count, BLOCK):
        topics = draw.normal(size=(min(BLOCK, count - begin), latent))
        weights = np.exp(PULL * topics @ z.T) / np.arange(1, words + 1) ** rarity
        edges = np.cumsum(weights, axis=1)
        chances = draw.random((len(topics), LENGTH)) * edges[:, -1:]
        for row, chance in zip(edges, chances, strict=True):
            # Rounding may put a chance at the very end.
            ids = np.minimum(np.searchsorted(row, chance, side="right"), words - 1)
            lines.append(tuple(names[number] for number in ids.tolist()))
    return Planted(lines, dict(zip(names, z, strict=True)))

"""Where the labels of points go, so that a person can read them."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any

import numpy as np

SIDES = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))
RINGS = (1.0, 2.0, 3.5, 5.0)
"""How far from its point a label may stand, in units of ``gap``."""
MARGIN = (6, 2)
"""Pixels between labels, across and up."""


def label(figure: Any, axes: Any, words: Sequence[str], points: np.ndarray) -> None:
    """Puts words beside their points [N, 2], off each other, a thin line to those that are far."""
    texts = [
        axes.text(0, 0, readable(word), fontsize=8, ha="center", va="center", parse_math=False)
        for word in words
    ]
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    sizes = np.array([text.get_window_extent().size for text in texts]) + MARGIN
    pixels = axes.transData.transform(points)
    centres = label_centres(pixels, sizes)
    for text, pixel, centre, size in zip(texts, pixels, centres, sizes, strict=True):
        start, end = axes.transData.inverted().transform([pixel, centre])
        text.set_position(end)
        if (np.abs(centre - pixel) > size / 2 + 8).any():
            axes.plot(*zip(start, end, strict=True), color="0.8", lw=0.5, zorder=1)


def readable(text: str) -> str:
    r"""As a picture can hold it: no control characters, nor halves of surrogate pairs.

    >>> readable("tab\t, nul\0")
    'tab\\x09, nul\\x00'
    """
    return "".join(
        f"\\x{ord(letter):02x}" if unicodedata.category(letter) in ("Cc", "Cs") else letter
        for letter in text
    )


def label_centres(points: np.ndarray, sizes: np.ndarray, gap: float = 4.0) -> np.ndarray:
    """Centres [N, 2] of boxes of sizes [N, 2] beside points [N, 2], in one unit such as pixels.

    One label after another goes where, around its point, it covers least of the labels before it
    and of all points, and of such positions to the nearest.

    >>> points, sizes = np.array([[0.0, 0.0], [8.0, 0.0]]), np.full((2, 2), 4.0)
    >>> label_centres(points, sizes, gap=1.0).tolist()
    [[3.0, 0.0], [11.0, 0.0]]
    """
    centres = np.zeros_like(points, dtype=float)
    for i, (point, size) in enumerate(zip(points, sizes, strict=True)):
        choices = np.array(
            [point + np.array(side) * (size / 2 + ring * gap) for ring in RINGS for side in SIDES]
        )
        covered = [
            overlap(choice, size, centres[:i], sizes[:i])
            + overlap(choice, size, points, np.full_like(points, gap))
            for choice in choices
        ]
        centres[i] = choices[int(np.argmin(covered))]
    return centres


def overlap(centre: np.ndarray, size: np.ndarray, others: np.ndarray, sizes: np.ndarray) -> float:
    """The area of a box that others cover, counted for each of them.

    Args:
      centre, size: of the box, [2], in one unit such as pixels.
      others, sizes: centres and sizes of the others, [N, 2].

    >>> overlap(np.zeros(2), np.full(2, 4.0), np.array([[3.0, 0.0]]), np.full((1, 2), 4.0))
    4.0
    """
    reach = (size + sizes) / 2 - np.abs(others - centre)
    sides = np.clip(reach, 0, np.minimum(size, sizes))
    return float(np.sum(sides[:, 0] * sides[:, 1]))

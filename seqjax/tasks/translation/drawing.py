"""A picture of attention: which words of a text each word of its translation looks at."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from seqjax.basics.whole_file import whole_file

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INCHES = 0.3
"""A row or column of the picture."""


def figure(weights: np.ndarray, source: Sequence[str], target: Sequence[str]) -> Figure:
    """A matplotlib figure of weights [T, S]: the source from left to right, the target downwards.

    Raises:
      ValueError: for tokens that are not as many as rows and columns.
      ImportError: without matplotlib; names the extra that brings it.
    """
    if weights.shape != (len(target), len(source)):
        raise ValueError(
            f"weights: got shape {weights.shape}, want {(len(target), len(source))}, a row for each"
            " token of the target and a column for each of the source"
        )
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError as error:
        raise ImportError("matplotlib is not installed; pip install 'seqjax[plots]'") from error
    # Not pyplot: it needs to know of a screen, and keeps figures.
    drawing = Figure(figsize=(1.5 + INCHES * len(source), 1.5 + INCHES * len(target)))
    axes = drawing.add_subplot()
    axes.imshow(weights, cmap="Greys", vmin=0, vmax=1, aspect="auto")
    axes.set_xticks(range(len(source)), source, rotation=90, parse_math=False)
    axes.set_yticks(range(len(target)), target, parse_math=False)
    axes.xaxis.tick_top()
    drawing.tight_layout()
    return drawing


def draw(
    path: str | os.PathLike[str], weights: np.ndarray, source: Sequence[str], target: Sequence[str]
) -> None:
    """Writes the picture as PNG; errors as ``figure``."""
    drawing = figure(weights, source, target)
    with whole_file(path) as temporary:
        drawing.savefig(temporary, format="png", dpi=120)

"""Words along the direction of a bias, before and after it was removed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from seqjax.vectors.bias.direction import Subspace
from seqjax.vectors.bias.measures import projections
from seqjax.vectors.keyed import KeyedVectors
from seqjax.vectors.plots.labels import readable
from seqjax.vectors.plots.pictures import canvas, save


def draw_projections(
    before: KeyedVectors,
    after: KeyedVectors,
    words: Sequence[str],
    subspace: Subspace,
    paths: Sequence[str | Path],
    *,
    about: str = "",
) -> None:
    """A row a word: cos(w, g) before as a ring, after as a dot, from the least to the largest.

    Args:
      words: those are drawn that have a vector that is not zero, before and after.
      subspace: its direction is drawn, and named by its first set of words.
      paths: .png, .svg or .pdf.

    Raises:
      ValueError: for no word with a vector.
      ImportError: without matplotlib.
    """
    direction, ends = subspace.direction, (subspace.used[0][-1], subspace.used[0][0])
    known = after.directed_words(before.directed_words(words))
    if not known:
        raise ValueError(f"words: got {len(words)}, none of them with a vector")
    first = projections(before, known, direction)
    order = np.argsort(first, kind="stable")
    known, first = [known[i] for i in order], first[order]
    second = projections(after, known, direction)
    rows = np.arange(len(known))
    size = (7, 1.5 + 0.17 * len(known))
    figure, axes = canvas(f"cosine with {ends[1]} - {ends[0]}", about, size)
    axes.hlines(rows, first, second, color="0.85", lw=1, zorder=1)
    axes.axvline(0, color="0.5", lw=0.8, zorder=1)
    axes.scatter(first, rows, s=18, facecolors="none", edgecolors="tab:red", label="before")
    axes.scatter(second, rows, s=12, color="tab:blue", label="after", zorder=3)
    axes.set_yticks(rows, [*map(readable, known)], fontsize=7, parse_math=False)
    axes.set_ylim(-1, len(known))
    axes.set_xlabel(readable(f"← {ends[0]}          {ends[1]} →"), parse_math=False)
    axes.legend(loc="lower right", fontsize=8)
    save(figure, paths)

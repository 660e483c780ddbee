"""Lines over steps or distances, one a cell or layer, with their spread over rows."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from seqjax.diagnostics.plots import style


def draw_lines(axes: Any, lines: Mapping[str, np.ndarray], *, first: int = 0) -> None:
    """The mean over rows of each [K, B], and a band from the lowest row to the highest.

    Args:
      axes: of ``style.figure``.
      lines: by name of a cell, whose colour it then has, or of anything else. NaN is left out.
      first: what the first of the K is called.
    """
    for index, (name, values) in enumerate(lines.items()):
        rows = np.asarray(values, float)
        rows = np.where(np.isfinite(rows), rows, np.nan).reshape(len(rows), -1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # of places where no row is left
            mean, low, high = (f(rows, axis=1) for f in (np.nanmean, np.nanmin, np.nanmax))
        x, colour = np.arange(len(rows)) + first, style.colour(name, index)
        axes.plot(
            x, mean, color=colour, marker=style.MARKERS[index % len(style.MARKERS)], label=name,
            markevery=max(1, len(rows) // 8), markersize=6, linewidth=2,
        )  # fmt: skip
        if rows.shape[1] > 1:
            axes.fill_between(x, low, high, color=colour, alpha=0.15, linewidth=0)
    axes.xaxis.get_major_locator().set_params(integer=True)  # there are no half steps
    if len(lines) > 1:
        axes.legend(fontsize=style.TEXT - 1)

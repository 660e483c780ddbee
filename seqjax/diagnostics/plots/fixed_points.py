"""Plot of eigenvalues at fixed points."""

from __future__ import annotations

from typing import Any

import numpy as np

from seqjax.diagnostics.fixed_points import FixedPoints
from seqjax.diagnostics.plots import style
from seqjax.diagnostics.plots.words import label


def fixed_points_figure(found: FixedPoints, language: str = "en") -> Any:
    """Eigenvalues of the Jacobian at each fixed point, in the complex plane with its unit circle.

    Points with all of them inside the circle draw states towards themselves.

    Args:
      found: of ``fixed_points``; eight are drawn at most.
      language: "en" or "ko".

    Raises:
      ImportError: without matplotlib.
    """
    with style.context(language):
        figure, axes = style.figure(width=6.5, height=5)
        turn = np.linspace(0, 2 * np.pi, 200)
        axes.plot(np.cos(turn), np.sin(turn), color="0.4", linestyle=":", linewidth=1.5)
        for index, values in enumerate(found.eigenvalues[: len(style.MARKERS)]):
            kind = (
                label(language, "stable", "안정")
                if found.stable[index]
                else label(language, "unstable", "불안정")
            )
            starts = label(
                language, f"{found.starts[index]} starts", f"시작점 {found.starts[index]}개"
            )
            axes.scatter(
                values.real, values.imag, s=36, alpha=0.8, color=style.OTHERS[index],
                marker=style.MARKERS[index], label=f"{index + 1}: {kind}, {starts}",
            )  # fmt: skip
        axes.set_aspect("equal")
        axes.set_title(
            label(language, "Eigenvalues at fixed points", "고정점(fixed point)에서의 고윳값")
        )
        axes.set_xlabel(label(language, "real part", "실수부"))
        axes.set_ylabel(label(language, "imaginary part", "허수부"))
        if len(found.eigenvalues):
            axes.legend(fontsize=style.TEXT - 2)
    return figure

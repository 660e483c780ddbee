"""Plot of Lyapunov exponents as they settle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from seqjax.diagnostics.plots import style
from seqjax.diagnostics.plots.lines import draw_lines
from seqjax.diagnostics.plots.words import label


def lyapunov_figure(growth: Mapping[str, Any], language: str = "en") -> Any:
    """The mean growth so far over the steps: where it settles is the largest exponent.

    Args:
      growth: [T, B, k] by name of a cell or layer, as ``lyapunov`` gives it, without padding; the
        first of the k is drawn.
      language: "en" or "ko".

    Raises:
      ImportError: without matplotlib.
    """
    with style.context(language):
        figure, axes = style.figure()
        largest = {name: np.asarray(values, float)[..., 0] for name, values in growth.items()}
        steps = {name: np.arange(1, len(v) + 1)[:, None] for name, v in largest.items()}
        draw_lines(axes, {n: np.cumsum(v, axis=0) / steps[n] for n, v in largest.items()}, first=1)
        axes.axhline(0, color="0.4", linestyle=":", linewidth=1.5)
        axes.set_title(
            label(language, "Largest Lyapunov exponent", "최대 랴푸노프 지수(Lyapunov exponent)")
        )
        axes.set_xlabel(label(language, "steps averaged", "평균한 스텝 수"))
        axes.set_ylabel(
            label(language, "nats a step (below 0: forgets)", "스텝당 nat (0 미만: 잊음)")
        )
    return figure

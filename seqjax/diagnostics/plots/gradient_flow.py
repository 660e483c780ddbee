"""Plots of gradients by step and by distance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from seqjax.diagnostics.plots import style
from seqjax.diagnostics.plots.lines import draw_lines
from seqjax.diagnostics.plots.words import label


def loss_gradient_figure(norms: Mapping[str, Any], language: str = "en") -> Any:
    """|dL/ds_t| over steps, on a logarithmic axis.

    Args:
      norms: [T, B] by name of a cell or layer: norms of ``loss_gradients``. Zeros are left out.
      language: "en" or "ko".

    Raises:
      ImportError: without matplotlib.
    """
    with style.context(language):
        figure, axes = style.figure()
        arrays = {name: np.asarray(values, float) for name, values in norms.items()}
        draw_lines(axes, {n: np.where(v > 0, v, np.nan) for n, v in arrays.items()}, first=1)
        if any((values > 0).any() for values in arrays.values()):
            axes.set_yscale("log")
        axes.set_title(
            label(language, "How much the loss feels of each state", "손실에 대한 각 상태의 기울기")
        )
        axes.set_xlabel(label(language, "step t", "시점(step) t"))
        axes.set_ylabel("|dL/dsₜ|")
    return figure


def state_flow_figure(log_norms: Mapping[str, Any], language: str = "en") -> Any:
    """|∂s_T/∂s_{T-k}| over the distance k, as powers of ten.

    Args:
      log_norms: [K, B] in nats by name of a cell or layer, as ``state_flow`` gives them.
      language: "en" or "ko".

    Raises:
      ImportError: without matplotlib.
    """
    with style.context(language):
        figure, axes = style.figure()
        draw_lines(axes, {n: np.asarray(v) / np.log(10) for n, v in log_norms.items()})
        axes.axhline(-np.log10(np.e), color="0.4", linestyle=":", linewidth=1.5)
        axes.text(1, -np.log10(np.e), " 1/e", va="bottom", ha="right", color="0.3",
                  transform=axes.get_yaxis_transform())  # fmt: skip
        axes.set_title(
            label(language, "How much of a state arrives later", "상태의 변화가 나중에 남는 정도")
        )
        axes.set_xlabel(label(language, "distance k, in steps", "거리 k (스텝)"))
        unit = label(language, "power of ten", "10의 지수")
        axes.set_ylabel(f"log₁₀ |∂s_T / ∂s_(T−k)|\n({unit})", parse_math=False)
    return figure

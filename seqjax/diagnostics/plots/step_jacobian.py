"""Plots of singular values: of single steps, and of their products."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from seqjax.diagnostics.plots import style
from seqjax.diagnostics.plots.words import label


def spectrum_figure(
    values: Any, log_products: Any, distances: Sequence[int], language: str = "en"
) -> Any:
    """Two pictures: singular values of single steps by rank, and of products over distances.

    Each line is the median over steps and rows.

    Args:
      values: [T, B, N] of ``singular_values``.
      log_products: [K, B, N] of ``product_singular_values``.
      distances: the K of them.
      language: "en" or "ko".

    Raises:
      ImportError: without matplotlib.
    """
    values, log_products = np.asarray(values, float), np.asarray(log_products, float)
    rank = np.arange(1, values.shape[-1] + 1)
    with style.context(language):
        figure, (left, right) = style.figure(columns=2, width=10)
        flat = values.reshape(-1, len(rank))
        low, middle, high = np.quantile(flat, [0.1, 0.5, 0.9], axis=0)
        left.plot(rank, middle, color=style.OTHERS[0], marker="o", markersize=4, linewidth=2)
        left.fill_between(rank, low, high, color=style.OTHERS[0], alpha=0.15, linewidth=0)
        left.axhline(1, color="0.4", linestyle=":", linewidth=1.5)
        left.set_title(label(language, "One step", "한 스텝"))
        left.set_ylabel(label(language, "singular value", "특이값(singular value)"))
        for index, (k, of_rows) in enumerate(zip(distances, log_products, strict=True)):
            real = of_rows[~np.isnan(of_rows).any(-1)]
            if not len(real):
                continue
            powers = np.median(real, axis=0) / np.log(10)
            right.plot(
                rank, np.where(np.isfinite(powers), powers, np.nan), linewidth=2, markersize=4,
                color=style.OTHERS[index % len(style.OTHERS)],
                marker=style.MARKERS[index % len(style.MARKERS)],
                label=label(language, f"{k} step{'s' * (k > 1)}", f"{k}스텝"),
            )  # fmt: skip
        right.axhline(0, color="0.4", linestyle=":", linewidth=1.5)
        right.set_title(label(language, "Products of steps", "여러 스텝의 곱"))
        right.set_ylabel(label(language, "log₁₀ singular value", "log₁₀ 특이값"))
        right.legend(fontsize=style.TEXT - 1)
        for axes in (left, right):
            axes.xaxis.get_major_locator().set_params(integer=True)
            axes.set_xlabel(label(language, "rank", "순위"))
        figure.suptitle(label(language, "Jacobians of the state", "상태의 야코비 행렬(Jacobian)"))
    return figure

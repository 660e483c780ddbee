"""Plot of how often gates are shut or wide open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from seqjax.diagnostics.gate_saturation import Saturation
from seqjax.diagnostics.plots import style
from seqjax.diagnostics.plots.words import label


def saturation_figure(gates: Mapping[str, Saturation], language: str = "en") -> Any:
    """A point a unit: the share of steps at its low end against that at its high end, by gate.

    Units at the right are mostly open, those at the top mostly shut, those at the origin neither
    (Karpathy et al. 2015, figure 2).

    Args:
      gates: of ``gate_saturation``.
      language: "en" or "ko".

    Raises:
      ImportError: without matplotlib.
    """
    with style.context(language):
        count = len(gates)
        figure, axes = style.figure(columns=count, width=1.2 + 2.6 * count, height=3.9)
        for index, (own, (name, found)) in enumerate(zip(np.ravel(axes), gates.items())):  # noqa: B905
            own.scatter(
                found.unit_high, found.unit_low, s=26, alpha=0.7,
                color=style.OTHERS[index % len(style.OTHERS)],
                marker=style.MARKERS[index % len(style.MARKERS)],
            )  # fmt: skip
            own.plot([0, 1], [1, 0], color="0.4", linestyle=":", linewidth=1.5)
            own.set_xlim(-0.05, 1.05)
            own.set_ylim(-0.05, 1.05)
            own.set_aspect("equal")
            own.set_title(name)
            own.set_xlabel(label(language, "share open", "열린 비율"))
        np.ravel(axes)[0].set_ylabel(label(language, "share shut", "닫힌 비율"))
        figure.suptitle(
            label(language, "Gate saturation, a point a unit", "게이트 포화, 점 하나가 유닛 하나")
        )
    return figure

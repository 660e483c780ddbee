"""Plot of what units track: correlation where they were chosen, and where they were not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from seqjax.diagnostics.plots import style
from seqjax.diagnostics.plots.words import label
from seqjax.diagnostics.tracking import Tracked


def tracking_figure(found: Sequence[Tracked], language: str = "en") -> Any:
    """A row a property: a ring where the unit was chosen, a dot on the rest, a bar up to chance.

    Args:
      found: of ``tracking``.
      language: "en" or "ko".

    Raises:
      ImportError: without matplotlib.
    """
    with style.context(language):
        figure, axes = style.figure(height=1.8 + 0.4 * max(len(found), 1), width=8)
        rows = np.arange(len(found))[::-1]
        chance = [np.nan_to_num(each.chance) for each in found]
        axes.barh(
            rows, chance, color="0.88", height=0.6, label=label(language, "chance", "우연의 범위")
        )
        axes.scatter(
            [abs(each.chosen) for each in found], rows, s=60, facecolors="none", linewidths=2,
            edgecolors=style.OTHERS[1], label=label(language, "where chosen", "고른 절반"),
        )  # fmt: skip
        axes.scatter(
            [abs(each.held_out) for each in found], rows, s=40, color=style.OTHERS[0], zorder=3,
            label=label(language, "held out", "남겨 둔 절반"),
        )  # fmt: skip
        axes.set_yticks(rows, [f"{each.name} (#{each.unit})" for each in found])
        axes.set_xlim(0, 1.02)
        axes.set_xlabel(label(language, "|correlation|", "|상관계수|"))
        axes.set_title(
            label(
                language,
                "The unit that goes with each property best",
                "각 성질을 가장 잘 따르는 유닛",
            )
        )
        axes.legend(loc="upper center", bbox_to_anchor=(0.4, -0.12 - 0.35 / (1 + len(found))),
                    ncols=3, frameon=False, fontsize=style.TEXT - 1)  # fmt: skip
    return figure

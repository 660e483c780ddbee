"""The words of the claim on analogies in the plane: a point each, a thin line to its pair."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from experiments.claims.claim import Text
from experiments.claims.shared.wording import chosen
from seqjax.data.builtin.relations import RELATIONS
from seqjax.diagnostics.plots import name_points, style

NAMES = {
    "gender": Text("gender", "성별"),
    "capital": Text("capital", "수도"),
    "past": Text("past tense", "과거형"),
}
LABELLED = 2
"""Pairs of a relation whose words are written; where a pointer can ask, all of them are told."""


def draw_words(axes: Any, points: Sequence[Sequence[float]], language: str) -> None:
    """The picture, in colours of the relations.

    Args:
      axes: of matplotlib.
      points: [N, 2], two a pair, in the order of ``RELATIONS``.
      language: "en" or "ko".
    """
    places, start = np.asarray(points, float), 0
    for number, (name, relation) in enumerate(RELATIONS.items()):
        pairs = places[start : start + 2 * len(relation.pairs)].reshape(-1, 2, 2)
        start += 2 * len(relation.pairs)
        words = [word for pair in relation.pairs for word in pair]
        colour = style.colour("", number)
        gaps = np.full((len(pairs), 1, 2), np.nan)
        lines = np.concatenate([pairs, gaps], 1).reshape(-1, 2)
        axes.plot(*lines.T, color=colour, alpha=0.4, linewidth=1, zorder=1)
        drawn = axes.scatter(
            *pairs.reshape(-1, 2).T, color=colour, s=18, marker=style.MARKERS[number],
            label=chosen(NAMES[name], language),
        )  # fmt: skip
        name_points(drawn, words)
        for word, place in zip(words[: 2 * LABELLED], pairs.reshape(-1, 2), strict=False):
            axes.annotate(
                word, place, xytext=(4, 3), textcoords="offset points", fontsize=style.TEXT - 2
            )
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_xlabel("t-SNE 1")
    axes.set_ylabel("t-SNE 2")
    axes.set_title(chosen(Text("The same words in the plane", "같은 단어를 평면에"), language))
    axes.legend(fontsize=style.TEXT - 2)

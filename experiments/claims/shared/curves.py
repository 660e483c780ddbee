"""Lines and bars of the plots of claims: means over seeds, with their spread."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from experiments.claims.claim import Text
from experiments.claims.shared.numbers import deviation, mean
from experiments.claims.shared.wording import chosen
from seqjax.diagnostics.plots import style

HATCHES = ("", "//", "..", "xx", "\\\\", "++", "oo", "--")
LINES = ("-", "--", "-.", ":")
OTHERS = ("#7f7f7f", "#cc79a7", "#e69f00", "#000000")
"""Of what is no cell: never the colour of a cell that may be beside it."""


def colours(names: Iterable[str]) -> list[str]:
    """One for each name: that of the cell, else the next of ``OTHERS``.

    >>> colours(["averaged", "lstm", "trigram"])
    ['#7f7f7f', '#0072b2', '#cc79a7']
    """
    others = itertools.cycle(OTHERS)
    return [style.colour(name) if name in style.COLOURS else next(others) for name in names]


def curves(
    axes: Any,
    xs: Sequence[float],
    values: Mapping[str, Sequence[Sequence[float]]],
    labels: Mapping[str, str],
) -> None:
    """A line for each name: mean over seeds of ``values[name]`` [S, X], bars of one deviation.

    Markers are hollow, each smaller than those before it: lines that lie on each other are seen.
    """
    drawn = zip(values.items(), colours(values), strict=True)
    for index, ((name, rows), colour) in enumerate(drawn):
        table = np.asarray(rows, float)
        around = table.std(0, ddof=1) if len(table) > 1 else None
        axes.errorbar(
            xs, table.mean(0), around, label=labels[name], color=colour,
            marker=style.MARKERS[index], linestyle=LINES[index % len(LINES)], capsize=3,
            markersize=max(4, 11 - 2 * index), markerfacecolor="none",
        )  # fmt: skip


def bars(
    axes: Any,
    groups: Sequence[str],
    values: Mapping[str, Sequence[Sequence[float]]],
    labels: Mapping[str, str],
    *,
    figures: bool = True,
) -> None:
    """Bars side by side at each group: means over seeds of ``values[name]`` [S, G].

    Args:
      axes: of matplotlib.
      groups: G words.
      values: by name.
      labels: of the names.
      figures: write the means over the bars, where there is room.
    """
    width = 0.8 / len(values)
    drawn = zip(values.items(), colours(values), strict=True)
    for index, ((name, rows), colour) in enumerate(drawn):
        table = np.asarray(rows, float)
        around = table.std(0, ddof=1) if len(table) > 1 else None
        places = np.arange(len(groups)) + (index - (len(values) - 1) / 2) * width
        container = axes.bar(
            places, table.mean(0), 0.92 * width, yerr=around, label=labels[name], capsize=2,
            color=colour, hatch=HATCHES[index], edgecolor="white",
        )  # fmt: skip
        if figures:
            axes.bar_label(container, fmt="%.2f", fontsize=style.TEXT - 2, padding=2)
    axes.set_xticks(range(len(groups)), groups)
    axes.set_axisbelow(True)
    axes.grid(axis="x", visible=False)


def share(axes: Any, guess: float, words: str) -> None:
    """An axis of shares from 0 to 1, and a line at what guessing gives."""
    axes.set_ylim(0, 1.1)
    axes.set_yticks([0, 0.2, 0.4, 0.6, 0.8, 1])
    axes.axhline(guess, color="#555555", linewidth=1, linestyle=":")
    axes.annotate(
        words, (1.01, guess), xycoords=("axes fraction", "data"), va="center", color="#333333",
        fontsize=style.TEXT - 2,
    )  # fmt: skip


def bar_figure(
    groups: Sequence[Text],
    values: Mapping[str, Sequence[Sequence[float]]],
    names: Mapping[str, Text],
    words: Mapping[str, Text],
    language: str,
) -> Any:
    """A figure of ``bars`` of shares.

    Args:
      groups: G of them.
      values: by name, [S, G].
      names: of the legend.
      words: "guess" of the line where guessing is, at 0.5; "x", "y" and "title".
      language: of all of them.
    """
    said = {name: chosen(text, language) for name, text in {**words, **names}.items()}
    with style.context(language):
        figure, axes = style.figure()
        bars(axes, [chosen(group, language) for group in groups], values, said)
        share(axes, 0.5, said["guess"])
        axes.set(xlabel=said["x"], ylabel=said["y"], title=said["title"])
        columns = len(names) if len(names) < 5 else 3
        figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=columns)
    return figure


def error_bars(
    axes: Any, xs: Sequence[float], values: Sequence[Sequence[float]], label: str, number: int
) -> None:
    """A line of what is no cell, the one of that number: means over seeds of values [X, S]."""
    axes.errorbar(
        xs, [mean(each) for each in values],
        yerr=[deviation(each) if len(each) > 1 else 0.0 for each in values],
        label=label, color=style.colour("", number), marker=style.MARKERS[number], capsize=3,
    )  # fmt: skip

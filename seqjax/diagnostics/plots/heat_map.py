"""One unit's value behind each character of a text: as HTML, and as a picture."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

import numpy as np

from seqjax.diagnostics.plots import style
from seqjax.diagnostics.plots.words import label

HIGH, LOW = (230, 120, 60), (70, 140, 215)
"""What the largest and the least value are mixed with, from white; dark text stays legible."""
DISPLAYED = {"\n": "↵", "\t": "→", " ": " "}


def shade(share: float) -> str:
    """The colour of a value between -1 and 1: blue, white, orange.

    >>> shade(0.0), shade(1.0)
    ('#ffffff', '#e6783c')
    """
    end = HIGH if share > 0 else LOW
    size = min(abs(share), 1.0)
    return "#" + "".join(f"{round(255 + size * (part - 255)):02x}" for part in end)


def scaled(values: Any) -> np.ndarray:
    """Values [T] over the largest absolute value, between -1 and 1; not finite ones are 0.

    >>> scaled([-2.0, 0.0, 1.0]).tolist()
    [-1.0, 0.0, 0.5]
    """
    values = np.nan_to_num(np.asarray(values, float), nan=0.0, posinf=0.0, neginf=0.0)
    shares: np.ndarray = values / max(float(np.abs(values).max(initial=0.0)), 1e-12)
    return shares


def heat_map_html(
    tokens: Sequence[str], values: Any, title: str, *, separator: str = "", alt: str = ""
) -> str:
    """A fragment of HTML: a figure whose tokens have the unit's value [T] as background.

    Each has its number as a tooltip. Who cannot see colours hears ``alt`` and the text.

    Args:
      tokens: characters or words.
      values: [T], of one unit.
      title: above the text.
      separator: between tokens.
      alt: what is to be seen; nothing: says where the value is highest.

    Raises:
      ValueError: for another number of values than tokens.

    >>> heat_map_html(["a", "<"], [0.5, -0.5], "unit 3").count("<span")
    2
    """
    values = np.asarray(values, float)
    if values.shape != (len(tokens),):
        raise ValueError(f"values: got shape {values.shape}, want [{len(tokens)}], one a token")
    shares, spans = scaled(values), []
    for token, value, share in zip(tokens, values, shares, strict=True):
        shown = html.escape(token).replace("\n", "↵\n")
        spans.append(f'<span style="background:{shade(share)}" title="{value:.2f}">{shown}</span>')
    words = alt or _alternative(tokens, values)
    return (
        '<figure style="margin:1em 0"><figcaption><strong>'
        f"{html.escape(title)}</strong> <small>{html.escape(words)}</small></figcaption>"
        '<pre style="white-space:pre-wrap;overflow-wrap:anywhere;color:#111;background:#fff;'
        f'line-height:1.7;margin:.3em 0">{separator.join(spans)}</pre></figure>'
    )


def _alternative(tokens: Sequence[str], values: np.ndarray) -> str:
    if not len(values):
        return "An empty text."
    high, low = int(np.argmax(values)), int(np.argmin(values))
    return (
        f"Orange: high, blue: low. From {values[low]:.2f} at token {low + 1}, {tokens[low]!r}, to"
        f" {values[high]:.2f} at token {high + 1}, {tokens[high]!r}."
    )


def heat_map_figure(
    tokens: Sequence[str], values: Any, title: str, *, columns: int = 60, language: str = "en"
) -> Any:
    """The same as a picture: characters in rows of ``columns``; of words, the text they make.

    Args:
      tokens: characters or words; 1,500 characters at most are drawn.
      values: [T], of one unit.
      title: above them.
      columns: characters of a row.
      language: "en" or "ko", of the fonts and the scale.

    Raises:
      ValueError: for another number of values than tokens.
      ImportError: without matplotlib.
    """
    values = np.asarray(values, float)
    if values.shape != (len(tokens),):
        raise ValueError(f"values: got shape {values.shape}, want [{len(tokens)}], one a token")
    wordy = any(len(token) > 1 for token in tokens)
    cells = [
        (character, share)
        for token, share in zip(tokens, scaled(values), strict=True)
        for character in (f"{token} " if wordy else token)
    ][:1500]
    count = max(1, -(-len(cells) // columns))
    with style.context(language):
        figure, axes = style.figure(width=0.16 * columns + 0.6, height=0.9 + 0.3 * count)
        for index, (character, share) in enumerate(cells):
            row, column = divmod(index, columns)
            axes.text(
                column + 0.5, row + 0.5, DISPLAYED.get(character, character), ha="center",
                va="center", parse_math=False, family="monospace", fontsize=style.TEXT,
                bbox={"facecolor": shade(share), "edgecolor": "none", "pad": 2.2},
            )  # fmt: skip
        axes.set_xlim(0, columns)
        axes.set_ylim(count, 0)
        axes.axis("off")
        scale = label(language, "orange: high, blue: low", "주황: 높음, 파랑: 낮음")
        axes.set_title(f"{title} ({scale})", parse_math=False, fontsize=style.TEXT)
    return figure

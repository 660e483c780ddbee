"""How all plots of diagnostics look: colours, sizes, glyphs, and files that stay small."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Iterator
from typing import Any

from seqjax.basics.optional import optional_module

COLOURS = {
    "rnn": "#d55e00", "lstm": "#0072b2", "gru": "#009e73", "gru_simple": "#56b4e9",
    "min_gru": "#cc79a7", "peephole_lstm": "#e69f00", "cifg_lstm": "#000000",
    "gru_reset_before": "#7f7f7f", "min_lstm": "#000099", "lru": "#2200ff", "rg_lru": "#8877ff",
    "diagonal_ssm": "#444466", "ind_rnn": "#774400", "sru": "#aaddaa", "slstm": "#551122",
}  # fmt: skip
"""Of cells, the same in every plot; told apart by eyes that see few colours (Okabe & Ito 2008).

The last seven are as far from the others, from each other and from white as colours can be, as seen
with all cones and with two kinds of them alone. So many are told apart by markers, too."""
OTHERS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#7f7f7f")
"""Of what is no cell, in order."""
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
"""In order, so that colour is never all that tells two lines apart."""
KOREAN = ("Noto Sans CJK KR", "Noto Sans KR", "NanumGothic", "Malgun Gothic", "AppleGothic")
"""Fonts with Hangul, by preference."""
FILES = re.compile(r"Noto\w+KR|NotoSansCJK|Nanum|malgun|AppleGothic")
"""In the names of their files."""
TEXT = 11
"""Points: legible where the plot is shown at half its size."""


def colour(name: str, index: int = 0) -> str:
    """The colour of a cell, or that of number ``index`` for what is none.

    >>> colour("lstm") == COLOURS["lstm"], colour("averaged embeddings", 1) == OTHERS[1]
    (True, True)
    """
    return COLOURS.get(name, OTHERS[index % len(OTHERS)])


@contextlib.contextmanager
def context(language: str = "en") -> Iterator[None]:
    """Fonts and lines of everything that is drawn and saved in the block.

    Args:
      language: "en", or "ko" for labels in Hangul, if ``korean_font`` finds one.

    Raises:
      ImportError: without matplotlib, which the extra plots brings.
    """
    matplotlib = optional_module("matplotlib", "plots")
    settings = {
        "font.size": TEXT, "axes.spines.top": False, "axes.spines.right": False,
        "axes.grid": True, "grid.alpha": 0.3, "svg.fonttype": "path", "svg.hashsalt": "seqjax",
    }  # fmt: skip
    if language == "ko" and (font := korean_font()):
        settings |= {"font.family": ["DejaVu Sans", font], "axes.unicode_minus": False}
    with matplotlib.rc_context(settings):
        yield


def figure(rows: int = 1, columns: int = 1, width: float = 7, height: float = 4) -> tuple[Any, Any]:
    """A figure that belongs to no window, and its axes as ``plt.subplots`` gives them.

    Args:
      rows: of axes.
      columns: of axes.
      width: inches of the whole.
      height: inches of the whole.

    Raises:
      ImportError: without matplotlib, which the extra plots brings.
    """
    backend = optional_module("matplotlib.backends.backend_agg", "plots")
    figures = optional_module("matplotlib.figure", "plots")
    made = figures.Figure(figsize=(width, height), layout="constrained", facecolor="white")
    backend.FigureCanvasAgg(made)
    return made, made.subplots(rows, columns)


def korean_font() -> str:
    """The name of a font that is installed and has Hangul; "" if there is none."""
    fonts = optional_module("matplotlib.font_manager", "plots")
    manager = fonts.fontManager
    known = {font.fname for font in manager.ttflist}
    for path in fonts.findSystemFonts():  # what was installed since matplotlib last looked
        if path not in known and FILES.search(path):
            manager.addfont(path)
    installed = {font.name for font in manager.ttflist}
    return next((name for name in KOREAN if name in installed), "")


def svg(figure: Any, title: str = "") -> bytes:
    """The figure as SVG, the same bytes where it is drawn from the same numbers.

    Args:
      figure: of ``figure``.
      title: in the file, for whoever cannot see it; none for "".
    """
    made = io.BytesIO()
    metadata = {"Date": None, "Title": title} if title else {"Date": None}
    figure.savefig(made, format="svg", metadata=metadata)
    return made.getvalue()

"""Figures of lines and points as parts of a page that tell values where the pointer is.

Drawn by Bokeh, whose JavaScript stands in the page: it opens from disk without a network. The still
figure stays in the page, for printing and where no script runs.
"""

from __future__ import annotations

import html
from typing import Any

import numpy as np

from seqjax.basics.optional import optional_module
from seqjax.diagnostics.plots.panel import Curve, Panel
from seqjax.diagnostics.plots.panels import panels_of
from seqjax.diagnostics.plots.values import values_html

EXTRA = "hover"
SHAPES = {
    "o": ("circle", "●"), "s": ("square", "■"), "^": ("triangle", "▲"), "D": ("diamond", "◆"),
    "v": ("inverted_triangle", "▼"), "P": ("plus", "✚"), "X": ("x", "✖"), "*": ("star", "★"),
}  # fmt: skip
"""Of markers of matplotlib: the name in Bokeh, and a letter for the legend."""
DASHES = {"-": "solid", "--": "dashed", "-.": "dashdot", ":": "dotted"}
STYLE = """\
.hover { display: none; }
.hovering .hover { display: grid; gap: 1rem;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); }
.hovering .still { display: none; }
.hover p { margin: 0; font-weight: 600; text-align: center; }
.hover .whole { grid-column: 1 / -1; }
.hover ul { list-style: none; display: flex; flex-wrap: wrap; gap: 0 1rem; margin: 0; padding: 0;
  font-size: .9rem; }
.hover > div { min-width: 0; }
.values table { font-size: .9rem; }
@media print {
  .hovering .hover, .values { display: none; }
  .hovering .still { display: block; }
}
"""


def library_html() -> str:
    """What the head of a page needs that has any ``hover_html``; the library is in it.

    Raises:
      ImportError: without bokeh, which the extra hover brings.
    """
    resources = optional_module("bokeh.resources", EXTRA)
    script = resources.Resources(mode="inline", components=["bokeh"]).render_js()
    mark = 'if (window.Bokeh) document.documentElement.classList.add("hovering");'
    return f"<style>\n{STYLE}</style>\n{script}\n<script>{mark}</script>"


def hover_html(figure: Any, still: str, alt: str, language: str = "en") -> str:
    """A figure that answers to the pointer, the still one behind it, and its values as tables.

    Args:
      figure: of ``style.figure``; see ``panels_of``.
      still: the same figure as HTML.
      alt: what it shows, for whoever cannot see it.
      language: "en" or "ko", of what the tables are called.

    Returns:
      The part of the page; ``still`` as it is where hovering does not help.

    Raises:
      ImportError: without bokeh, which the extra hover brings.
    """
    panels = panels_of(figure)
    if not panels:
        return still
    title = " ".join(figure.get_suptitle().split())
    script, places = optional_module("bokeh.embed", EXTRA).components([*map(_plot, panels)])
    shown = "".join(
        f"<div>{_title(panel.title)}{place}{_legend(panel)}</div>"
        for panel, place in zip(panels, places, strict=True)
    )
    return (
        f'<div class="hover" role="img" aria-label="{html.escape(alt)}">'
        f"{_title(title, 'whole')}{shown}</div>"
        f'<div class="still">{still}</div>{values_html(panels, language)}{script}'
    )


def _title(words: str, name: str = "") -> str:
    kind = f' class="{name}"' if name else ""
    return f"<p{kind}>{html.escape(words)}</p>" if words else ""


def _legend(panel: Panel) -> str:
    """A list, which breaks into lines where the page is narrow."""
    drawn = {curve.name: (curve.colour, SHAPES.get(curve.marker, ("", "━"))[1])
             for curve in reversed(panel.curves) if curve.name}  # fmt: skip
    entries = [*reversed(drawn.items())]
    entries += [(rule.name, (rule.colour, "┈" if rule.start == rule.end else "█"))
                for rule in panel.rules if rule.name]  # fmt: skip
    title = f"<li>{html.escape(panel.legend)}:</li>" if panel.legend and entries else ""
    items = [
        f'<li><span style="color:{colour}">{letter}</span> {html.escape(name)}</li>'
        for name, (colour, letter) in entries
    ]
    return f"<ul>{title}{''.join(items)}</ul>" if items else ""


def _plot(panel: Panel) -> Any:
    plotting = optional_module("bokeh.plotting", EXTRA)
    models = optional_module("bokeh.models", EXTRA)
    kinds = ["log" if log else "linear" for log in panel.logs]
    (left, right), (bottom, top) = panel.limits
    plot = plotting.figure(
        height=340, sizing_mode="stretch_width", toolbar_location=None, tools="",
        x_axis_type=kinds[0], y_axis_type=kinds[1],
        x_range=models.Range1d(left, right), y_range=models.Range1d(bottom, top),
        x_axis_label=_line(panel.labels[0]), y_axis_label=_line(panel.labels[1]),
    )  # fmt: skip
    for axis, ticks in zip((plot.xaxis[0], plot.yaxis[0]), panel.ticks, strict=True):
        axis.update(axis_label_text_font_style="normal", axis_label_text_color="#1a1a1a",
                    axis_label_text_font_size="14px", major_label_text_font_size="13px",
                    minor_tick_line_color=None)  # fmt: skip
        if ticks is not None:
            axis.ticker = models.FixedTicker(ticks=[*ticks], minor_ticks=[])
            axis.major_label_overrides = ticks
    for rule in panel.rules:
        if rule.start == rule.end:
            side = "height" if rule.upright else "width"
            line = {"line_color": rule.colour, "line_dash": "dotted"}
            plot.add_layout(models.Span(location=rule.start, dimension=side, **line))
        else:
            ends = ("left", "right") if rule.upright else ("bottom", "top")
            strip = dict(zip(ends, (rule.start, rule.end), strict=True))
            plot.add_layout(models.BoxAnnotation(fill_color=rule.colour, level="underlay", **strip))
    for number, curve in enumerate(panel.curves):
        _draw(plot, models, curve, max(4, 12 - 2 * number), panel.logs[1])
    told = models.ColumnDataSource(_told(panel))
    # One for all curves, so that where they meet all are told; as large as a finger tip hits.
    target = plot.scatter("x", "y", source=told, size=12, line_alpha=0, fill_alpha=0)
    words = "<b>@name</b> @spot"
    plot.add_tools(models.HoverTool(renderers=[target], tooltips=words, attachment="vertical"))
    for renderer in plot.renderers:  # nothing can be chosen or muted: looks of it are left out
        renderer.update(nonselection_glyph=None, muted_glyph=None)
    return plot


def _draw(plot: Any, models: Any, curve: Curve, size: int, log: bool) -> None:
    """A curve; markers are hollow, each smaller than those before it, as in the still figure."""
    columns = {"x": curve.x, "y": curve.y}
    if curve.low is not None and curve.high is not None:
        columns |= {"low": curve.low, "high": curve.high}
    if log:
        columns |= {k: np.where(v > 0, v, np.nan) for k, v in columns.items() if k != "x"}
    source, colour = models.ColumnDataSource(columns), curve.colour
    if curve.band:
        plot.varea("x", "low", "high", source=source, fill_color=colour, fill_alpha=0.15)
    elif "low" in columns:
        ends = {side: models.TeeHead(size=6, line_color=colour) for side in ("lower", "upper")}
        look = {"line_color": colour, **{f"{side}_head": head for side, head in ends.items()}}
        plot.add_layout(models.Whisker(source=source, base="x", lower="low", upper="high", **look))
    if curve.line:
        dash = DASHES[curve.line]
        plot.line("x", "y", source=source, line_color=colour, line_width=2, line_dash=dash)
    if curve.marker in SHAPES:
        shape, fill = SHAPES[curve.marker][0], "white" if curve.line else colour
        some = models.CDSView(filter=models.IndexFilter([*curve.told]))
        plot.scatter("x", "y", source=source, view=some, marker=shape, size=size,
                     line_color=colour, fill_color=fill, line_width=1.5)  # fmt: skip


def _told(panel: Panel) -> dict[str, list[Any]]:
    """Where values are told, and in what words."""
    columns: dict[str, list[Any]] = {"x": [], "y": [], "name": [], "spot": []}
    for curve in panel.curves:
        for k in curve.told:
            x, y = float(curve.x[k]), float(curve.y[k])
            spread = "" if curve.low is None else f" ({curve.low[k]:.4g} – {curve.high[k]:.4g})"  # type: ignore[index]
            row = (x, y, curve.words[k] if curve.words else curve.name,
                   f"{x:.4g}: {y:.4g}{spread}")  # fmt: skip
            for column, value in zip(columns.values(), row, strict=True):
                column.append(value)
    return columns


def _line(text: str) -> str:
    return " ".join(text.split())

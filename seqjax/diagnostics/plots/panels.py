"""What a figure of lines shows, as data: for whoever draws it in another way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from seqjax.basics.optional import optional_module
from seqjax.diagnostics.plots.panel import Curve, Panel, Rule

MANY = 6
"""Points of a curve from which on a person asks for their values."""


def name_points(artist: Any, words: list[str]) -> None:
    """Says what the points of a scatter plot are called, in their order."""
    artist.seqjax_words = tuple(words)


def panels_of(figure: Any) -> list[Panel]:
    """A panel for each pair of axes.

    Args:
      figure: of matplotlib, of lines, error bars, bands, points, and lines through all of it.

    Returns:
      None at all for a figure that has something else in it, such as bars or a picture, or no
      points that have names and no curve of ``MANY`` points.
    """
    panels = []
    for axes in figure.axes:
        bars = any(type(each).__name__ == "BarContainer" for each in axes.containers)
        if bars or axes.images:
            return []
        panels.append(_panel(axes))
    curves = [curve for panel in panels for curve in panel.curves]
    asked = any(curve.words or (curve.marker and len(curve.x) >= MANY) for curve in curves)
    return panels if asked and all(panel.curves for panel in panels) else []


def _panel(axes: Any) -> Panel:
    legend = axes.get_legend()
    sides = (axes.xaxis, axes.yaxis)
    return Panel(
        axes.get_title(),
        (axes.get_xlabel(), axes.get_ylabel()),
        (axes.get_xscale() == "log", axes.get_yscale() == "log"),
        (axes.get_xlim(), axes.get_ylim()),
        (_ticks(sides[0]), _ticks(sides[1])),
        legend.get_title().get_text() if legend else "",
        _curves(axes),
        list(_rules(axes)),
    )


def _ticks(axis: Any) -> dict[float, str] | None:
    if type(axis.get_major_locator()).__name__ not in ("FixedLocator", "NullLocator"):
        return None
    places = np.asarray(axis.get_majorticklocs(), float).tolist()
    words = axis.get_major_formatter().format_ticks(places)
    return None if any("$" in word for word in words) else dict(zip(places, words, strict=True))


def _curves(axes: Any) -> list[Curve]:
    of_bars = [each for each in axes.containers if type(each).__name__ == "ErrorbarContainer"]
    caps = {id(cap) for bars in of_bars for cap in bars.lines[1]}
    around = {id(bars.lines[0]): bars for bars in of_bars}
    curves: list[Curve] = []
    for line in axes.lines:
        if id(line) in caps or line.get_transform() != axes.transData or not len(line.get_xdata()):
            continue
        x, y = (np.asarray(data, float) for data in line.get_data())
        colour, bars = _colour(line.get_color()), around.get(id(line))
        name = _shown(bars.get_label() if bars else line.get_label())
        # A line without a name goes on with the one before it, where that has its colour.
        name = name or next((c.name for c in reversed(curves) if c.colour == colour), "")
        style = line.get_linestyle() if line.get_linestyle() in ("-", "--", "-.", ":") else ""
        marker = "" if line.get_marker() in ("None", "none", " ", None) else str(line.get_marker())
        curve = Curve(name, colour, marker, style, x, y)
        segments = bars.lines[2][-1].get_segments() if bars and bars.has_yerr else []
        if len(segments) == len(x):
            ends = np.asarray(segments, float)[:, :, 1]
            curve = curve._replace(low=ends[:, 0], high=ends[:, 1])
        curves.append(curve)
    for points in axes.collections:
        if type(points).__name__ == "PathCollection":
            curves.append(_points(points))
        elif hasattr(points, "get_paths") and "Poly" in type(points).__name__:
            curves = _with_band(curves, points)
    return curves


def _points(points: Any) -> Curve:
    x, y = np.asarray(points.get_offsets(), float).T
    words = tuple(getattr(points, "seqjax_words", ()))
    return Curve(
        _shown(points.get_label()), _colour(points.get_facecolor()[0]), "o", "", x, y, words=words
    )


def _with_band(curves: list[Curve], band: Any) -> list[Curve]:
    """The last curve of the colour of a band gets its edges, where it has points."""
    ends: dict[float, tuple[float, float]] = {}
    for x, y in (corner for path in band.get_paths() for corner in path.vertices.tolist()):
        low, high = ends.get(x, (y, y))
        ends[x] = min(low, y), max(high, y)
    colour = _colour(band.get_facecolor()[0])
    for place in reversed(range(len(curves))):
        if curves[place].colour == colour:
            pairs = [ends.get(x, (np.nan, np.nan)) for x in curves[place].x.tolist()]
            low, high = np.array(pairs).T
            changed = curves[place]._replace(low=low, high=high, band=True)
            return [*curves[:place], changed, *curves[place + 1 :]]
    return curves


def _rules(axes: Any) -> Iterator[Rule]:
    transforms = {True: axes.get_xaxis_transform("grid"), False: axes.get_yaxis_transform("grid")}
    said = [(getattr(text, "xy", text.get_position()), text.get_text()) for text in axes.texts]
    for upright, transform in transforms.items():
        for line in axes.lines:
            if line.get_transform() == transform:
                place = float(np.asarray(line.get_data()[0 if upright else 1], float)[0])
                names = [words for xy, words in said if xy[0 if upright else 1] == place]
                name = _shown(line.get_label()) or next(iter(names), "").strip()
                yield Rule(name, upright, place, place, _colour(line.get_color()))
        for patch in axes.patches:
            corners = patch.get_path().vertices
            if patch.get_data_transform() == transform and len(corners):
                edges = patch.get_patch_transform().transform(corners)[:, 0 if upright else 1]
                start, end = float(edges.min()), float(edges.max())
                names = [w for xy, w in said if upright and start <= xy[0] <= end]
                name = next(iter(names), "")
                yield Rule(name, upright, start, end, _colour(patch.get_facecolor()))


def _colour(colour: Any) -> str:
    hexadecimal: str = optional_module("matplotlib.colors", "plots").to_hex(colour)
    return hexadecimal


def _shown(label: Any) -> str:
    """Labels that begin with _ are no names."""
    return "" if str(label).startswith("_") else str(label)

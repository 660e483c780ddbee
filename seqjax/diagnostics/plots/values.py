"""Values of curves as tables of HTML, behind a line that opens them: for keyboards and readers."""

from __future__ import annotations

import html
from collections.abc import Sequence

from seqjax.diagnostics.plots.panel import Curve, Panel

SUMMARY = {"en": "The values of the plot as a table", "ko": "그림의 값을 표로 보기"}
WORD = {"en": "name", "ko": "이름"}


def values_html(panels: Sequence[Panel], language: str = "en") -> str:
    """A table for each panel, all of them behind one summary that is closed at first.

    Raises:
      ValueError: for another language than en and ko.
    """
    if language not in SUMMARY:
        raise ValueError(f"language: got {language!r}, want en or ko")
    tables = "".join(_table(panel, language) for panel in panels)
    return f'<details class="values"><summary>{SUMMARY[language]}</summary>{tables}</details>'


def _table(panel: Panel, language: str) -> str:
    caption = panel.title or " / ".join(filter(None, panel.labels))
    named = [curve for curve in panel.curves if curve.words]
    if named:
        head = [
            WORD[language],
            *(label or name for label, name in zip(panel.labels, "xy", strict=True)),
        ]
        rows = [
            [word, f"{x:.4g}", f"{y:.4g}"]
            for curve in named
            for word, x, y in zip(curve.words, curve.x, curve.y, strict=True)
        ]
    else:
        told = [curve for curve in panel.curves if curve.told]
        head = [panel.labels[0] or "x", *(curve.name or panel.labels[1] for curve in told)]
        rows = _rows(told)
    columns = "".join(f'<th scope="col">{html.escape(each)}</th>' for each in head)
    lines = "".join(
        f'<tr><th scope="row">{html.escape(row[0])}</th>'
        + "".join(f"<td>{each}</td>" for each in row[1:]) + "</tr>"
        for row in rows
    )  # fmt: skip
    return (
        f'<div class="scroll" role="region" aria-label="{html.escape(caption)}" tabindex="0">'
        f'<table class="numbers"><caption>{html.escape(caption)}</caption>'
        f"<thead><tr>{columns}</tr></thead><tbody>{lines}</tbody></table></div>"
    )


def _rows(curves: Sequence[Curve]) -> list[list[str]]:
    """A row for each x that any curve has; "-" where one has no value."""
    values = [{float(c.x[k]): float(c.y[k]) for k in c.told} for c in curves]
    xs = sorted({x for of_curve in values for x in of_curve})
    return [
        [f"{x:.5g}", *(f"{y:.4g}" if (y := of_curve.get(x)) is not None and y == y else "-"
                       for of_curve in values)]
        for x in xs
    ]  # fmt: skip

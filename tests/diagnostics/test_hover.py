"""Figures that answer to the pointer: what is read from them, and the part of the page."""

from __future__ import annotations

import html
import re
import sys

import numpy as np
import pytest

from seqjax.diagnostics import plots
from seqjax.diagnostics.plots import style
from seqjax.diagnostics.plots.panel import TOLD, Rule
from seqjax.diagnostics.plots.panels import panels_of
from seqjax.diagnostics.plots.values import values_html

pytest.importorskip("matplotlib")
X = np.array([1.0, 2, 5, 10, 20, 50])


def figure():
    """Bars of errors and a rule with a name; a band, a strip with a name, and named points."""
    made, (left, right) = style.figure(1, 2)
    left.errorbar(X, X / 10, X / 100, label="lstm", color="#0072b2", marker="s", linestyle="--")
    left.plot(X, 2 * X, color="#0072b2", marker="o")  # without a name: another seed of it
    left.axhline(0.5, color="#555555")
    left.annotate("guessing", (1.01, 0.5), xycoords=("axes fraction", "data"))
    left.set(xscale="log", xlabel="k", ylabel="share")
    left.set_xticks([1, 50], ["one", "fifty"])
    left.legend(title="cells")
    right.plot(np.arange(100), np.arange(100.0), color="#d55e00", marker="o", label="<rnn>")
    right.fill_between(np.arange(100), np.arange(100) - 1.0, np.arange(100) + 2.0, color="#d55e00")
    right.axvspan(3, 7, color="#dddddd")
    right.text(5, 0, "here")
    plots.name_points(right.scatter([1.0, 2.0], [3.0, 4.0], color="#000000"), ["ada", "bob & co"])
    right.set(yscale="log")
    made.suptitle("A\nwhole")
    return made


def test_panels_hold_what_is_drawn():
    left, right = panels_of(figure())
    assert (left.labels, left.logs, left.legend) == (("k", "share"), (True, False), "cells")
    assert left.ticks == ({1.0: "one", 50.0: "fifty"}, None)
    one, other = left.curves
    assert (one.name, one.colour, one.marker, one.line) == ("lstm", "#0072b2", "s", "--")
    np.testing.assert_allclose([one.x, one.y, one.low, one.high], [X, X / 10, 0.09 * X, 0.11 * X])
    assert (other.name, other.low) == ("lstm", None)
    assert left.rules == [Rule("guessing", False, 0.5, 0.5, "#555555")]
    rnn, points = right.curves
    assert (rnn.name, rnn.band, len(rnn.told)) == ("<rnn>", True, 34)
    np.testing.assert_allclose([rnn.low, rnn.high], [rnn.y - 1, rnn.y + 2])
    assert points.words == ("ada", "bob & co")
    assert [*points.told] == [0, 1]
    assert right.rules == [Rule("here", True, 3.0, 7.0, "#dddddd")]


def test_where_hovering_does_not_help():
    """Few points without names, bars, and axes without a curve."""
    made, axes = style.figure()
    axes.plot(X[:5], X[:5], marker="o")
    assert panels_of(made) == []
    assert plots.hover_html(made, "<img>", "alt") == "<img>"
    axes.plot(X, X)  # a line that only guides the eye
    assert panels_of(made) == []
    axes.plot(X, X, marker="o")
    assert len(panels_of(made)) == 1
    axes.bar([1, 2], [1, 2])
    assert panels_of(made) == []
    made, (one, _) = style.figure(1, 2)
    one.plot(X, X, marker="o")
    assert panels_of(made) == []


def test_values_as_tables():
    found = values_html(panels_of(figure()), "ko")
    assert found.startswith('<details class="values"><summary>그림의 값을 표로 보기</summary>')
    rows = re.findall(r'<tr><th scope="row">(.*?)</th>(.*?)</tr>', found)
    assert rows[0] == ("1", "<td>0.1</td><td>2</td>")
    assert rows[-1] == ("bob &amp; co", "<td>2</td><td>4</td>")
    assert len(rows) == len(X) + 2
    with pytest.raises(ValueError, match="language: got 'fr', want en or ko"):
        values_html([], "fr")


def test_a_curve_tells_few_of_many_points():
    made, axes = style.figure()
    axes.plot(np.arange(5000), np.arange(5000), marker="o")
    (panel,) = panels_of(made)
    assert len(panel.curves[0].told) == TOLD == values_html([panel]).count("<tr>") - 1


def test_the_part_of_the_page():
    pytest.importorskip("bokeh", reason="bokeh draws what answers to the pointer")
    found = plots.hover_html(figure(), "<img alt='still'>", 'what "it" shows')
    assert 'role="img" aria-label="what &quot;it&quot; shows"' in found
    assert "<div class=\"still\"><img alt='still'></div>" in found
    assert '<p class="whole">A whole</p>' in found
    assert found.count("data-root-id") == 2
    for words in ("lstm", "&lt;rnn&gt;", "guessing", "here"):
        assert re.search(rf"<li><span [^>]*>.</span> {words}</li>", found), words
    assert "<li>cells:</li>" in found
    said = html.unescape(html.unescape(found))
    assert '"ada","bob & co"]' in said.replace(", ", ",")
    assert re.search(r"5: 0\.5 \(0\.45 .{1,8} 0\.55\)", said)
    assert "<rnn>" not in found
    head = plots.library_html()
    assert head.startswith("<style>")
    assert head.endswith("</script>")
    assert len(head) < 1_500_000


def test_without_bokeh_the_extra_is_named(monkeypatch):
    for name in ("bokeh", "bokeh.resources", "bokeh.embed"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError, match=r"pip install 'seqjax\[hover\]'"):
        plots.library_html()
    with pytest.raises(ImportError, match=r"pip install 'seqjax\[hover\]'"):
        plots.hover_html(figure(), "", "")

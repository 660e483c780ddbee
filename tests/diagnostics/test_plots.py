"""Plots are titled, labelled and told apart by more than colour; heat maps say what they show."""

from __future__ import annotations

import html.parser

import numpy as np
import pytest

from seqjax.diagnostics import FixedPoints, Saturation, Tracked, plots
from seqjax.diagnostics.plots import style
from seqjax.diagnostics.plots.heat_map import shade

pytest.importorskip("matplotlib")
DRAW = np.random.default_rng(0)
FLOW = np.where(np.arange(21)[:, None] <= [20, 12], -0.3 * np.arange(21)[:, None], np.nan)
SATURATION = {name: Saturation(*(DRAW.random(n) for n in (9, 9, 30, 30, 9))) for name in ("r", "z")}
TRACKED = [
    Tracked("inside quotes", 7, 0.9, -0.8, 0.2), Tracked("digit", 3, 0.4, float("nan"), 0.1)
]  # fmt: skip
POINTS = FixedPoints(
    np.zeros((2, 3)), np.zeros(2), DRAW.normal(size=(2, 3)) + 0.3j, np.array([True, False]),
    np.array([5, 1]), 0,
)  # fmt: skip
FIGURES = {
    "loss_gradient": lambda language: plots.loss_gradient_figure(
        {"lstm": 10.0 ** DRAW.normal(size=(20, 3)), "rnn": np.zeros((20, 3))}, language
    ),
    "state_flow": lambda language: plots.state_flow_figure({"lstm": FLOW, "gru": FLOW}, language),
    "lyapunov": lambda language: plots.lyapunov_figure(
        {"layer 1": DRAW.normal(size=(30, 2, 1)), "layer 2": np.ones((30, 1, 2))}, language
    ),
    "spectrum": lambda language: plots.spectrum_figure(
        DRAW.random((9, 2, 5)),
        np.full((2, 2, 5), [[[-np.inf] * 5], [[-1.0] * 5]]),
        [1, 5],
        language,
    ),
    "saturation": lambda language: plots.saturation_figure(SATURATION, language),
    "fixed_points": lambda language: plots.fixed_points_figure(POINTS, language),
    "tracking": lambda language: plots.tracking_figure(TRACKED, language),
}


@pytest.mark.parametrize(("name", "language"), [*((n, "en") for n in FIGURES), ("spectrum", "ko")])
def test_figures_are_labelled(name, language):
    figure = FIGURES[name](language)
    assert figure._suptitle is not None or all(axes.get_title() for axes in figure.axes)
    assert all(axes.get_xlabel() for axes in figure.axes)
    assert figure.axes[0].get_ylabel() or name == "tracking"  # whose rows are named
    with style.context(language):
        drawn = style.svg(figure, "a title").decode("utf-8")
    assert "<title>a title</title>" in drawn
    assert len(drawn) < 200_000


def test_equal_figures_are_equal_bytes():
    first, second = (FIGURES["saturation"]("en") for _ in range(2))
    with style.context():
        drawn = style.svg(first)
        assert drawn == style.svg(second)
    assert b"<title>" not in drawn


def test_lines_differ_in_colour_and_marker():
    (axes,) = FIGURES["state_flow"]("en").axes
    lstm, gru = axes.lines[:2]
    assert (lstm.get_color(), gru.get_color()) == (style.colour("lstm"), style.colour("gru"))
    assert lstm.get_marker() != gru.get_marker()
    np.testing.assert_allclose(lstm.get_ydata()[10], -3 / np.log(10))
    assert lstm.get_xdata()[0] == 0


def test_another_language_is_refused():
    with pytest.raises(ValueError, match="language: got 'fr', want en or ko"):
        FIGURES["lyapunov"]("fr")


class Spans(html.parser.HTMLParser):
    """The text and the background of each span, and whether every tag is closed."""

    def __init__(self):
        super().__init__()
        self.spans, self.open = [], []

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        if tag == "span":
            self.spans.append([dict(attrs)["style"].removeprefix("background:"), ""])

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] == "span":
            self.spans[-1][1] += data


def test_a_heat_map_holds_the_text_and_its_colours():
    tokens, values = list('<a & "b">\n'), np.linspace(-1, 3, 10)
    found = plots.heat_map_html(tokens, values, "unit <3>")
    parsed = Spans()
    parsed.feed(found)
    assert parsed.open == []
    assert "".join(text for _, text in parsed.spans) == '<a & "b">↵\n'
    assert [colour for colour, _ in parsed.spans] == [shade(value / 3) for value in values]
    assert "unit &lt;3&gt;" in found and "From -1.00 at token 1, " in found
    words = plots.heat_map_html(["<b>", "b"], [0, 1], "t", separator=" ", alt="rises")
    assert "</span> <span" in words and "rises" in words and "<b>" not in words


def contrast(colour):
    """Of #111 on that colour, as WCAG has it."""

    def luminance(colour):
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    return (luminance(colour) + 0.05) / (luminance("#111111") + 0.05)


def test_dark_text_is_legible_on_every_shade():
    assert min(contrast(shade(share)) for share in np.linspace(-1, 1, 21)) > 4.5


def test_a_heat_map_as_a_picture():
    figure = plots.heat_map_figure(list("abc\nd $x$") * 3, np.arange(27.0), "unit 3", columns=9)
    assert len(figure.axes[0].texts) == 27
    assert b"<svg" in style.svg(figure)
    words = plots.heat_map_figure(["ab", "c"], [1.0, 2.0], "unit")
    assert [text.get_text() for text in words.axes[0].texts] == ["a", "b", " ", "c", " "]


@pytest.mark.parametrize("draw", [plots.heat_map_html, plots.heat_map_figure])
def test_as_many_values_as_tokens(draw):
    with pytest.raises(ValueError, match=r"values: got shape \(1,\), want \[2\]"):
        draw(["a", "b"], [1.0], "t")

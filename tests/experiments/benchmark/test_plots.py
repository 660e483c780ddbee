"""The pictures of a benchmark, from made-up lines."""

from __future__ import annotations

import itertools

import pytest
from benchmarks import ONE, line, measured_rows

from experiments.benchmark import plots
from experiments.benchmark.plot_axes import (
    canvas,
    line_style,
    log_axis,
    round_ticks,
    side_styles,
    spaced,
)
from experiments.benchmark.row import FLOOR

PEAKS = {"float32": {"gflops": 900.0, "gigabytes": 30.0}}


@pytest.fixture
def styles():
    pytest.importorskip("matplotlib")
    return side_styles(["seqjax auto", "seqjax sequential", "flax", "torch", FLOOR])


def test_pictures(tmp_path, styles):
    names = plots.draw(tmp_path, measured_rows(), PEAKS)
    assert names == ["ratio_gradient.png", "time_gradient.png", "roofline.png"]
    for name in names:
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")
    rows = measured_rows()
    steps, hidden = (plots.curves(rows, axis, "milliseconds") for axis in ("steps", "hidden"))
    assert steps["flax", "lstm float32 B=2 H=4 D=H"] == [(3, 2.0), (30, 1.0)]
    assert hidden["seqjax auto", "lstm float32 B=2 T=30 D=H"] == [(4, 1.0), (40, 1.0)]
    assert plots.curve_figure(rows[:1], styles, "milliseconds") is None
    assert plots.draw(tmp_path, [], {}) == []
    assert not (tmp_path / "roofline.png").exists()  # there is none of what was measured


def test_memory_against_steps(tmp_path, styles):
    """Where two rows say it, and without sides that take none."""
    rows = measured_rows()
    for lines in rows:
        for each in lines:
            each["temporary_bytes"] = 0 if each["side"].startswith("flax") else 100 * each["steps"]
    assert "memory_gradient.png" in plots.draw(tmp_path, rows, PEAKS)
    curves = plots.curves(rows, "steps", "temporary_bytes")
    assert curves["seqjax auto", "lstm float32 B=2 H=4 D=H"] == [(3, 300), (30, 3000)]
    assert not any(side == "flax" for side, _ in curves)


def test_a_floor_that_took_longer_than_a_side_is_not_drawn():
    rows = measured_rows()
    group = "lstm float32 B=2 H=4 D=H"
    assert plots.curves(rows, "steps", "milliseconds")[FLOOR, group] == [(3, 0.5), (30, 0.5)]
    rows[0][1]["share_of_floor"] = 3.26
    curves = plots.curves(rows, "steps", "milliseconds")
    assert (FLOOR, group) not in curves, "a single point makes no line"
    assert curves["seqjax sequential", group] == [(3, 1.5), (30, 0.9)]


def test_a_peak_below_a_side_is_called_disturbed(styles):
    def labels(peak):
        peaks = {"float32": {"gflops": peak, "gigabytes": 30.0}}
        axes = plots.roofline_figure(measured_rows(), peaks, styles).axes[0]
        return [text for text in axes.get_legend_handles_labels()[1] if text.startswith("float32")]

    # All sides made 0.1 TFLOP/s.
    assert labels(101.0) == ["float32: product and memory"]
    assert labels(99.0) == ["float32: product and memory\n(disturbed: a side is above it)"]


def test_a_side_looks_the_same_in_every_picture(tmp_path, monkeypatch, styles):
    seen = []
    for name in ("ratio_figure", "curve_figure", "roofline_figure"):
        real = getattr(plots, name)
        keep = lambda *args, real=real: seen.append(real(*args)) or seen[-1]  # noqa: E731
        monkeypatch.setattr(plots, name, keep)
    plots.draw(tmp_path, measured_rows(), PEAKS)
    looks = {}
    for figure in filter(None, seen):
        for curve in (curve for axes in figure.axes for curve in axes.get_lines()):
            side = curve.get_label().split(" lstm ")[0]
            if side in styles:
                looks.setdefault(side, set()).add((curve.get_color(), curve.get_marker()))
    assert set(looks) == set(styles)
    assert [len(each) for each in looks.values()] == [1] * 5
    assert len(set().union(*looks.values())) == 5


def test_groups_of_curves_differ():
    looks = {(style["ls"], style["fillstyle"]) for style in map(line_style, range(8))}
    assert len(looks) == 8


@pytest.mark.parametrize(
    ("low", "high", "wanted"),
    [
        (0.95, 1.75, [1, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7]),
        (0.99, 9.8, [1, 1.5, 2, 3, 4, 5, 7]),
        (2, 60, [2, 5, 10, 20, 50]),
        (900, 200_000, [1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 200_000]),
        (0.02, 30_000, [0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000, 3000, 10_000, 30_000]),
    ],
)
def test_round_ticks(low, high, wanted):
    assert round_ticks(low, high) == wanted


def test_ticks_of_many_decades_are_powers_of_ten_that_are_apart():
    ticks = round_ticks(1e-9, 1e20)
    assert 5 <= len(ticks) <= 15
    assert {f"{tick:e}".split("e")[0] for tick in ticks} == {"1.000000"}


def test_ticks_that_are_too_near_are_left_out():
    assert spaced([1, 1.01, 5, 5.2, 10], 1, 10) == [1, 5, 10]


@pytest.mark.parametrize(
    ("values", "at_values"),
    [
        ([1.0, 1.35, 1.58, 1.6], False),
        ([1, 2623.0], False),
        ([0.1, 0.11], False),
        ([35, 64, 128, 129, 130, 1024], True),
    ],
)
def test_labels_do_not_overlap(values, at_values, styles):
    """By the boxes that matplotlib draws the labels in."""
    figure, (axes,) = canvas(1, (8, 4))
    axes.plot(values, values)
    log_axis(axes, "x", values, at_values)
    log_axis(axes, "y", values)
    figure.draw_without_rendering()
    for axis in (axes.xaxis, axes.yaxis):
        labels = [label for label in axis.get_ticklabels(which="both") if label.get_text()]
        boxes = [label.get_window_extent() for label in labels]
        assert len(boxes) >= 2
        assert not any(a.overlaps(b) for a, b in itertools.combinations(boxes, 2))
    low, high = axes.get_xlim()
    assert low < min(values) and max(values) < high


def test_ratios_of_a_row_alone(styles):
    """Nothing but the base: there is nothing to compare."""
    assert plots.ratio_figure([[line(ONE, "seqjax auto")]], styles) is None

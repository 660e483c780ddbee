"""Shapes of the benchmark as text, and its sets of shapes."""

from __future__ import annotations

import pytest

from experiments.benchmark.cases import MODES, Shape
from experiments.benchmark.shapes import SETS, format_shape, parse_shape, parse_shapes, shape_sets


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("20x35x200", Shape(20, 35, 200, 200)),
        ("20x35x100x200", Shape(20, 35, 100, 200)),
        ("2x3x4:layers=2", Shape(2, 3, 4, 4, layers=2)),
        ("2x3x4x5:bidirectional:padded", Shape(2, 3, 4, 5, 1, True, True)),
        ("2x3x4:layers=12:padded", Shape(2, 3, 4, 4, 12, False, True)),
        ("2x3x4:layers=2:heads=4", Shape(2, 3, 4, 4, 2, heads=4)),
    ],
)
def test_a_text_names_a_shape_and_the_shape_names_the_text(text, wanted):
    assert parse_shape(text) == wanted
    assert format_shape(wanted) == text


def test_the_order_of_options_and_equal_widths_do_not_matter():
    assert parse_shape("2x3x4x4:padded:bidirectional:layers=1") == parse_shape(
        "2x3x4:bidirectional:padded"
    )
    assert parse_shapes("2x3x4,2x3x4x4,3x3x4") == [Shape(2, 3, 4, 4), Shape(3, 3, 4, 4)]


@pytest.mark.parametrize(
    "text",
    ["", "20x35", "20x35x0", "1x2x3x4x5", "ax2x3", "2x3x4:layers=0", "2x3x4:deep", "2x3x4:",
     "2x3x4:padded:padded", "2x3x4:layers=1:layers=2", "2x3x4 ", "2x3x4:heads=3",
     "2x3x4:heads=0"],
)  # fmt: skip
def test_refuses_other_texts(text):
    with pytest.raises(ValueError, match="shapes: got"):
        parse_shape(text)


def test_the_sets():
    assert len(SETS) == 11
    for each in SETS.values():
        assert ",".join(map(format_shape, parse_shapes(each.shapes))) == each.shapes
        assert set(each.modes.split(",")) <= set(MODES)
    assert parse_shapes(SETS["flashrnn"].shapes) == [Shape(16, 1024, 768, 768)]
    sizes = [(s.batch, s.steps, s.hidden) for s in parse_shapes(SETS["cpu"].shapes)]
    assert sizes == [
        (20, 35, 200), (20, 35, 650), (64, 128, 512), (32, 256, 64), (8, 1024, 32), (1, 512, 256)
    ]  # fmt: skip
    assert shape_sets("cpu,long") == [SETS["cpu"], SETS["long"]]

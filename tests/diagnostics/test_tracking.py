"""Properties of texts counted by hand, and units that were made to track them."""

from __future__ import annotations

import numpy as np
import pytest
from instruments import made, run

from seqjax.cells import gru
from seqjax.diagnostics import activations, correlations, text_properties, tracking
from seqjax.layers import recurrent, stack

TEXT = 'He said "no (not yet)".\n  Then 7 left. '


def marks(name, text=TEXT):
    return "".join(f"{value:g}" for value in text_properties(list(text))[name])


def test_properties_of_characters():
    assert marks("inside quotes") == "".join("1" if 8 <= i < 21 else "0" for i in range(len(TEXT)))
    assert marks("depth of brackets") == "".join(
        "1" if 12 <= i < 20 else "0" for i in range(len(TEXT))
    )
    assert marks("digit").index("1") == TEXT.index("7")
    assert text_properties(list("ab\ncd"))["place in the line"].tolist() == [1, 2, 0, 1, 2]
    assert text_properties(list("  a b\n c"))["indentation of the line"].tolist() == [
        1, 2, 2, 2, 2, 0, 1, 1,
    ]  # fmt: skip
    assert marks("inside a word", "a 's_ b") == "1011101"
    assert marks("place in the sentence", "a b. c") == "123012"


def test_properties_of_words_are_those_of_their_last_characters():
    found = text_properties(['"', "so", "(", "he", ")", '"', "."], " ")
    assert found["inside quotes"].tolist() == [1, 1, 1, 1, 1, 0, 0]
    assert found["depth of brackets"].tolist() == [0, 0, 1, 1, 0, 0, 0]


def test_what_does_not_change_is_left_out():
    assert set(text_properties(list("ab"))) == {"place in the line", "place in the sentence"}


def test_correlations_are_pearsons():
    rows = np.random.default_rng(0).normal(size=(50, 3))
    values = rows[:, 1] + 0.3 * rows[:, 2]
    wanted = [np.corrcoef(rows[:, i], values)[0, 1] for i in range(3)]
    np.testing.assert_allclose(correlations(rows, values), wanted, atol=1e-12)
    assert np.isnan(correlations(np.ones((5, 1)), np.arange(5))[0])


def test_a_unit_that_tracks_is_found_and_luck_is_not():
    draw = np.random.default_rng(0)
    inside = np.repeat(draw.integers(0, 2, 100), 4).astype(float)
    units = draw.normal(size=(400, 300))
    units[:, 7] = -2 * inside + 0.3 * draw.normal(size=400)
    found = tracking(units, {"inside": inside, "luck": draw.normal(size=400)})
    assert (found[0].name, found[0].unit, found[0].tracks) == ("inside", 7, True)
    assert found[0].chosen < -0.9 and found[0].held_out < -0.9
    # The best of 300 fits on its half; on the other it does not.
    assert abs(found[1].chosen) > 0.15 and not found[1].tracks


def test_a_unit_that_goes_the_other_way_later_does_not_track():
    values = np.random.default_rng(0).integers(0, 2, 100).astype(float)
    unit = np.where(np.arange(100) < 50, values, -values)
    (found,) = tracking(unit[:, None], {"it": values})
    assert found.chosen > 0.99 and found.held_out < -0.99 and not found.tracks


def test_activations_are_those_of_the_layer():
    layer = stack([recurrent(gru(4), "sequential"), recurrent(gru(3), "sequential")])
    params = {"0": made(gru(4), 2), "1": made(gru(3), 4)}
    vectors, ids = np.random.default_rng(1).normal(size=(5, 2)), np.array([4, -1, 2])
    xs = np.stack([vectors[4], np.zeros(2), vectors[2]])[:, None]
    found, wanted = run(
        lambda p: (activations(layer, p, vectors, ids), layer.apply(p, xs)[1][:, 0]), params
    )
    np.testing.assert_array_equal(found, wanted)
    with pytest.raises(ValueError, match="ids: got"):
        activations(layer, params, vectors, np.array([5]))


def test_what_does_not_fit_is_named():
    with pytest.raises(ValueError, match=r"activations: got shape \(4, 2\)"):
        tracking(np.zeros((4, 2)), {})
    with pytest.raises(ValueError, match=r"properties: got p of shape \(3,\), want \[9\]"):
        tracking(np.zeros((9, 2)), {"p": np.zeros(3)})

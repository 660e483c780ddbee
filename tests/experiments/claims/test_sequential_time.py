"""The claim about waiting steps: what is timed computes the same, the rule, the plot."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.claims.cells import sequential_time, walks
from experiments.claims.claim import FAILS, HOLDS, IN_PART, Text
from experiments.claims.shared.timing import by_turns


def test_at_once_gives_what_the_walk_gives():
    params, xs = walks.problem("gru", 5, 2, seed=0)
    hs = walks.walk("gru", "sequential")(params, xs)
    np.testing.assert_allclose(walks.at_once("gru")(params, xs, hs), hs, rtol=1e-5, atol=1e-6)


def test_gradient_is_that_of_the_sum_of_squares():
    params, xs = walks.problem("min_gru", 4, 2, seed=0)
    moved = walks.gradient("min_gru", "associative")(params, xs)["b"]
    step = 1e-2

    def total(change):
        hs = walks.walk("min_gru", "sequential")(params | {"b": params["b"] + change}, xs)
        return float((np.asarray(hs, float) ** 2).sum())

    change = np.zeros(params["b"].shape, np.float32)
    change[3] = step
    assert float(moved[3]) == pytest.approx((total(change) - total(-change)) / 2 / step, rel=0.02)


def test_a_driver_that_cannot_work_is_left_out():
    asked = {"good": ("gru", "sequential"), "bad": ("gru", "associative"), "free": ("gru", "")}
    works, reasons = walks.available(asked)
    assert [*works] == ["good", "free"]
    assert len(reasons) == 1
    assert reasons[0].startswith("bad: ")


def test_the_shortest_turn_counts(monkeypatch):
    """The first two calls compile and say how many make a turn: here one, then two."""
    clock = [0.0]
    monkeypatch.setattr("experiments.claims.shared.timing.time.perf_counter", lambda: clock[0])

    def taking(*seconds):
        left = list(seconds)
        return lambda: clock.__setitem__(0, clock[0] + left.pop(0))

    runs = {"a": taking(9, 5, 3, 1, 2), "b": taking(9, 0.002, 0.5, 0.5, 0.1, 0.3, 1, 1)}
    assert by_turns(runs, rounds=3) == pytest.approx({"a": 1, "b": 0.2})


def made_up(waiting=20.0, length=4.0, batch=2.0):
    once, seconds = 1e-3, 1e-3 * waiting
    one = [[seconds / 16] * 3, [seconds / length] * 3, [seconds] * 3]
    times = {name: {"1": one, "16": (batch * np.array(one)).tolist()} for name in walks.WALKS}
    times["at once"]["1"] = [[once / 16] * 3, [once / 4] * 3, [once] * 3]
    gradients = {name: {"1": [1e-3] * 3, "16": [2e-3] * 3} for name in walks.GRADIENTS}
    del times["native"], gradients["native"]
    return {"forward": times, "gradient": gradients, "left_out": ["native: no compiler"]}


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ({}, HOLDS),
        ({"waiting": 4}, IN_PART),
        ({"length": 2}, IN_PART),
        ({"length": 7}, IN_PART),
        ({"batch": 5}, IN_PART),
        ({"batch": 5, "length": 7}, FAILS),
    ],
)
def test_verdict(changed, kind):
    assert sequential_time.verdict(made_up(**changed)).kind == kind


@pytest.mark.parametrize("language", ["en", "ko"])
def test_tables_and_plot(language):
    forward, gradient = sequential_time.tables(made_up())
    assert [len(row) for row in forward.rows] == [7] * 4
    assert "native: no compiler" in forward.caption.en
    assert gradient.rows[0] == [Text(*["GRU, sequential"] * 2), "7.81 ± 0.00", "15.6 ± 0.0"]
    figure = sequential_time.draw(made_up(), language)
    assert all(axes.get_title() for axes in figure.axes)
    assert all(axes.get_xlabel() for axes in figure.axes)
    assert figure.axes[0].get_ylabel()

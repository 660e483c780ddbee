"""Runs by turns on a clock of the test."""

from __future__ import annotations

import gc

import numpy as np
import pytest
from benchmarks import Time

from experiments.benchmark.measure import ROUNDS, TURN, Clock, measure, ratio, summary

pytestmark = pytest.mark.usefixtures("frozen")


def test_measures_by_turns():
    time = Time()
    ours, theirs = [0.01, 0.02, 0.04, 0.01, 0.01, 0.01, 0.01], [0.03, 0.02, 0.04]
    runs = {"a": time.side("a", 9, 9, *ours), "b": time.side("b", 9, 9, *theirs)}
    timings = measure(runs, 0.0, time.clock)
    assert not timings.failed
    np.testing.assert_allclose(timings.seconds["a"], ours)
    np.testing.assert_allclose(timings.seconds["b"], [0.03, 0.02] + [0.04] * 5)
    # Two first runs of each, then rounds that begin with another side each time.
    assert "".join(time.order) == "aabb" + "abba" * 3 + "ab"
    assert time.pauses == 2 * ROUNDS
    assert ratio(timings.seconds["b"], timings.seconds["a"]) == pytest.approx(4.0)
    assert summary(timings.seconds["a"])[0] == pytest.approx(0.01)


def test_measures_until_the_time_is_over():
    time = Time()
    timings = measure({"a": time.side("a", 0.095)}, 1.95, time.clock)
    assert len(timings.seconds["a"]) == 20  # with the pauses a tenth of a second each


def test_short_runs_are_repeated_until_they_can_be_measured():
    time = Time()
    timings = measure({"a": time.side("a", TURN / 4), "b": time.side("b", 0.0)}, 0.0, time.clock)
    assert time.order.count("a") == 2 + (1 + 4) * ROUNDS  # one before each turn is not counted
    np.testing.assert_allclose(timings.seconds["a"], TURN / 4)
    assert time.order.count("b") == 2 + 1001 * ROUNDS


def test_a_side_that_fails_is_left_out():
    time = Time()
    late = time.side("late", 1, 1, 1, ValueError("out of\nmemory"))
    runs = {"first": time.side("first", RuntimeError("no")), "late": late, "a": time.side("a", 1)}
    timings = measure(runs, 0.0, time.clock)
    assert timings.failed == {"first": "RuntimeError: no", "late": "ValueError: out of memory"}
    assert list(timings.seconds) == ["a"] and len(timings.seconds["a"]) == ROUNDS


def test_all_sides_fail():
    timings = measure({"a": Time().side("a", ValueError("no"))}, 0.0)
    assert timings == ({}, {"a": "ValueError: no"})


def test_no_garbage_is_collected_meanwhile():
    seen = []
    measure({"a": lambda: seen.append(gc.isenabled())}, 0.0, Clock(lambda: 0.0, lambda s: None))
    assert seen and not any(seen) and gc.isenabled()


def test_percentiles_by_hand():
    assert summary(np.arange(11.0)) == (5.0, 1.0, 9.0)


def test_the_ratio_is_the_median_of_those_of_each_round():
    assert ratio(np.array([1.0, 4.0, 9.0]), np.array([1.0, 1.0, 3.0])) == 3.0

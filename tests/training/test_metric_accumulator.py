"""Figures between two lines of the log, with a clock that is turned by hand."""

from __future__ import annotations

import numpy as np
import pytest

from seqjax.training.metric_accumulator import MetricAccumulator, NonFinite


class Clock:
    """Seconds that pass when somebody says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Slow:
    """A stream whose every batch takes ``seconds``."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self.clock, self.seconds = clock, seconds

    def __next__(self) -> str:
        self.clock.now += self.seconds
        return "batch"


def metrics(loss: float = 2.0, count: float = 10.0) -> dict:
    return {"loss": (np.float32(loss * count), np.float32(count)), "rate": (0.5, 1.0)}


def walk(
    accumulator: MetricAccumulator,
    clock: Clock,
    wait: float,
    work: float,
    steps: int,
    count: float = 10,
):
    """What ``fit`` does: ``work`` seconds pass in each step, ``wait`` for its batch."""
    stream = Slow(clock, wait)
    for step in range(steps):
        assert accumulator.fetch(stream) == "batch"
        accumulator.add(step + 1, metrics(count=count))
        clock.now += work
    accumulator.settle()


def test_speed_and_the_share_of_waiting() -> None:
    clock = Clock()
    accumulator = MetricAccumulator("points", clock)
    walk(accumulator, clock, 50.0, 900.0, 1)  # compiles
    accumulator.close()
    walk(accumulator, clock, 1.0, 3.0, 5)
    figures = accumulator.close()
    assert figures["points_per_second"] == pytest.approx(5 * 10 / (5 * 4))
    assert figures["input_wait"] == pytest.approx(1 / 4)
    walk(accumulator, clock, 0.0, 2.0, 3, count=7)
    assert accumulator.close() == {
        "loss": 2.0,
        "rate": 0.5,
        "points_per_second": 3.5,
        "input_wait": 0,
    }


def test_the_first_step_of_all_is_left_out() -> None:
    clock = Clock()
    accumulator = MetricAccumulator("points", clock)
    walk(accumulator, clock, 50.0, 900.0, 1)
    assert accumulator.close() == {"loss": 2.0, "rate": 0.5}
    accumulator = MetricAccumulator("points", clock)
    walk(accumulator, clock, 1.0, 3.0, 5)
    figures = accumulator.close()
    # Its numbers are looked at behind the fetch of the second one: 4 steps in 4 works, 3 waits.
    assert figures["points_per_second"] == pytest.approx(40 / 15)
    assert figures["input_wait"] == pytest.approx(3 / 15)


def test_time_between_intervals_does_not_count() -> None:
    """An evaluation, say: ``close`` begins a new accumulator."""
    clock = Clock()
    accumulator = MetricAccumulator("points", clock)
    walk(accumulator, clock, 1.0, 1.0, 2)
    accumulator.close()
    clock.now += 1000
    assert accumulator.close() == {}
    walk(accumulator, clock, 1.0, 1.0, 2)
    assert accumulator.close()["points_per_second"] == 5


def test_means_are_weighted_and_wait_for_the_next_step() -> None:
    accumulator = MetricAccumulator("points", Clock())
    assert accumulator.add(1, metrics(1.0, 30)) == 0
    assert accumulator.means() == {}
    assert accumulator.add(2, metrics(5.0, 10)) == 30
    assert accumulator.means() == {"loss": 1.0, "rate": 0.5}
    assert accumulator.settle() == 10
    assert accumulator.settle() == 0
    assert accumulator.means() == {"loss": 2.0, "rate": 0.5}


def test_counts_below_one_and_of_zero() -> None:
    accumulator = MetricAccumulator("points", Clock())
    accumulator.add(1, {"loss": (0.25, 0.125), "none": (0.0, 0.0)})
    accumulator.settle()
    assert accumulator.means() == {"loss": 2.0}


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_named(bad) -> None:
    accumulator = MetricAccumulator("points", Clock())
    accumulator.add(7, {"loss": (1.0, 1.0), "norm": (np.float32(bad), 1.0)})
    with pytest.raises(NonFinite, match=f"^norm: became {bad} at step 7$"):
        accumulator.add(8, metrics())

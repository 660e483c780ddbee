"""Figures of training between two lines of the log."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

from seqjax.training.step import Metrics


class NonFinite(ArithmeticError):
    """A loss or a gradient that became NaN or infinite."""


class MetricAccumulator:
    """Adds up metrics, seconds, and the seconds in which a step waited for its batch.

    The numbers of a step are looked at when the next one has been dispatched, so that the device
    does not wait for the host. The first step of all, which compiles, is left out of the speed.

    Args:
      unit: what the count of "loss" counts, such as "tokens".
      clock: seconds, rising.

    >>> accumulator = MetricAccumulator("tokens")
    >>> _ = accumulator.add(1, {"loss": (6.0, 3.0)})
    >>> accumulator.add(2, {"loss": (2.0, 1.0)})  # the units of step 1
    3.0
    >>> _ = accumulator.settle()
    >>> accumulator.means()
    {'loss': 2.0}
    """

    def __init__(self, unit: str, clock: Callable[[], float] = time.perf_counter) -> None:
        self.unit, self.clock = unit, clock
        self.pending: tuple[int, Metrics] | None = None
        self.since: float | None = None
        self.sums: dict[str, tuple[float, float]] = {}
        self.timed = self.waited = 0.0

    def fetch(self, stream: Any) -> Any:
        """next(stream), the next batch."""
        began = self.clock()
        batch = next(stream)
        self.waited += self.clock() - began
        return batch

    def add(self, step: int, metrics: Metrics) -> float:
        """Takes in a step's metrics; looks at the previous step and returns its units, 0 if none.

        Raises:
          NonFinite: if the previous step's numbers are not finite.
        """
        amount = self.settle()
        self.pending = (step, metrics)
        return amount

    def settle(self) -> float:
        """Waits for the last step taken in and looks at it too; returns its units, 0 if none.

        Raises:
          NonFinite: if its numbers are not finite.
        """
        if self.pending is None:
            return 0.0
        (step, metrics), self.pending = self.pending, None
        # float: with a handful of scalars, half the time of jax.device_get.
        pairs = {name: (float(total), float(count)) for name, (total, count) in metrics.items()}
        for name, (total, count) in pairs.items():
            if not math.isfinite(total):
                raise NonFinite(f"{name}: became {total} at step {step}")
            old = self.sums.get(name, (0.0, 0.0))
            self.sums[name] = old[0] + total, old[1] + count
        amount = pairs["loss"][1]
        if self.since is None:
            self.since, self.waited = self.clock(), 0.0
        else:
            self.timed += amount
        return amount

    def means(self) -> dict[str, float]:
        """total / count of each metric since the last ``close``, if there was any to count."""
        return {name: total / count for name, (total, count) in self.sums.items() if count}

    def close(self) -> dict[str, float]:
        """The means, units a second and the share of time spent waiting; a new interval begins."""
        figures, now = self.means(), self.clock()
        if self.timed and self.since is not None:
            seconds = now - self.since
            figures[f"{self.unit}_per_second"] = self.timed / seconds
            figures["input_wait"] = self.waited / seconds
        self.sums, self.since, self.timed, self.waited = {}, now, 0.0, 0.0
        return figures

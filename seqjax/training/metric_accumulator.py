"""Figures of training between two lines of the log."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from typing import Any

from seqjax.training.nonfinite import NonFinite
from seqjax.training.step import SKIPPED, Metrics

__all__ = ["MetricAccumulator", "NonFinite"]


class MetricAccumulator:
    """Adds up metrics, seconds, and the seconds in which a step waited for its batch.

    The numbers of a step are looked at when the next one has been dispatched, so that the device
    does not wait for the host. The first step of all, which compiles, is left out of the speed.

    Args:
      unit: what the count of "loss" counts, such as "tokens".
      clock: seconds, rising.
      keep: (step, batch), called for each step whose numbers are not finite.
      most_skipped: so many such steps may be skipped in a row.

    >>> accumulator = MetricAccumulator("tokens")
    >>> _ = accumulator.add(1, {"loss": (6.0, 3.0)})
    >>> accumulator.add(2, {"loss": (2.0, 1.0)})  # the units of step 1
    3.0
    >>> _ = accumulator.settle()
    >>> accumulator.means()
    {'loss': 2.0}
    """

    def __init__(
        self,
        unit: str,
        clock: Callable[[], float] = time.perf_counter,
        *,
        keep: Callable[[int, Any], object] = lambda step, batch: None,
        most_skipped: int = 0,
    ) -> None:
        self.unit, self.clock, self.keep, self.most_skipped = unit, clock, keep, most_skipped
        self.batch: Any = None
        self.pending: tuple[int, Metrics, Any] | None = None
        self.skipped: list[int] = []
        """how many steps, and of these how many in a row up to now; [] where none can be"""
        self.since: float | None = None
        self.sums: dict[str, tuple[float, float]] = {}
        self.timed = self.waited = 0.0

    def fetch(self, stream: Any) -> Any:
        """next(stream), the next batch."""
        began = self.clock()
        batch = next(stream)
        self.waited += self.clock() - began
        self.batch = batch
        return batch

    def add(self, step: int, metrics: Metrics) -> float:
        """Takes in a step's metrics; looks at the previous step and returns its units, 0 if none.

        Raises:
          NonFinite: if the previous step's numbers are not finite.
        """
        amount = self.settle()
        self.pending = (step, metrics, self.batch)
        return amount

    def settle(self) -> float:
        """Waits for the last step taken in and looks at it too; returns its units, 0 if none.

        Raises:
          NonFinite: if its numbers are not finite, or too many steps in a row were skipped.
        """
        if self.pending is None:
            return 0.0
        (step, metrics, batch), self.pending = self.pending, None
        # float: with a handful of scalars, half the time of jax.device_get.
        pairs = {name: (float(total), float(count)) for name, (total, count) in metrics.items()}
        if SKIPPED in pairs:
            self._count_skipped(step, batch, pairs.pop(SKIPPED)[0] > 0)
        for name, (total, count) in pairs.items():
            if not math.isfinite(total):
                self.keep(step, batch)
                raise NonFinite(f"{name}: became {total} at step {step}")
            old = self.sums.get(name, (0.0, 0.0))
            self.sums[name] = old[0] + total, old[1] + count
        amount = pairs["loss"][1]
        if self.since is None:
            self.since, self.waited = self.clock(), 0.0
        else:
            self.timed += amount
        return amount

    def _count_skipped(self, step: int, batch: Any, skipped: bool) -> None:
        total, in_a_row = self.skipped or (0, 0)
        self.skipped = [total + 1, in_a_row + 1] if skipped else [total, 0]
        if skipped:
            self.keep(step, batch)
        if in_a_row + skipped > self.most_skipped:
            raise NonFinite(
                f"loss or gradient_norm: was not finite {in_a_row + 1} times in a row, the last"
                f" time at step {step}"
            )

    def get_state(self) -> dict[str, Any]:
        """What a checkpoint keeps: sums since the last ``close``, and counts of skipped steps."""
        return {"sums": self.sums, **({SKIPPED: self.skipped} if self.skipped else {})}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Goes on from what ``get_state`` gave."""
        self.sums = {name: (total, count) for name, (total, count) in state["sums"].items()}
        self.skipped = list(state.get(SKIPPED, []))

    def means(self) -> dict[str, float]:
        """total / count of each metric since the last ``close``, if there was any to count."""
        return {name: total / count for name, (total, count) in self.sums.items() if count}

    def close(self) -> dict[str, float]:
        """The means, units a second and the share of time spent waiting; a new interval begins.

        Where steps can be skipped, "skipped" is how many were since the run began.
        """
        figures, now = self.means(), self.clock()
        if self.timed and self.since is not None:
            seconds = now - self.since
            figures[f"{self.unit}_per_second"] = self.timed / seconds
            figures["input_wait"] = self.waited / seconds
        if self.skipped:
            figures[SKIPPED] = float(self.skipped[0])
        self.sums, self.since, self.timed, self.waited = {}, now, 0.0, 0.0
        return figures

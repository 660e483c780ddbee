"""Which unit tracks a property of the text: chosen on one part of it, judged on another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from seqjax.basics import checks

SHIFTS = 200
LEAST = 0.5
"""Correlation below which a unit is not said to track anything."""


class Tracked(NamedTuple):
    """A property, and the unit that goes with it best."""

    name: str
    """of the property"""
    unit: int
    """chosen on the first part of the text"""
    chosen: float
    """correlation there, in [-1, 1]: the best of many, hence too good"""
    held_out: float
    """correlation of this unit on the rest of the text; NaN where one of them does not change"""
    chance: float
    """what 95 of 100 shifted copies of the property stay below there, in absolute value"""

    @property
    def tracks(self) -> bool:
        """Whether the unit goes with the property where it was not chosen, beyond chance."""
        return abs(self.held_out) > max(self.chance, LEAST) and self.chosen * self.held_out > 0


def correlations(activations: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Pearson's correlation [H] of each unit [T, H] with values [T], NaN where one is constant.

    >>> correlations(np.array([[1.0, 0.0], [2.0, 0.0], [3.0, 0.0]]), np.array([0, 1, 2]))[0].item()
    1.0
    """
    a = np.asarray(activations, float)
    a, v = a - a.mean(0), np.asarray(values, float) - np.mean(values)
    sizes = np.sqrt((a * a).sum(0) * (v * v).sum())
    dots: np.ndarray = np.divide(v @ a, sizes, out=np.full(len(sizes), np.nan), where=sizes > 1e-12)
    clipped: np.ndarray = np.clip(dots, -1, 1)
    return clipped


def tracking(
    activations: np.ndarray, properties: Mapping[str, np.ndarray], *, seed: int = 0
) -> list[Tracked]:
    """For each property the unit that tracks it best, the best tracked first.

    The unit is chosen by its correlation on the first half of the text and judged on the second:
    the best of hundreds of units would fit any property by luck. Chance is what the property gives
    there when it is shifted by a random number of steps, which leaves its own rhythm.

    Args:
      activations: [T, H], T at least 8.
      properties: {name: [T]}; one that is constant in the first half is left out.
      seed: of the shifts.

    Raises:
      ValueError: for activations or properties of another shape.
    """
    activations = np.asarray(activations)
    if activations.ndim != 2 or len(activations) < 8:
        raise ValueError(f"activations: got shape {activations.shape}, want [T, H], T at least 8")
    checks.seed(seed)
    half = len(activations) // 2
    first, second = activations[:half], activations[half:]
    draw = np.random.default_rng(seed)
    found = []
    for name, values in properties.items():
        if np.shape(values) != (len(activations),):
            got = np.shape(values)
            raise ValueError(f"properties: got {name} of shape {got}, want [{len(activations)}]")
        fits = correlations(first, values[:half])
        if np.isnan(fits).all():
            continue
        unit = int(np.nanargmax(np.abs(fits)))
        own, rest = second[:, [unit]], values[half:]
        held_out = float(correlations(own, rest)[0])
        shifts = draw.integers(1, len(rest), SHIFTS)
        shifted = [abs(correlations(own, np.roll(rest, shift))[0]) for shift in shifts]
        chance = float(np.quantile(shifted, 0.95)) if np.isfinite(held_out) else np.nan
        found.append(Tracked(name, unit, float(fits[unit]), held_out, chance))
    return sorted(found, key=lambda each: -np.nan_to_num(abs(each.held_out), nan=-1.0))

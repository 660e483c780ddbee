"""What a setting is drawn from, and the settings of each trial.

Random search: Bergstra and Bengio 2012. A draw depends on the seed, its number and the name of the
setting alone: more trials extend a sweep, and a further setting changes no other one.
"""

from __future__ import annotations

import itertools
import math
import zlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

DIGITS = 6
"""Significant ones of a number that is drawn: it is to be read on command lines."""


class Choice(NamedTuple):
    """Some values, each as likely as the others."""

    values: tuple[Any, ...]

    def draw(self, generator: np.random.Generator) -> Any:
        """One of them."""
        return self.values[int(generator.integers(len(self.values)))]


class Range(NamedTuple):
    """Numbers from ``low`` to ``high``, evenly or, with ``log``, evenly in the logarithm."""

    low: float
    high: float
    log: bool
    whole: bool

    def draw(self, generator: np.random.Generator) -> Any:
        """One of them."""
        high = self.high + 1 if self.whole else self.high  # a whole number stands for [n, n + 1)
        if self.log:
            drawn = math.exp(generator.uniform(math.log(self.low), math.log(high)))
        else:
            drawn = generator.uniform(self.low, high)
        drawn = math.floor(drawn) if self.whole else float(f"{drawn:.{DIGITS}g}")
        return min(max(drawn, self.low), self.high)


Space = Choice | Range
Values = tuple[str, Sequence[Any]]
"""A setting, and what is tried of it."""


def draw(spaces: Mapping[str, Space], seed: int, number: int) -> dict[str, Any]:
    """The settings of the draw of that number.

    >>> draw({"rate": Range(1e-4, 1e-1, log=True, whole=False)}, seed=0, number=3)
    {'rate': 0.0527758}
    """
    return {
        name: space.draw(np.random.default_rng([seed, number, zlib.crc32(name.encode())]))
        for name, space in spaces.items()
    }


def combinations(grid: Sequence[Values], zips: Sequence[Sequence[Values]]) -> list[dict[str, Any]]:
    """All settings of a product, in which those of each zip are walked together.

    >>> combinations([("cell", ["lstm", "gru"])], [[("hidden", [8, 16]), ("rate", [1.0, 0.5])]])[1]
    {'cell': 'lstm', 'hidden': 16, 'rate': 0.5}

    Raises:
      ValueError: for a zip of settings with different numbers of values.
    """
    axes = [[{name: value} for value in values] for name, values in grid]
    for group in zips:
        counts = {name: len(values) for name, values in group}
        if len(set(counts.values())) > 1:
            counted = ", ".join(f"{count} of {name}" for name, count in counts.items())
            raise ValueError(f"zip: got {counted}, want as many values of each")
        names = [name for name, _ in group]
        rows = zip(*(values for _, values in group), strict=True)
        axes.append([dict(zip(names, row, strict=True)) for row in rows])
    return [
        {name: value for part in parts for name, value in part.items()}
        for parts in itertools.product(*axes)
    ]


def all_settings(
    combined: Sequence[Mapping[str, Any]], spaces: Mapping[str, Space], draws: int, seed: int
) -> list[dict[str, Any]]:
    """Those of each trial: every draw is tried with every combination.

    >>> [each["cell"] for each in all_settings([{"cell": "lstm"}, {"cell": "gru"}], {}, 1, 0)]
    ['lstm', 'gru']
    """
    return [{**each, **draw(spaces, seed, number)} for number in range(draws) for each in combined]

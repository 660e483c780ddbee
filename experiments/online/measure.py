"""Angle, norm, time and memory of every side at one shape, by turns in one process."""

from __future__ import annotations

import math
import statistics
import time
from typing import NamedTuple

import jax
import numpy as np

from experiments.online.sides import BPTT, KEYS, Shape, Side, sides
from seqjax.basics.types import Params


class Row(NamedTuple):
    """What a side takes and gives at one shape."""

    cell: str
    shape: Shape
    side: str
    degrees: float
    """between its gradient and that of backpropagation"""
    norm: float
    """of its gradient, over that of backpropagation"""
    milliseconds: float
    """of a step of time, the median of the turns"""
    low: float
    high: float
    """the tenth and the ninetieth percentile"""
    turns: int
    temporary_bytes: int


def measure(cell: str, shape: Shape, seconds: float, driver: str) -> list[Row]:
    """A row for each side that serves the cell."""
    made = sides(cell, shape, driver)
    exact = _flat(made[0].call(jax.random.key(0)))
    compared = {side.name: _compare(side, exact) for side in made}
    times = _turns(made, seconds)
    rows = []
    for side in made:
        own = [1000 * t / shape.steps for t in times[side.name]]
        low, high = np.percentile(own, [10, 90])
        rows.append(
            Row(cell, shape, side.name, *compared[side.name], statistics.median(own), float(low),
                float(high), len(own), side.temporary_bytes)
        )  # fmt: skip
    return rows


def _compare(side: Side, exact: np.ndarray) -> tuple[float, float]:
    """(degrees, relative norm), means over keys where there is chance."""
    found = [
        _flat(side.call(jax.random.key(number)))
        for number in range(KEYS if side.name == "uoro" else 1)
    ]
    if side.name == BPTT:
        found = [exact]
    norms = [float(np.linalg.norm(own) / np.linalg.norm(exact)) for own in found]
    angles = []
    for own in found:
        # By the chord between unit vectors: the cosine of a small angle has no digits left.
        chord = own / np.linalg.norm(own) - exact / np.linalg.norm(exact)
        angles.append(math.degrees(2 * math.asin(min(1.0, float(np.linalg.norm(chord)) / 2))))
    return statistics.mean(angles), statistics.mean(norms)


def _turns(made: list[Side], seconds: float) -> dict[str, list[float]]:
    """Seconds of each call; every turn calls each side once, two turns at least."""
    times: dict[str, list[float]] = {side.name: [] for side in made}
    key, begin = jax.random.key(0), time.perf_counter()
    while time.perf_counter() - begin < seconds or len(times[BPTT]) < 2:
        for side in made:
            start = time.perf_counter()
            jax.block_until_ready(side.call(key))
            times[side.name].append(time.perf_counter() - start)
    return times


def _flat(gradient: Params) -> np.ndarray:
    leaves = jax.tree.leaves(gradient)
    return np.concatenate([np.asarray(leaf, np.float64).ravel() for leaf in leaves])

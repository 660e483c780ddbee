"""A plot of lines and points as data: records of its panels."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

TOLD = 40
"""Points of a curve, at most, that a pointer can tell apart."""


class Curve(NamedTuple):
    """Points of one colour, with a line through them or without."""

    name: str
    colour: str
    marker: str
    """of matplotlib, such as "o" """
    line: str
    """of matplotlib, such as "--"; "" for points alone"""
    x: np.ndarray
    y: np.ndarray
    """[N] as x; NaN makes a gap"""
    low: np.ndarray | None = None
    high: np.ndarray | None = None
    """[N], ends of the bars, or of the band, around y"""
    band: bool = False
    words: tuple[str, ...] = ()
    """of each point, where they have names"""

    @property
    def told(self) -> range:
        """Points whose values are told: all that have names, of long curves ``TOLD`` at most.

        A line without markers only guides the eye: none.
        """
        end = len(self.x) if self.marker else 0
        return range(0, end, 1 if self.words else -(-len(self.x) // TOLD))


class Rule(NamedTuple):
    """A line, or a strip, through the whole panel."""

    name: str
    upright: bool
    start: float
    end: float
    """the same as ``start`` for a line"""
    colour: str


class Panel(NamedTuple):
    """One pair of axes."""

    title: str
    labels: tuple[str, str]
    """of x and y"""
    logs: tuple[bool, bool]
    limits: tuple[tuple[float, float], tuple[float, float]]
    ticks: tuple[dict[float, str] | None, dict[float, str] | None]
    """that were set by hand; None: where a library would put them"""
    legend: str
    """its title"""
    curves: list[Curve]
    rules: list[Rule]

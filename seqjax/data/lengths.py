"""Groups of examples of like length, cut so that padding is least."""

from __future__ import annotations

import numpy as np

MOST_LEVELS = 256
"""Lengths told apart when groups are made; more would make that slow."""


def like_lengths(lengths: np.ndarray, shapes: int) -> list[np.ndarray]:
    """The examples of each group, int [n], for lengths [N, sides].

    Groups are intervals of the length relative to the longest of its side, so that both sides of a
    pair count; where they are cut, the padded cells are fewest.
    """
    relative = (lengths / np.maximum(lengths.max(0), 1)).max(1)
    levels, level = np.unique(relative, return_inverse=True)
    if len(levels) > MOST_LEVELS:
        steps = np.linspace(0, len(levels) - 1, MOST_LEVELS).astype(int)
        levels = levels[steps]
        level = np.searchsorted(levels, relative)
    counts = np.bincount(level, minlength=len(levels))
    ends = _cuts(levels, counts, shapes)
    group = np.searchsorted(ends, level)
    return [np.flatnonzero(group == k) for k in range(len(ends)) if (group == k).any()]


def _cuts(levels: np.ndarray, counts: np.ndarray, shapes: int) -> np.ndarray:
    """The last level of each group, rising: Σ counts · (highest level of the group) is least."""
    below = np.concatenate([[0], np.cumsum(counts)])
    number = len(levels)
    # cost[j]: of the levels before j, in as many groups as rounds so far.
    cost = np.concatenate([[0.0], np.full(number, np.inf)])
    choices = []
    for _ in range(min(shapes, number)):
        each = cost[None, :-1] + (below[1:, None] - below[None, :-1]) * levels[:, None]
        each = np.where(np.tri(number, dtype=bool), each, np.inf)
        choices.append(each.argmin(1))
        cost = np.concatenate([[np.inf], each.min(1)])
    ends, end = [], number
    for choice in reversed(choices):
        ends.append(end - 1)
        end = int(choice[end - 1])
    return np.array(ends[::-1])

"""Iterative null-space projection: until no line tells two sides apart (Ravfogel et al. 2020)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from seqjax.basics import checks
from seqjax.basics.types import Array
from seqjax.vectors.bias.linear import logistic
from seqjax.vectors.bias.probes import halves
from seqjax.vectors.bias.residual_bias import FEWEST
from seqjax.vectors.keyed import KeyedVectors
from seqjax.vectors.unit_rows import ROUNDING, unit_rows


class NullSpace(NamedTuple):
    """Vectors of length 1, and the projection that made them."""

    vectors: KeyedVectors
    projection: np.ndarray
    """P [D, D], P² = P = Pᵀ"""
    accuracies: tuple[float, ...]
    """on held-out words, before the first round and after each one"""
    majority: float
    """share of the larger side among the held-out words"""


def null_space(
    vectors: KeyedVectors,
    first: Sequence[str],
    second: Sequence[str],
    *,
    rounds: int = 35,
    margin: float = 0.02,
    penalty: float = 1.0,
    key: Array,
) -> NullSpace:
    """w <- P w / ‖P w‖ of unit vectors, where P takes out one line of a classifier after another.

    Each round fits logistic regression between the sides on projected vectors, and takes its weight
    out: P = I - Q Qᵀ, Q an orthonormal basis of all weights so far. That is the projection on the
    intersection of the null spaces; a product of the projections of all rounds would be one only if
    they commuted. It ends when held-out accuracy is at most ``margin`` above the larger side's
    share, or after ``rounds``.

    Args:
      first, second: words of the two sides.
      rounds: weights that are taken out, at most; fewer than D.
      margin: of held-out accuracy, as a share of words.
      penalty: of ``logistic``.
      key: of the half of the words that is held out.

    Raises:
      ValueError: for a side of fewer than 4 words, a word without a vector, no rounds, or as many
        as the vectors are wide.
    """
    checks.positive("rounds", rounds)
    if rounds >= vectors.width:
        raise ValueError(f"rounds: got {rounds}, want fewer than {vectors.width}, the width")
    if min(len(first), len(second)) < FEWEST:
        raise ValueError(
            f"words: got {len(first)} and {len(second)} on the sides, want {FEWEST} or more each"
        )
    points = vectors.units([*first, *second])
    side = np.arange(len(points)) < len(first)
    learn = halves(len(first), len(second), key=key)
    majority = float(max(side[~learn].mean(), 1 - side[~learn].mean()))
    basis = np.zeros((0, vectors.width))
    accuracies: list[float] = []
    while True:
        projected = points - (points @ basis.T) @ basis
        line = logistic(projected[learn], side[learn], penalty=penalty)
        accuracies.append(float((line.predict(projected[~learn]) == side[~learn]).mean()))
        if accuracies[-1] <= majority + margin or len(accuracies) > rounds:
            break
        weight = line.weight - basis.T @ (basis @ line.weight)
        if not np.linalg.norm(weight) > ROUNDING * np.linalg.norm(line.weight):
            break  # nothing is left to be taken out
        basis = np.concatenate([basis, weight[None] / np.linalg.norm(weight)])
    projection = np.eye(vectors.width) - basis.T @ basis
    rows = vectors.unit.astype(np.float64) @ projection
    projected = unit_rows(rows, shortest=ROUNDING).astype(vectors.matrix.dtype)
    return NullSpace(vectors.replaced(projected), projection, tuple(accuracies), majority)

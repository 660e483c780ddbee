"""State that must be tracked exactly: parity of bits, and products of permutations."""

from __future__ import annotations

import itertools
from typing import NamedTuple

import numpy as np


class Tracked(NamedTuple):
    """Rows of which every step has a target."""

    inputs: np.ndarray
    """int32 [N, T]"""
    targets: np.ndarray
    """int32 [N, T]: the state after each step"""


def parity(count: int, steps: int, *, seed: int) -> Tracked:
    """Bits of chance; targets are x_1 xor ... xor x_t, whether ones so far are odd in number.

    A diagonal linear recurrence whose factors are all above 0 cannot do this for rows of every
    length in finite precision, however its inputs choose them (Sarrof et al. 2024; Grazzi et al.
    2024).

    Args:
      count: N, rows.
      steps: T.
      seed: of the bits.

    Raises:
      ValueError: for a size below 1.

    >>> rows = parity(1, 6, seed=0)
    >>> rows.inputs.tolist(), rows.targets.tolist()
    ([[1, 1, 1, 0, 0, 0]], [[1, 0, 1, 1, 1, 1]])
    """
    _check(count, steps)
    bits = np.random.default_rng(seed).integers(0, 2, (count, steps), np.int32)
    return Tracked(bits, np.cumsum(bits, axis=1, dtype=np.int32) % 2)


def permutation_products(count: int, steps: int, *, elements: int = 3, seed: int) -> Tracked:
    """Permutations of chance; targets are the products p_t ∘ ... ∘ p_1: first p_1, then p_2, ...

    The n! permutations of 0, ..., n - 1 are numbered in lexicographic order; 0 moves nothing. The
    word problem of the symmetric group. With 5 elements it is complete for NC1 (Barrington 1989),
    which linear recurrences with diagonal matrices do not reach unless it is TC0 (Merrill et al.
    2024); with 4 or fewer the group is solvable.

    Args:
      count: N, rows.
      steps: T.
      elements: n, from 2 to 5.
      seed: of the permutations.

    Raises:
      ValueError: for a size below 1, or elements outside 2 to 5.

    >>> rows = permutation_products(1, 3, seed=0)
    >>> rows.inputs.tolist(), rows.targets.tolist()
    ([[5, 3, 3]], [[5, 1, 2]])
    """
    _check(count, steps)
    if not 2 <= elements <= 5:
        raise ValueError(f"elements: got {elements}, want 2 to 5")
    table = composition_table(elements)
    drawn = np.random.default_rng(seed).integers(0, len(table), (count, steps), np.int32)
    products, state = np.empty_like(drawn), np.zeros(count, np.int32)
    for t in range(steps):
        state = products[:, t] = table[drawn[:, t], state]
    return Tracked(drawn, products)


def composition_table(elements: int) -> np.ndarray:
    """int32 [n!, n!]: [i, j] is the number of p_i ∘ p_j, first p_j and then p_i.

    >>> composition_table(2).tolist()
    [[0, 1], [1, 0]]
    """
    permutations = list(itertools.permutations(range(elements)))
    number = {permutation: i for i, permutation in enumerate(permutations)}
    return np.array(
        [[number[tuple(p[e] for e in q)] for q in permutations] for p in permutations], np.int32
    )


def _check(count: int, steps: int) -> None:
    for name, value in (("count", count), ("steps", steps)):
        if value < 1:
            raise ValueError(f"{name}: got {value}, want 1 or more")

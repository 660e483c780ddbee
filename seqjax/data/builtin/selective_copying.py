"""Selective copying: symbols that stand anywhere among blanks, to be given back in order."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

BLANK, RECALL = 0, 1
FIRST = 2
"""Id of the first symbol to be copied."""


class Copied(NamedTuple):
    """Rows of ids, and what is to be said at the end of them."""

    inputs: np.ndarray
    """int32 [N, steps + symbols]: symbols among ``BLANK``, then ``RECALL`` for each"""
    targets: np.ndarray
    """int32 [N, symbols]: of the last ``symbols`` steps, from 0 to alphabet - 1"""


def selective_copying(
    count: int, steps: int, *, symbols: int = 8, alphabet: int = 8, seed: int
) -> Copied:
    """Some symbols at places of chance among blanks; after ``steps`` they are asked for in order.

    In copying (Hochreiter and Schmidhuber 1997; Arjovsky et al. 2016) symbols stand at the
    beginning of a row, so that a recurrence that no input steers can count. Here places vary
    (Jing et al. 2019; Gu and Dao 2023, section 4.1.1) and what is kept must depend on the inputs.

    Args:
      count: N, rows.
      steps: before the first question.
      symbols: in a row.
      alphabet: of how many different ones; their ids are from ``FIRST`` on.
      seed: of symbols and places.

    Raises:
      ValueError: for a size below 1, or more symbols than steps.

    >>> rows = selective_copying(1, 6, symbols=2, alphabet=4, seed=0)
    >>> rows.inputs.tolist(), rows.targets.tolist()
    ([[0, 0, 5, 4, 0, 0, 1, 1]], [[3, 2]])
    """
    sizes = {"count": count, "steps": steps, "symbols": symbols, "alphabet": alphabet}
    for name, value in sizes.items():
        if value < 1:
            raise ValueError(f"{name}: got {value}, want 1 or more")
    if symbols > steps:
        raise ValueError(f"symbols: got {symbols}, want {steps} or fewer, the steps they stand in")
    random = np.random.default_rng(seed)
    targets = random.integers(0, alphabet, (count, symbols), np.int32)
    order = random.permuted(np.tile(np.arange(steps), (count, 1)), axis=1)
    places = np.sort(order[:, :symbols], axis=1)
    inputs = np.full((count, steps + symbols), BLANK, np.int32)
    np.put_along_axis(inputs, places, targets + FIRST, axis=1)
    inputs[:, steps:] = RECALL
    return Copied(inputs, targets)

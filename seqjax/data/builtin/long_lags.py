"""Long lags: tasks of Hochreiter and Schmidhuber (1997), by the number of their experiment."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class TwoSequences(NamedTuple):
    """Rows of one number a step, padded with zeros, each of one of two classes."""

    inputs: np.ndarray
    """float32 [N, longest, 1]"""
    lengths: np.ndarray
    """int32 [N]"""
    targets: np.ndarray
    """int32 [N], 0 or 1"""


def two_strings(lag: int) -> np.ndarray:
    """int32 [2, lag + 1]: (x, a_1, ..., a_{p-1}, x) and (y, a_1, ..., a_{p-1}, y), p = lag.

    Experiment 2a, without noise: the two are all there is. Each id is to be predicted from those
    before it; all but the last follow from the id before, the last from the first alone, ``lag``
    steps earlier. Ids: a_i is i - 1, x is p - 1, y is p.

    Raises:
      ValueError: for a lag below 2.

    >>> two_strings(3).tolist()
    [[2, 0, 1, 2], [3, 0, 1, 3]]
    """
    if lag < 2:
        raise ValueError(f"lag: got {lag}, want 2 or more")
    strings = np.tile(np.arange(-1, lag, dtype=np.int32), (2, 1))
    strings[:, 0] = strings[:, -1] = lag - 1, lag
    return strings


def two_sequences(
    count: int, steps: int, *, informative: int = 3, noise: float = 0.0, seed: int
) -> TwoSequences:
    """The class of a row is the sign of its first numbers; what follows is noise of variance 0.2.

    Experiment 3a (Bengio et al. 1994), with ``noise`` 0.2 ** 0.5 experiment 3b: the first N are 1.0
    in one class, here 1, and -1.0 in the other, here 0; both are equally likely. All others are
    Gaussian with mean 0 and variance 0.2. Lengths are uniform from T to T + T // 10.

    Args:
      count: rows.
      steps: T.
      informative: N.
      noise: standard deviation of what is added to the first N.
      seed: of classes, lengths and noise.

    Raises:
      ValueError: for a size below 1, more informative numbers than steps, or noise below 0.

    >>> rows = two_sequences(4, 20, seed=0)
    >>> rows.inputs.shape, rows.lengths.tolist()
    ((4, 22, 1), [20, 20, 20, 20])
    >>> bool((np.sign(rows.inputs[:, 2, 0]) == 2 * rows.targets - 1).all())
    True
    """
    for name, value in (("count", count), ("steps", steps), ("informative", informative)):
        if value < 1:
            raise ValueError(f"{name}: got {value}, want 1 or more")
    if informative > steps:
        raise ValueError(f"informative: got {informative}, want {steps} or fewer, the steps")
    if noise < 0:
        raise ValueError(f"noise: got {noise}, want 0 or more")
    random = np.random.default_rng(seed)
    targets = random.integers(0, 2, count, np.int32)
    longest = steps + steps // 10
    lengths = random.integers(steps, longest + 1, count, np.int32)
    inputs = random.normal(0, 0.2**0.5, (count, longest))
    first = random.normal(0, noise, (count, informative)) if noise else 0
    inputs[:, :informative] = (2 * targets - 1)[:, None] + first
    inputs[np.arange(longest) >= lengths[:, None]] = 0
    return TwoSequences(inputs[..., None].astype(np.float32), lengths, targets)

"""What evaluations change: the rate on a plateau, and when parameters begin to be averaged."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp

from seqjax.basics import products
from seqjax.basics.types import Array, Tree
from seqjax.training.config import Optimization, averaging


class Adaptation(NamedTuple):
    """What holds until the next evaluation."""

    scale: float
    """The rate is multiplied by it."""
    averaging: bool
    """Whether the mean of the parameters is kept, and evaluated in their place."""


def adapt(config: Optimization, history: Sequence[float]) -> Adaptation:
    """The state after validation losses ``history``, oldest first; [] before the first one.

    >>> adapt(Optimization(schedule="plateau", decay=0.25), [3.0, 2.0, 2.5])
    Adaptation(scale=0.25, averaging=False)
    """
    scale = plateau(history, config.decay, config.patience) if config.schedule == "plateau" else 1.0
    rule = averaging(config)
    if rule == "nonmonotonic":
        return Adaptation(scale, stalled(history, config.nonmonotonic))
    return Adaptation(scale, rule == "after" and len(history) >= config.average_after)


def plateau(history: Sequence[float], decay: float, patience: int) -> float:
    """decayᵏ, where k counts the runs of ``patience`` + 1 evaluations without improvement.

    To improve is to be below the best so far. With patience 0 every evaluation that does not
    improve counts: the rule of PyTorch's word language model, whose decay is 1/4. A loss of NaN
    does not improve.

    >>> plateau([3.0, 2.0, 2.5, 2.1, 1.9], decay=0.5, patience=0)
    0.25
    """
    scale, best, stalls = 1.0, math.inf, 0
    for loss in history:
        improved = loss < best
        best, stalls = (loss, 0) if improved else (best, stalls + 1)
        if stalls > patience:
            scale, stalls = scale * decay, 0
    return scale


def stalled(history: Sequence[float], interval: int) -> bool:
    """Whether at some t: vₜ > min(v₀, ..., vₜ₋ₙ₋₁), n = ``interval`` (Merity et al. 2017).

    The loss was above the best of all earlier ones but the last n. Once true, it stays true.

    >>> stalled([3.0, 2.0, 2.5], 1), stalled([3.0, 2.0, 2.5, 2.2], 1)
    (False, True)
    """
    return any(history[t] > min(history[: t - interval]) for t in range(interval + 1, len(history)))


def average_start(params: Tree) -> Tree:
    """A copy of the parameters, in float32 or wider, in buffers of its own.

    >>> average_start({"w": jnp.ones(2, jnp.bfloat16)})
    {'w': Array([1., 1.], dtype=float32)}
    """
    return jax.tree.map(lambda p: jnp.array(p, products.wide(p.dtype), copy=True), params)


def average_update(average: Tree, params: Tree, count: Array | int) -> Tree:
    """a ← a + (θ - a) / count; ``count`` is 1 for the first θ, which replaces the start.

    After count steps a is the mean of the parameters after each of them (Polyak & Juditsky 1992).

    >>> average_update({"b": jnp.array(2.0)}, {"b": jnp.array(5.0)}, 3)
    {'b': Array(3., dtype=float32)}
    """
    return jax.tree.map(lambda a, p: a + (p.astype(a.dtype) - a) / count, average, params)

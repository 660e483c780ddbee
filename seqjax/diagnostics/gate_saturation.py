"""How often gates are shut or wide open, and how steep their activations still are."""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp

from seqjax.basics import checks
from seqjax.basics.cell import Cell
from seqjax.basics.types import Array, Carry, Params
from seqjax.diagnostics.gates import gate_letters, gate_values
from seqjax.diagnostics.trajectory import Trajectory, trajectory


class Saturation(NamedTuple):
    """Of one gate; shares are of all rows' real steps and units, between 0 and 1.

    A σ is low below the threshold and high above 1 minus it. A tanh is measured as (tanh + 1) / 2,
    and a relu is low where it is 0 and never high.
    """

    low: Array
    """[T], share of the units that are saturated at the lower end; NaN where all rows have ended"""
    high: Array
    """[T], at the upper end"""
    unit_low: Array
    """[H], share of the steps at which each unit is"""
    unit_high: Array
    """[H]"""
    slope: Array
    """[T], mean derivative of the activation: a (1 - a) of σ, 1 - a² of tanh, a > 0 of relu"""


def gate_saturation(
    cell: Cell,
    params: Params,
    xs: Array,
    lengths: Array | None = None,
    carry: Carry | None = None,
    *,
    threshold: float = 0.1,
) -> dict[str, Saturation]:
    """{gate: how saturated it is} on the way through xs [T, B, D].

    Of a plain RNN there is h alone, whose slope is the 1 - h² that gradients are multiplied by.

    Args:
      threshold: above 0, below a half.

    Raises:
      ValueError: as ``trajectory``; for a threshold out of range; for a cell whose activations
        lie inside its functions.

    >>> import jax
    >>> from seqjax.cells import lstm
    >>> cell = lstm(4)
    >>> params, xs = cell.init(jax.random.key(0), 3), jnp.ones((5, 2, 3))
    >>> found = jax.jit(gate_saturation, static_argnums=0)(cell, params, xs)
    >>> sorted(found), found["f"].low.shape
    (['f', 'g', 'i', 'o'], (5,))
    """
    checks.number("threshold", threshold, above=0)
    if not threshold < 0.5:
        raise ValueError(f"threshold: got {threshold}, want a number below 0.5")
    checks.cell(cell)
    letters = gate_letters(cell)
    walk = trajectory(cell, params, xs, lengths, carry)
    values = gate_values(cell, params, walk)
    return {name: _saturation(values[name], letters[name], threshold, walk) for name in values}


def _saturation(a: Array, letter: str, threshold: float, walk: Trajectory) -> Saturation:
    if letter == "r":
        low, high, slope = a <= 0, jnp.zeros(a.shape, bool), (a > 0).astype(a.dtype)
    else:
        share = a if letter == "s" else (a + 1) / 2
        low, high = share < threshold, share > 1 - threshold
        slope = a * (1 - a) if letter == "s" else 1 - a * a
    real = jnp.ones(a.shape[:2], bool) if walk.real is None else walk.real
    weights = real[..., None].astype(a.dtype)
    rows, steps = weights.sum((1, 2)), weights.sum()  # none real: 0 / 0 is NaN, as it should be

    def over_time(values: Array) -> Array:
        return (values * weights).mean(-1).sum(-1) / rows

    def by_unit(values: Array) -> Array:
        return (values * weights).sum((0, 1)) / steps

    return Saturation(
        over_time(low), over_time(high), by_unit(low), by_unit(high), over_time(slope)
    )

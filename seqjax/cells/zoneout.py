"""Zoneout: units that now and then keep their old value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from seqjax.basics import checks
from seqjax.basics.cell import Affine, Cell, Gated, Recurrence, SideProjection, Step, pop_side
from seqjax.basics.types import Array, Carry, Params, Tree
from seqjax.cells.residual import AddInput

Mix = Callable[[Carry | None, Carry, Carry], Carry]
"""(which units keep their value or None, the new carry, the old one) -> carry"""


class MaskedInput(NamedTuple):
    """Inputs, and for every step which units keep their value."""

    xs: Tree
    keep: Carry


def zoneout(cell: Cell, *, hidden: float = 0.1, memory: float = 0.1) -> Cell:
    """The cell whose units keep their old value with some probability (Krueger et al. 2017).

        with noise      s_t = m ⊙ s_{t-1} + (1 - m) ⊙ s̃_t,  m ~ Bernoulli(rate), anew each step
        without         s_t = rate s_{t-1} + (1 - rate) s̃_t

    for both parts of the carry, s̃ being what the cell makes. As in the paper the new h is made from
    the memory before zoneout. ``memory`` is the rate of the second part, if there is one.

    Raises:
      ValueError: for what is no cell, a rate outside [0, 1), around ``residual``, or for a carry of
        more than two parts.

    >>> from seqjax.cells import lstm
    >>> zoneout(lstm(200), hidden=0.05, memory=0.5).name
    'zoneout(lstm)'
    """
    checks.cell(cell)
    hidden, memory = checks.fraction("hidden", hidden), checks.fraction("memory", memory)
    if isinstance(cell.read, AddInput):  # its carry holds the inputs too, which are not to be kept
        raise ValueError(f"cell: got {cell.name}, want zoneout inside residual")

    def rates(carry: Carry) -> Carry:
        leaves, structure = jax.tree.flatten(carry)
        if len(leaves) > 2:
            raise ValueError(
                f"cell: got {cell.name}, whose carry has {len(leaves)} parts, want one or two"
            )
        return structure.unflatten([hidden, memory][: len(leaves)])

    def mix(keep: Carry | None, new: Carry, old: Carry) -> Carry:
        if keep is None:
            return jax.tree.map(lambda r, n, o: r * o + (1 - r) * n, rates(old), new, old)
        return jax.tree.map(jnp.where, keep, old, new)

    def noise(params: Params, xs: Tree, key: Array) -> tuple[Params, Tree]:
        checks.key(key)
        mine, others = jax.random.split(key)
        steps, batch = jax.tree.leaves(xs)[0].shape[:2]
        state = jax.eval_shape(lambda: cell.start(params, (batch,)))
        keys = list(jax.random.split(mine, len(jax.tree.leaves(state))))
        keys = jax.tree.unflatten(jax.tree.structure(state), keys)
        keep = jax.tree.map(
            lambda r, k, s: jax.random.bernoulli(k, r, (steps, *s.shape)), rates(state), keys, state
        )
        if cell.noise:
            params, xs = cell.noise(params, xs, others)
        return params, MaskedInput(xs, keep)

    def split(params: Params, xs: Tree) -> tuple[Tree, Carry | None]:
        return xs if isinstance(xs, MaskedInput) else (xs, None)

    return cell._replace(
        name=f"zoneout({cell.name})",
        project=SideProjection(cell.project, split),
        recurrence=_recurrence(cell, mix),
        noise=noise,
    )


def _recurrence(cell: Cell, mix: Mix) -> Recurrence:
    match cell.recurrence:
        case Gated(fed_back, gate):

            def combine(params: Params, blocks: Any, carry: Carry, side: Tree) -> Carry:
                keep, inner_side = side
                return mix(keep, gate.combine(params, blocks, carry, inner_side), carry)

            return Gated(fed_back, gate._replace(combine=combine))
        case Affine(coefficients):

            def mixed(params: Params, zs: Tree) -> tuple[Carry, Carry]:
                keep, inner_zs = pop_side(zs)
                a, b = coefficients(params, inner_zs)
                # The old carry is 1 ⊙ carry + 0.
                ones, zeros = jax.tree.map(jnp.ones_like, a), jax.tree.map(jnp.zeros_like, b)
                return mix(keep, a, ones), mix(keep, b, zeros)

            return Affine(mixed)
        case Step(inner_step):

            def step(params: Params, carry: Carry, z: Tree) -> Carry:
                keep, inner_z = pop_side(z)
                return mix(keep, inner_step(params, carry, inner_z), carry)

            return Step(step)

"""Zoneout: units that now and then keep their old value."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from seqjax.basics import checks
from seqjax.basics.types import Array, Carry, Cell, Gate, Params, Tree


def _cut(z: Tree) -> tuple[Tree, Carry | None]:
    """(z of the cell, which units keep their value or None)."""
    return (z["z"], z["keep"]) if isinstance(z, dict) and "keep" in z else (z, None)


def zoneout(cell: Cell, *, hidden: float = 0.1, memory: float = 0.1) -> Cell:
    """The cell whose units keep their old value with some probability (Krueger et al. 2017).

        with noise      s_t = m ⊙ s_{t-1} + (1 - m) ⊙ s̃_t,  m ~ Bernoulli(rate), anew each step
        without         s_t = rate s_{t-1} + (1 - rate) s̃_t

    for both parts of the carry, s̃ being what the cell makes. As in the paper the new h is made from
    the memory before zoneout. ``memory`` is the rate of the second part, if there is one.

    Raises:
      ValueError: for a rate outside [0, 1), or around ``residual``.
    """
    hidden, memory = checks.fraction("hidden", hidden), checks.fraction("memory", memory)
    if "residual(" in cell.name:  # its carry holds the inputs too, which are not to be kept
        raise ValueError(f"cell: got {cell.name}, want zoneout inside residual")

    def rates(carry: Carry) -> Any:
        leaves, shape = jax.tree.flatten(carry)
        return shape.unflatten([hidden, memory][: len(leaves)])

    def mix(keep: Carry | None, new: Carry, old: Carry) -> Carry:
        if keep is None:
            return jax.tree.map(lambda r, n, o: r * o + (1 - r) * n, rates(old), new, old)
        return jax.tree.map(jnp.where, keep, old, new)

    def perturb(params: Params, xs: Tree, key: Array) -> tuple[Params, Tree]:
        mine, others = jax.random.split(key)
        steps, batch = jax.tree.leaves(xs)[0].shape[:2]
        state = jax.eval_shape(lambda: cell.start(params, (batch,)))
        keys = list(jax.random.split(mine, len(jax.tree.leaves(state))))
        keys = jax.tree.unflatten(jax.tree.structure(state), keys)
        keep = jax.tree.map(
            lambda r, k, s: jax.random.bernoulli(k, r, (steps, *s.shape)), rates(state), keys, state
        )
        if cell.perturb:
            params, xs = cell.perturb(params, xs, others)
        return params, {"x": xs, "keep": keep}

    def project(params: Params, xs: Tree) -> Tree:
        if isinstance(xs, dict) and "keep" in xs:
            return {"z": cell.project(params, xs["x"]), "keep": xs["keep"]}
        return cell.project(params, xs)

    def step(params: Params, carry: Carry, z: Tree) -> Carry:
        z, keep = _cut(z)
        return mix(keep, cell.step(params, carry, z), carry)

    return cell._replace(
        name=f"zoneout({cell.name})",
        project=project,
        step=step,
        gate=None if cell.gate is None else _gate(cell.gate, mix),
        perturb=perturb,
    )


def _gate(gate: Gate, mix: Any) -> Gate:
    def plain(params: Params, z: Tree, u: Array, carry: Carry) -> Carry:
        z, keep = _cut(z)
        return mix(keep, gate.plain(params, z, u, carry), carry)

    def forward(params: Params, z: Tree, u: Array, carry: Carry) -> tuple:
        z, keep = _cut(z)
        new, kept, extra = gate.forward(params, z, u, carry)
        return mix(keep, new, carry), _join(kept, keep), extra

    def backward(params: Params, kept: Tree, extra: Tree, carry: Carry, dcarry: Carry) -> tuple:
        kept, keep = _cut(kept)
        back = jax.linear_transpose(lambda new, old: mix(keep, new, old), carry, carry)
        dnew, dold = back(dcarry)
        dparams, dz, du, dcarry = gate.backward(params, kept, extra, carry, dnew)
        return dparams, _join(dz, keep), du, jax.tree.map(jnp.add, dcarry, dold)

    inner = gate.shared
    shared = None if inner is None else lambda dz: inner(_cut(dz)[0])
    return Gate(plain, gate.fold, forward, backward, shared, gate.single, gate.bias)


def _join(z: Tree, keep: Carry | None) -> Tree:
    return z if keep is None else {"z": z, "keep": keep}

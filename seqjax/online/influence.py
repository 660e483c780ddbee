"""The influence of parameters on the state, ∂s_t/∂θ, and how a step carries it forward.

    I_t = D_t I_{t-1} + ∂f/∂θ,    D_t = ∂f/∂s,    ∂L_t/∂θ = ∂L_t/∂s_t . I_t

with as many entries of I as a pattern has, for each row of the batch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from seqjax.basics.types import Array, Params, Tree
from seqjax.online.flat_step import FlatStep
from seqjax.online.groups import Bucket, buckets, colors, reached
from seqjax.online.sparsity import Sparsity

FEW = 4
"""Rows of blocks that are multiplied entry by entry: a product of matrices takes longer."""


class Influence(NamedTuple):
    """How one method carries influence. Trees of arrays [B, ...] are what is carried."""

    start: Callable[[Params, int, Array | None], Tree]
    """(params, B, key) -> that of the start state"""
    step: Callable[[Params, Tree, Array, Tree, Array | None], tuple[Array, Tree]]
    """(params, influence, s [B, N], x, key) -> (s', influence after the step)"""
    spread: Callable[[Array, Tree], Tree]
    """(∂L/∂s [B, N], influence) -> ∂L/∂θ, the rows added up, as the method orders parameters"""
    gather: Callable[[Tree], Array]
    """sums of what ``spread`` gives -> [P]"""


def masked(step: FlatStep, found: Sparsity, *, closed: bool, local: bool = False) -> Influence:
    """The influence with the entries of a pattern, all others of which count as zero.

    Args:
      step: of the cell.
      found: the zeros of its derivatives.
      closed: carry all that parameters reach in any number of steps, which is exact; else what
        they reach in one.
      local: leave out of D_t what passes through w_h.
    """
    groups = buckets(reached(found, closed=closed))
    by_row, by_column = colors(found.learned), colors(found.state.T)

    def immediate(group: Bucket, pulled: Array) -> Array:
        """[..., G, r, m] of the derivatives by θ [..., K, P], of one color each."""
        color = by_row.of[group.rows]
        there = found.learned[group.rows[:, :, None], group.columns[:, None, :]]
        pulled = pulled[..., group.columns]
        if len(by_row.seeds) > FEW:
            blocks = pulled[..., color, np.arange(len(color))[:, None], :]
            return jnp.where(there, blocks, 0)
        # Entry by entry, so that it is added to the product without standing anywhere itself.
        blocks = jnp.zeros((), pulled.dtype)
        for k in np.unique(color):
            chosen, own = there & (color == k)[:, :, None], pulled[..., k, :, None, :]
            blocks += own if chosen.all() else jnp.where(chosen, own, 0)
        return blocks

    def start(params: Params, batch: int, key: Array | None) -> Tree:
        if not found.starts:
            shapes = [(batch, *group.rows.shape, group.columns.shape[1]) for group in groups]
            return [jnp.zeros(shape, step.dtype) for shape in shapes]
        _, pull = step.start(params)
        pulled = pull(jnp.asarray(by_row.seeds))
        return [_rows(immediate(group, pulled), batch) for group in groups]

    def through(group: Bucket, pushed: Array) -> Array:
        """D [B, G, r, r] of the derivatives by s [B, K, N], of one color each."""
        after, before = group.rows[:, :, None], group.rows[:, None, :]
        blocks = pushed[:, by_column.of[before], after]
        there = found.state[after, before]
        return blocks if there.all() else jnp.where(there, blocks, 0)

    def follow(
        params: Params, influence: Tree, s: Array, x: Tree, key: Array | None
    ) -> tuple[Array, Tree]:
        _, pushed = step.push(params, s, x, jnp.asarray(by_column.seeds), local=local)
        new, pulled = step.pull(params, s, x, jnp.asarray(by_row.seeds))
        carried = [
            _product(through(group, pushed), old) + immediate(group, pulled)
            for group, old in zip(groups, influence, strict=True)
        ]
        return new, carried

    def spread(ds: Array, influence: Tree) -> Tree:
        return [
            jnp.einsum("bgr,bgrm->gm", ds[:, group.rows], own)
            for group, own in zip(groups, influence, strict=True)
        ]

    def gather(sums: Tree) -> Array:
        flat = jnp.zeros(step.learned, step.dtype)
        for group, own in zip(groups, sums, strict=True):
            flat = flat.at[group.columns].set(own)
        return flat

    return Influence(start, follow, spread, gather)


def _rows(leaf: Array, batch: int) -> Array:
    return jnp.broadcast_to(leaf, (batch, *leaf.shape))


def _product(blocks: Array, influence: Array) -> Array:
    """D I for [B, G, r, r] and [B, G, r, m]."""
    if blocks.shape[-1] > FEW:
        return blocks @ influence
    product = blocks[..., :1] * influence[..., :1, :]
    for j in range(1, blocks.shape[-1]):
        product += blocks[..., j : j + 1] * influence[..., j : j + 1, :]
    return product


def rank_one(step: FlatStep) -> Influence:
    """An unbiased estimate s̃ θ̃ᵀ of the influence, N + P numbers a row (Tallec and Ollivier 2018).

        s̃_t = ρ_0 D_t s̃_{t-1} + ρ_1 ν,    θ̃_t = θ̃_{t-1} / ρ_0 + νᵀ ∂f/∂θ / ρ_1

    with random signs ν [N], so that E ν νᵀ = 1, and the ρ that make the variance least:
    ρ_0² = |θ̃_{t-1}| / |D_t s̃_{t-1}|, ρ_1² = |νᵀ ∂f/∂θ| / |ν|.
    """

    def signs(key: Array | None, batch: int) -> Array:
        assert key is not None
        return jax.random.rademacher(key, (batch, step.size), step.dtype)

    def start(params: Params, batch: int, key: Array | None) -> Tree:
        nu = signs(key, batch)
        return nu, step.start(params)[1](nu)

    def follow(
        params: Params, influence: Tree, s: Array, x: Tree, key: Array | None
    ) -> tuple[Array, Tree]:
        of_state, of_learned = influence
        nu = signs(key, len(s))
        _, pushed = step.push(params, s, x, of_state[:, None])
        new, pulled = step.pull(params, s, x, nu[:, None])
        of_state, now = pushed[:, 0], pulled[:, 0]
        kept, added = _balance(of_learned, of_state), _balance(now, nu)
        return new, (kept * of_state + added * nu, of_learned / kept + now / added)

    def spread(ds: Array, influence: Tree) -> Tree:
        of_state, of_learned = influence
        return jnp.sum(ds * of_state, -1) @ of_learned

    return Influence(start, follow, spread, lambda sums: sums)


def _balance(right: Array, left: Array) -> Array:
    """√(|right| / |left|) of each row, [B, 1]; any positive number is unbiased."""
    least = np.finfo(left.dtype).eps
    norms = [jnp.linalg.norm(part, axis=-1, keepdims=True) + least for part in (right, left)]
    return jnp.sqrt(norms[0] / norms[1])

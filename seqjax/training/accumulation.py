"""Gradients of several batches added up, so that they make the update of one large batch."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from seqjax.basics.products import wide
from seqjax.basics.types import Array, Tree
from seqjax.training.config import Optimization


class Groups(NamedTuple):
    """Which batches make one update: ``size`` in a row, and fewer at the end of each period.

    >>> groups = Groups(size=3, period=4)  # batches 0 1 2, 3, 4 5 6, 7, ...
    >>> [groups.update(batch) for batch in range(8)]
    [0, 0, 0, 1, 2, 2, 2, 3]
    """

    size: int
    period: int
    """batches of an epoch, or of the whole run where a group is longer than an epoch"""

    def update(self, batch: Any) -> Any:
        """The number of the update that a batch belongs to: integers or arrays, from 0 on."""
        in_period = -(-self.period // self.size)
        return batch // self.period * in_period + batch % self.period // self.size

    def first(self, update: Any) -> Any:
        """The first batch of an update."""
        in_period = -(-self.period // self.size)
        return update // in_period * self.period + update % in_period * self.size

    def ends(self, batch: Array | int) -> Array | bool:
        """Whether the update is made after this batch."""
        done = batch % self.period + 1
        return (done % self.size == 0) | (done == self.period)


def groups(config: Optimization, steps_per_epoch: int, steps: int) -> Groups:
    """Groups of ``accumulate`` batches that end with the epoch, so that every batch counts.

    Where ``accumulate`` exceeds the epoch they go on through epochs and end with the run.

    >>> groups(Optimization(accumulate=15), steps_per_epoch=19, steps=57)
    Groups(size=15, period=19)
    """
    size = config.accumulate
    return Groups(size, steps_per_epoch if size <= steps_per_epoch else steps)


class Accumulation(NamedTuple):
    """The state: where in its group the run is, what has been added up, the chain's own state."""

    batch: Array
    """int32, batches so far"""
    usable: Array
    """int32, those of them that are in ``gradients``"""
    weight: Array
    """Σ w of these"""
    gradients: Tree
    """Σ w g of these, in float32 or wider"""
    chain: Tree


def accumulated(
    chain: optax.GradientTransformation, groups: Groups
) -> optax.GradientTransformationExtraArgs:
    """``chain``, given Σ w g / Σ w over the batches of a group at its end; updates before are 0.

    Where g is the gradient of a mean over w elements, Σ w g / Σ w is that of the mean over all
    elements of the group, as from one large batch, however unequal the batches are. All that the
    chain does (clipping, decay, moments) is done to that one.

    ``update`` takes two more arguments by name: ``weight`` w, 1 by default, and ``usable``, False
    for a batch that is to be left out. A group without a usable batch makes no update.

    >>> sgd = accumulated(optax.sgd(1.0), Groups(size=2, period=2))
    >>> state = sgd.init(jnp.zeros(()))
    >>> _, state = sgd.update(jnp.array(1.0), state, weight=3.0)
    >>> float(sgd.update(jnp.array(5.0), state, weight=1.0)[0])  # -(3 · 1 + 1 · 5) / 4
    -2.0
    """

    def init(params: Tree) -> Accumulation:
        zeros = jax.tree.map(lambda p: jnp.zeros(jnp.shape(p), wide(jnp.result_type(p))), params)
        return Accumulation(jnp.int32(0), jnp.int32(0), jnp.zeros(()), zeros, chain.init(params))

    def update(
        gradients: Tree,
        state: Accumulation,
        params: Tree = None,
        *,
        weight: Any = 1.0,
        usable: Any = True,
        **_: Any,
    ) -> tuple[Tree, Accumulation]:
        w = jnp.asarray(weight, state.weight.dtype)
        total = state.weight + jnp.where(usable, w, 0)
        sums = jax.tree.map(
            lambda s, g: s + jnp.where(usable, (w * g).astype(s.dtype), 0),
            state.gradients,
            gradients,
        )
        count = state.usable + usable

        def make_update() -> tuple[Tree, Accumulation]:
            divisor = jnp.where(total > 0, total, 1)
            means = jax.tree.map(lambda s, g: (s / divisor).astype(g.dtype), sums, gradients)
            updates, moments = chain.update(means, state.chain, params)
            empty = jax.tree.map(jnp.zeros_like, state)
            return updates, empty._replace(batch=state.batch + 1, chain=moments)

        def wait() -> tuple[Tree, Accumulation]:
            missed = missed_update(state.chain)
            unmoved = jax.tree.map(
                lambda new, old: jnp.where(groups.ends(state.batch), new, old), missed, state.chain
            )
            updates = jax.tree.map(lambda u: jnp.zeros(u.shape, u.dtype), shapes)
            return updates, Accumulation(state.batch + 1, count, total, sums, unmoved)

        shapes = jax.eval_shape(make_update)[0]
        result: tuple[Tree, Accumulation] = jax.lax.cond(
            groups.ends(state.batch) & (count > 0), make_update, wait
        )
        return result

    return optax.GradientTransformationExtraArgs(init, update)


def leaving_out(chain: optax.GradientTransformation) -> optax.GradientTransformationExtraArgs:
    """``chain``, but a gradient that comes with ``usable`` False is not seen: the update is 0.

    The state is that of the chain, so that a run that began without it may go on with it.

    >>> sgd = leaving_out(optax.sgd(1.0))
    >>> float(sgd.update(jnp.array(jnp.nan), sgd.init(jnp.zeros(())), usable=False)[0])
    0.0
    """

    def update(
        gradients: Tree, state: Tree, params: Tree = None, *, usable: Any = True, **_: Any
    ) -> tuple[Tree, Tree]:
        def make_update() -> tuple[Tree, Tree]:
            updates, moments = chain.update(gradients, state, params)
            return updates, moments

        def leave_out() -> tuple[Tree, Tree]:
            shapes = jax.eval_shape(make_update)[0]
            updates = jax.tree.map(lambda u: jnp.zeros(u.shape, u.dtype), shapes)
            return updates, missed_update(state)

        result: tuple[Tree, Tree] = jax.lax.cond(jnp.asarray(usable), make_update, leave_out)
        return result

    return optax.GradientTransformationExtraArgs(chain.init, update)


def missed_update(state: Tree) -> Tree:
    """The state of a chain after an update that was not made: its schedule alone moves on."""

    def is_schedule(part: Any) -> bool:
        return isinstance(part, optax.ScaleByScheduleState)

    return jax.tree.map(
        lambda part: part._replace(count=part.count + 1) if is_schedule(part) else part,
        state,
        is_leaf=is_schedule,
    )

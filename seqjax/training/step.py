"""One step of training: gradients, an update, and what the next step begins with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from seqjax.basics.types import Array, Carry, Params, Tree
from seqjax.objectives.sums import WEIGHT
from seqjax.training.adaptation import Adaptation, average_start, average_update
from seqjax.training.loss_scale import LossScale
from seqjax.training.schedules import Schedule

Metrics = dict[str, tuple[Array, Array]]
Loss = Callable[..., tuple[Array, tuple[Carry, Metrics]]]
"""(params, carry, batch, *, key) -> (loss, (carry, {name: (total, count)}))

The loss is a mean over the count of "loss", or of "weight" where that is among the names. Terms
that are no mean over anything, such as weight penalties, come out of a mean of several batches as
they went in; other penalties of a batch count there as much as its loss."""
SKIPPED = "skipped"
"""The metric that is 1 where a step was not applied."""


class State(NamedTuple):
    """All that training changes. With the position in the data it is what a checkpoint holds."""

    params: Params
    optimizer: Tree
    carry: Carry
    """of truncated backpropagation: the state after the last batch; () where a task has none"""
    key: Array
    """of the run; the noise of step n is drawn from fold_in(key, n)"""
    step: Array
    """int32, batches so far"""
    average: Params | None
    """the mean of the parameters, where one is wanted"""
    averaged: Array
    """int32, how many parameters are in that mean"""
    loss_scale: LossScale | None = None
    """where gradients are made with one"""


Step = Callable[[State, Tree, Adaptation], tuple[State, Metrics]]


def begin(
    params: Params,
    optimizer: optax.GradientTransformation,
    carry: Carry,
    *,
    average: bool = False,
    scaled: bool = False,
    key: Array,
) -> State:
    """The state before the first step, in buffers of its own: a step takes them away.

    Args:
      params: of the model.
      optimizer: whose state begins.
      carry: of truncated backpropagation, or ().
      average: whether the mean of the parameters may be wanted.
      scaled: whether the loss is scaled, as float16 needs it. The optimizer is then one that was
        made to skip.
      key: of the run.

    >>> state = begin({"w": jnp.ones(2)}, optax.sgd(0.1), (), key=jax.random.key(0))
    >>> int(state.step), state.average
    (0, None)
    """
    params, carry, key = jax.tree.map(_owned, (params, carry, key))
    mean = average_start(params) if average else None
    scale = LossScale.start() if scaled else None
    zero = jnp.int32(0)
    return State(params, optimizer.init(params), carry, key, zero, mean, jnp.int32(0), scale)


def _owned(leaf: Any) -> Array:
    """A copy whose dtype is not weak: after the first step, it would not be either."""
    leaf = jnp.asarray(leaf)
    return jnp.array(leaf, leaf.dtype, copy=True)


def chosen(state: State) -> Params:
    """The parameters to be evaluated and used: their mean, once there is one.

    >>> state = begin({"w": jnp.ones(2)}, optax.sgd(0.1), (), average=True, key=jax.random.key(0))
    >>> chosen(state) is state.params, chosen(state._replace(averaged=1)) is state.average
    (True, True)
    """
    return state.params if state.average is None or not int(state.averaged) else state.average


def moved(params: Params, updates: Tree) -> Params:
    """θ + u; where an update is None, θ itself: it need not even be read.

    >>> moved({"w": jnp.ones(2), "b": jnp.ones(1)}, {"w": jnp.full(2, 0.5), "b": None})["w"]
    Array([1.5, 1.5], dtype=float32)
    """
    new: Params = jax.tree.map(
        lambda p, u: p if u is None else optax.apply_updates(p, u), params, updates
    )
    return new


def _average(state: State, params: Params, averaging: Array | bool) -> tuple[Params | None, Array]:
    """The mean and the count of ``state``, with ``params`` among them where ``averaging`` holds."""
    if state.average is None:
        return None, state.averaged
    count = state.averaged + averaging
    mean = average_update(state.average, params, jnp.maximum(count, 1))
    return jax.tree.map(lambda new, old: jnp.where(averaging, new, old), mean, state.average), count


def train_step(
    loss: Loss,
    optimizer: optax.GradientTransformation,
    rate: Schedule | None = None,
    *,
    skip: bool = False,
) -> Step:
    """(state, batch, adaptation) -> (state, metrics), compiled; the state's buffers are reused.

        g = ∇ loss(θ),   θ ← θ + scale · update(g)

    ``scale`` comes from the adaptation (a plateau). Metrics are those of the loss and the norm of
    the gradient before clipping, that of this batch also where several make one update; with
    ``rate``, a schedule, the learning rate too. Each is a pair (total, count).

    Args:
      loss: see ``Loss``. How many elements it is a mean over goes to the optimizer, as ``weight``.
      optimizer: gradients to updates.
      rate: of the schedule, to be reported.
      skip: a step whose metrics or gradient are not finite changes neither parameters nor carry.
        Its metrics count nothing but "skipped", which is 1. The optimizer is one that was made to
        skip, and learns it as ``usable``.

    With a ``LossScale`` in the state, a step at which it overflows leaves parameters as they are,
    and is no step whose gradient is not finite: the loss counts, "gradient_norm" counts nothing.
    "loss_scale" is among the metrics.

    >>> def loss(params, carry, batch, *, key):  # (θ - x)²
    ...     value = jnp.sum((params["w"] - batch) ** 2)
    ...     return value, (carry, {"loss": (value, jnp.float32(1))})
    >>> state = begin({"w": jnp.zeros(1)}, optax.sgd(0.25), (), key=jax.random.key(0))
    >>> step = train_step(loss, optax.sgd(0.25))
    >>> state, metrics = step(state, jnp.array([2.0]), Adaptation(scale=1.0, averaging=False))
    >>> float(state.params["w"][0]), float(metrics["loss"][0])
    (1.0, 4.0)
    """
    optimizer = optax.with_extra_args_support(optimizer)

    def step(state: State, batch: Tree, adaptation: Adaptation) -> tuple[State, Metrics]:
        key, scale = jax.random.fold_in(state.key, state.step), state.loss_scale
        gradients, (carry, metrics) = _gradients(loss, state, batch, key)
        weight = metrics.pop(WEIGHT, metrics["loss"])[1]
        one, loss_finite = jnp.float32(1), _finite(metrics)
        metrics = {**metrics, "gradient_norm": (optax.tree.norm(gradients), one)}
        if rate is not None:
            metrics["rate"] = (adaptation.scale * rate(state.step), one)
        extra = {"weight": weight}
        averaging: Array | bool = adaptation.averaging
        usable = _finite(metrics)
        overflow: Array | bool = False
        if scale is not None:
            metrics, overflow, scale = _rescaled(metrics, loss_finite, scale)
        if skip:
            applied = usable | overflow  # what the scale is at fault for is not counted as skipped
            carry = jax.tree.map(lambda new, old: jnp.where(applied, new, old), carry, state.carry)
            metrics = {name: _if(applied, pair) for name, pair in metrics.items()}
            metrics[SKIPPED] = (one - applied, one)
        if skip or scale is not None:
            extra["usable"], averaging = usable, averaging & usable
        updates, moments = optimizer.update(gradients, state.optimizer, state.params, **extra)
        updates = jax.tree.map(lambda u: (u * adaptation.scale).astype(u.dtype), updates)
        params = moved(state.params, updates)
        average, averaged = _average(state, params, averaging)
        step = state.step + 1
        return State(params, moments, carry, state.key, step, average, averaged, scale), metrics

    return jax.jit(step, donate_argnums=0)


def _gradients(loss: Loss, state: State, batch: Tree, key: Array) -> tuple[Params, Any]:
    """Those of the loss, and what else it gives: (carry, metrics)."""

    def scaled(params: Params) -> tuple[Array, tuple[Carry, Metrics]]:
        value, aux = loss(params, state.carry, batch, key=key)
        return (value if state.loss_scale is None else value * state.loss_scale.scale), aux

    gradients, aux = jax.grad(scaled, has_aux=True)(state.params)
    if state.loss_scale is not None:
        inverse = 1 / state.loss_scale.scale  # a power of two, as the scale is
        gradients = jax.tree.map(lambda g: g * inverse.astype(g.dtype), gradients)
    return gradients, aux


def _rescaled(
    metrics: Metrics, loss_finite: Array, scale: LossScale
) -> tuple[Metrics, Array, LossScale]:
    """(metrics in which a gradient that overflowed does not count, whether it did, next scale)."""
    norm = metrics["gradient_norm"]
    finite = jnp.isfinite(norm[0])
    overflow = scale.overflow(loss_finite, finite)
    reported = {"gradient_norm": _if(~overflow, norm), "loss_scale": (scale.scale, jnp.float32(1))}
    return {**metrics, **reported}, overflow, scale.after(overflow, finite)


def _finite(metrics: Metrics) -> Array:
    """Whether all totals are numbers."""
    return jnp.all(jnp.stack([jnp.isfinite(total) for total, _ in metrics.values()]))


def _if(usable: Array, pair: tuple[Array, Array]) -> tuple[Array, Array]:
    """(total, count), or (0, 0)."""
    total, count = (jnp.where(usable, value, 0) for value in pair)
    return total, count

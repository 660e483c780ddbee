"""Optimizers of optax by name, with clipping, weight decay, a schedule and accumulation."""

from __future__ import annotations

from collections.abc import Callable

import optax

from seqjax.basics import checks
from seqjax.training.accumulation import accumulated, groups, leaving_out
from seqjax.training.config import Optimization
from seqjax.training.schedules import Schedule, schedule

OPTIMIZERS: dict[str, Callable[[Optimization, Schedule], optax.GradientTransformation]] = {
    "sgd": lambda c, rate: optax.sgd(rate),
    "momentum": lambda c, rate: optax.sgd(rate, c.momentum),
    "nesterov": lambda c, rate: optax.sgd(rate, c.momentum, nesterov=True),
    "adam": lambda c, rate: optax.adam(rate, c.momentum, c.beta2, c.epsilon),
    "adamw": lambda c, rate: optax.adamw(
        rate, c.momentum, c.beta2, c.epsilon, weight_decay=c.weight_decay
    ),
    "rmsprop": lambda c, rate: optax.rmsprop(rate, c.decay_rms, c.epsilon, eps_in_sqrt=False),
    "asgd": lambda c, rate: optax.sgd(rate),
}
"""All as in torch.optim, for gradients g, rate η and λ = weight_decay:

    sgd       θ ← θ - η g
    momentum  m ← μ m + g,  θ ← θ - η m                  (no 1 - μ, and η outside m)
    nesterov  m ← μ m + g,  θ ← θ - η (g + μ m)
    adam      θ ← θ - η m̂ / (√v̂ + ε)                     Kingma & Ba 2015, β₁ = momentum
    adamw     θ ← θ - η (m̂ / (√v̂ + ε) + λ θ)             Loshchilov & Hutter 2019
    rmsprop   v ← ρ v + (1 - ρ) g²,  θ ← θ - η g / (√v + ε)   v from 0, not centred, no momentum
    asgd      as sgd; the mean of θ over steps is kept by seqjax.training.adaptation
"""


def optimizer(
    config: Optimization, steps_per_epoch: int, steps: int, *, skip: bool = False
) -> optax.GradientTransformation:
    """Gradients to updates, to be added: clip by value, by global norm, decay, optimizer, rate.

    Clipping by norm takes g to g · clip / ‖g‖ where ‖g‖, over all parameters, exceeds ``clip``.
    ``weight_decay`` concerns every parameter, biases too, as in torch.optim: λ θ is added to the
    clipped gradient, except in adamw.
    With ``accumulate`` k, k - 1 updates are zero and the k-th is that of the mean gradient over all
    elements of k batches, as from one batch of all: ``update`` takes how many elements a gradient
    is a mean over, ``weight``. Clipping sees the mean. The batches that are left at the end of an
    epoch make an update too: ``groups``. Its rate is that of the first batch of the group.
    All updates are proportional to the rate, so a plateau may multiply the updates instead.

    Args:
      config: every option.
      steps_per_epoch: batches of an epoch.
      steps: batches of the whole run.
      skip: ``update`` takes ``usable``, and leaves out a gradient where it is False.

    Raises:
      ValueError: for an unknown optimizer or schedule, options that ``validate`` refuses, numbers
        of steps below 1, or ``accumulate`` above ``steps``.

    >>> import jax.numpy as jnp
    >>> sgd = optimizer(Optimization(optimizer="sgd", rate=0.5, clip=1.0), 10, 10)
    >>> gradients, params = {"w": jnp.array([3.0, 4.0])}, {"w": jnp.zeros(2)}
    >>> sgd.update(gradients, sgd.init(params), params)[0]  # the norm 5 is clipped to 1
    {'w': Array([-0.3, -0.4], dtype=float32)}
    """
    make = checks.lookup("optimizer", OPTIMIZERS, config.optimizer)
    rate, k = schedule(config, steps_per_epoch, steps), config.accumulate
    batches = groups(config, steps_per_epoch, steps)
    if k > steps:
        raise ValueError(f"accumulate: got {k}, want at most {steps}, the number of steps")
    parts = []
    if config.clip_value:
        parts.append(optax.clip(config.clip_value))
    if config.clip:
        parts.append(optax.clip_by_global_norm(config.clip))
    if config.weight_decay and config.optimizer != "adamw":
        parts.append(optax.add_decayed_weights(config.weight_decay))
    chain = optax.chain(*parts, make(config, lambda update: rate(batches.first(update))))
    if k > 1:
        return accumulated(chain, batches)
    return leaving_out(chain) if skip else chain

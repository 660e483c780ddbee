"""The learning rate at a step, where it follows from the step alone."""

from __future__ import annotations

from collections.abc import Callable

import jax.numpy as jnp
import optax

from seqjax.basics import checks
from seqjax.basics.types import Array
from seqjax.training.config import Optimization, validate

Schedule = Callable[[Array | int], Array | float]
"""step from 0 on -> learning rate"""


def _constant(config: Optimization, epoch: int, steps: int) -> Schedule:
    return lambda step: config.rate


def _step(config: Optimization, epoch: int, steps: int) -> Schedule:
    """rate · decayᵏ, k = max(0, ⌊(e - decay_after) / decay_every⌋ + 1) in epoch e = 0, 1, ...

    So the first ``decay_after`` epochs run at the full rate and the one after them is the first
    decayed one. With decay_every 1 that is decay^max(e + 1 - decay_after, 0), the rule of the
    TensorFlow tutorial for the models of Zaremba et al. 2014, whose small one has rate 1, decay
    0.5, decay_after 4; the medium one 0.8 after 6; the large one 1 / 1.15 after 14.
    """

    def rate(step: Array | int) -> Array:
        # In integers: optax.exponential_decay divides floats, which under jit become products
        # with a rounded reciprocal and may miss the first step of an epoch.
        decays = (jnp.asarray(step) // epoch - config.decay_after) // config.decay_every + 1
        return config.rate * jnp.power(config.decay, jnp.maximum(decays, 0).astype(jnp.float32))

    return rate


def _cosine(config: Optimization, epoch: int, steps: int) -> Schedule:
    cosine: Schedule = optax.cosine_decay_schedule(config.rate, steps, alpha=config.final)
    return cosine


def _one_cycle(config: Optimization, epoch: int, steps: int) -> Schedule:
    """Linear from rate / 25 to the rate, then a cosine to final · rate (Smith & Topin 2019)."""
    cycle: Schedule = optax.warmup_cosine_decay_schedule(
        config.rate / 25, config.rate, int(config.warmup * steps), steps, config.final * config.rate
    )
    return cycle


SCHEDULES: dict[str, Callable[[Optimization, int, int], Schedule]] = {
    "constant": _constant,
    "step": _step,
    "cosine": _cosine,
    "one_cycle": _one_cycle,
    # What a plateau does to the rate depends on evaluations: seqjax.training.adaptation.
    "plateau": _constant,
}


def schedule(config: Optimization, steps_per_epoch: int, steps: int) -> Schedule:
    """step -> rate, both from 0 on; a step is a batch, also where several make one update.

    cosine and one_cycle end at ``steps``; step counts epochs of ``steps_per_epoch``. Under
    "plateau" the rate is constant here and to be multiplied by ``Adaptation.scale``.

    Raises:
      ValueError: for an unknown schedule, options that ``validate`` refuses, or numbers of steps
        below 1.

    >>> rate = schedule(Optimization(schedule="step", rate=1.0, decay=0.5, decay_after=2), 10, 50)
    >>> [float(rate(step)) for step in (0, 19, 20, 30)]
    [1.0, 1.0, 0.5, 0.25]
    """
    make = checks.lookup("schedule", SCHEDULES, config.schedule)
    validate(config)
    checks.positive("steps_per_epoch", steps_per_epoch)
    checks.positive("steps", steps)
    return make(config, steps_per_epoch, steps)

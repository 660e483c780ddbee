"""Sequences of yes-or-no vectors drawn from a model, such as music key by key."""

from __future__ import annotations

import math
from collections.abc import Callable

import jax
import jax.numpy as jnp

from seqjax.basics import checks
from seqjax.basics.types import Array, Carry

FrameStep = Callable[[Carry, Array], tuple[Carry, Array]]
"""(carry, frame [B, K]) -> (carry, logits [B, K]); a frame of zeros comes before the first one"""


def sample_frames(
    step: FrameStep,
    carry: Carry,
    prompt: Array,
    *,
    steps: int,
    temperature: float | Array = 1.0,
    key: Array,
) -> Array:
    """bool [P + steps, B, K]: the prompt bool [P, B, K] and what follows it.

        x_tk ~ Bernoulli(σ(logit_k(x_1 ... x_{t-1}) / temperature))

    for each key k on its own; a temperature of 0 takes the likelier of both. P may be 0: then the
    piece comes from nothing. What a row gets depends on its number and the key, not on other rows.

    Raises:
      ValueError: for steps below 1, a prompt of another shape, a temperature below 0 or not finite.

    >>> step = lambda carry, frame: (carry, jnp.where(frame, -9.0, 9.0))  # the other keys
    >>> prompt = jnp.array([[[True, False]]])
    >>> sample_frames(step, (), prompt, steps=2, temperature=0, key=jax.random.key(0))[:, 0]
    Array([[ True, False],
           [False,  True],
           [ True, False]], dtype=bool)
    """
    checks.positive("steps", steps)
    checks.key(key)
    if jnp.ndim(prompt) != 3:
        raise ValueError(f"prompt: got shape {list(jnp.shape(prompt))}, want [P, B, K]")
    if not isinstance(temperature, jax.core.Tracer) and not 0 <= temperature < math.inf:
        raise ValueError(f"temperature: got {temperature}, want a finite number of 0 or more")
    prompt_steps, rows, width = prompt.shape

    def draw_frame(
        state: tuple[Carry, Array], inputs: tuple[Array, Array]
    ) -> tuple[tuple[Carry, Array], Array]:
        carry, previous = state
        time, forced = inputs
        carry, logits = step(carry, previous)
        drawn = _draw(logits, temperature, jax.random.fold_in(key, time))
        frame = jnp.where(time < prompt_steps, forced, drawn)
        return (carry, frame), frame

    prompt = jnp.pad(jnp.asarray(prompt, bool), [(0, steps), (0, 0), (0, 0)])
    start = (carry, jnp.zeros((rows, width), bool))
    _, frames = jax.lax.scan(draw_frame, start, (jnp.arange(prompt_steps + steps), prompt))
    return frames


def _draw(logits: Array, temperature: float | Array, key: Array) -> Array:
    """bool [B, K] for logits [B, K]; each row has a key of its own."""
    keys = jax.vmap(jax.random.fold_in, (None, 0))(key, jnp.arange(len(logits)))
    scaled = logits / jnp.where(temperature == 0, 1, temperature)
    drawn = jax.vmap(jax.random.bernoulli)(keys, jax.nn.sigmoid(scaled))
    return jnp.where(temperature == 0, logits > 0, drawn)

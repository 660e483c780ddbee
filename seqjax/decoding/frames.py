"""Sequences of yes-or-no vectors drawn from a model, such as music key by key."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

from seqjax.basics import checks
from seqjax.basics.products import wide
from seqjax.basics.types import Array, Carry
from seqjax.decoding.row_options import TEMPERATURE, row_option

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

    for each key k on its own; a temperature of 0 takes the likelier of both. It is a number, or one
    for each row, [B]. P may be 0: then the piece comes from nothing. What a row gets depends on its
    number and the key, not on other rows. NaN is not true: no key sounds where logits are NaN and
    not known until the program runs.

    Raises:
      ValueError: for steps below 1, a prompt of another shape, a temperature below 0 or not finite
        or of another shape, or logits of NaN.

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
    prompt_steps, rows, width = prompt.shape

    def draw_frame(
        state: tuple[Carry, Array], inputs: tuple[Array, Array]
    ) -> tuple[tuple[Carry, Array], tuple[Array, Array]]:
        carry, previous = state
        time, forced = inputs
        carry, logits = step(carry, previous)
        drawn = _draw(logits, temperature, jax.random.fold_in(key, time))
        frame = jnp.where(time < prompt_steps, forced, drawn)
        return (carry, frame), (frame, jnp.isnan(logits).any())

    prompt = jnp.pad(jnp.asarray(prompt, bool), [(0, steps), (0, 0), (0, 0)])
    start = (carry, jnp.zeros((rows, width), bool))
    times = jnp.arange(prompt_steps + steps)
    _, (frames, undefined) = jax.lax.scan(draw_frame, start, (times, prompt))
    if not isinstance(undefined, jax.core.Tracer) and undefined.any():
        raise ValueError(f"step: got NaN as logits of frame {np.argmax(undefined)}, want numbers")
    return frames


def _draw(logits: Array, temperature: float | Array, key: Array) -> Array:
    """bool [B, K] for logits [B, K]; each row has a key of its own."""
    keys = jax.vmap(jax.random.fold_in, (None, 0))(key, jnp.arange(len(logits)))
    logits = logits.astype(wide(logits.dtype))
    temperature = row_option("temperature", temperature, logits, TEMPERATURE)
    greedy = temperature < jnp.finfo(logits.dtype).tiny
    scaled = logits / jnp.where(greedy, 1, temperature)
    drawn = jax.vmap(jax.random.bernoulli)(keys, jax.nn.sigmoid(scaled))
    return jnp.where(greedy, logits > 0, drawn)

"""Sequences drawn from a model, token by token, many rows at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp

from seqjax.basics import checks, masks
from seqjax.basics.types import Array, Carry
from seqjax.decoding.step import Step, grid, log_probability, row


class Samples(NamedTuple):
    """What was drawn; T is the length of the longest prompt plus ``steps``."""

    tokens: Array
    """int32 [T, B]: each row's prompt and what follows it; past its length EOS, or 0 without EOS"""
    lengths: Array
    """int32 [B], the prompt and EOS counted"""
    log_probabilities: Array
    """float32 [T, B]: log p of each token, prompts included, of softmax(logits); 0 past lengths;
    NaN for what is no id"""
    carry: Carry
    """after all of a row but its last token: hand it on with that token as ``first``"""


class _State(NamedTuple):
    time: Array
    token: Array
    done: Array
    samples: Samples


def sample(
    step: Step,
    carry: Carry,
    first: Array,
    *,
    steps: int,
    choose: Callable[..., Array],
    eos: int | None = None,
    prompt: Array | None = None,
    prompt_lengths: Array | None = None,
    key: Array,
) -> Samples:
    """Feeds ``first``, then the prompt, then what it drew, until EOS or the limit of each row.

    w_t ~ choose(logits(first, w_1, ..., w_{t-1})); the loop ends when all rows have ended. Log
    probabilities are the model's own, whatever temperature or filters ``choose`` applies. Where the
    logits of a row are NaN, or all that is allowed is -inf, its tokens are ``NO_TOKEN`` from there
    on, and their log probabilities NaN.
    What a row gets does not depend on other rows, if the same holds for ``choose`` and ``step``.

    Args:
      step: one step of the model.
      carry: the state before ``first`` is fed.
      first: int32 [B], such as BOS.
      steps: how many tokens a row may have after its own prompt.
      choose: ``choose(logits [B, V], key=key) -> int32 [B]``, such as
        ``functools.partial(decoding.choose, temperature=0.8)``.
      eos: the token that ends a row, unless it stands in a prompt.
      prompt: int32 [P, B].
      prompt_lengths: int32 [B]; None means P for all rows.
      key: of the random numbers; a greedy ``choose`` needs one too.

    Raises:
      ValueError: for ``steps`` below 1, shapes or dtypes that do not fit, an ``eos`` outside
        [0, V), prompt lengths outside [0, P] or without a prompt.

    >>> step = lambda carry, token: (carry, jax.nn.one_hot(token - 1, 4))  # 3, 2, 1, 0
    >>> greedy = lambda logits, key: logits.argmax(-1)
    >>> key = jax.random.key(0)
    >>> sample(step, (), jnp.array([3, 2]), steps=5, choose=greedy, eos=0, key=key).lengths
    Array([3, 2], dtype=int32)
    """
    checks.positive("steps", steps)
    checks.key(key)
    batch = row("first", first)
    prompt, starts = _prompt(prompt, prompt_lengths, batch)
    total = len(prompt) + steps
    prompt = jnp.pad(prompt, [(0, steps), (0, 0)])

    def unfinished(state: _State) -> Array:
        return ~state.done.all()

    def draw(state: _State) -> _State:
        time, _, done, samples = state
        carry, logits = step(samples.carry, state.token)
        if eos is not None:
            checks.one_id("eos", eos, logits.shape[-1])
        forced = time < starts
        token = jnp.where(forced, prompt[time], choose(logits, key=jax.random.fold_in(key, time)))
        token = jnp.where(done, 0 if eos is None else eos, token)
        logs = jnp.where(done, 0, log_probability(logits, token))
        samples = Samples(
            samples.tokens.at[time].set(token),
            samples.lengths + ~done,
            samples.log_probabilities.at[time].set(logs.astype(jnp.float32)),
            masks.choose(~done, carry, samples.carry),
        )
        ended = time + 1 == starts + steps
        ended = ended if eos is None else ended | (~forced & (token == eos))
        return _State(time + 1, token, done | ended, samples)

    empty = Samples(
        jnp.full((total, batch), 0 if eos is None else eos, jnp.int32),
        jnp.zeros(batch, jnp.int32),
        jnp.zeros((total, batch), jnp.float32),
        jax.tree.map(jnp.asarray, carry),
    )
    start = _State(jnp.int32(0), first.astype(jnp.int32), jnp.zeros(batch, bool), empty)
    return jax.lax.while_loop(unfinished, draw, start).samples


def _prompt(prompt: Array | None, lengths: Array | None, batch: int) -> tuple[Array, Array]:
    """Prompt int32 [P, B] and lengths int32 [B], checked; no prompt is one of no steps."""
    if prompt is None:
        if lengths is not None:
            raise ValueError("prompt_lengths: got lengths without a prompt, want both or neither")
        return jnp.zeros((0, batch), jnp.int32), jnp.zeros(batch, jnp.int32)
    steps, rows = grid("prompt", prompt)
    if rows != batch:
        raise ValueError(f"prompt: got {rows} rows, want {batch}, as many as first")
    if lengths is None:
        return prompt.astype(jnp.int32), jnp.full(batch, steps, jnp.int32)
    row("prompt_lengths", lengths, batch)
    if not isinstance(lengths, jax.core.Tracer) and ((lengths < 0) | (lengths > steps)).any():
        raise ValueError(f"prompt_lengths: got {lengths}, want 0 to {steps}, the steps of prompt")
    return prompt.astype(jnp.int32), jnp.asarray(lengths, jnp.int32)

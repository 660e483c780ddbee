"""Beam search: the likeliest sequences of a model, as far as a few candidates find them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from seqjax.basics import checks
from seqjax.basics.types import Array, Carry
from seqjax.decoding import filters
from seqjax.decoding.step import Step, log_softmax, row


class Beams(NamedTuple):
    """K hypotheses of each row, the best first; T is ``steps``."""

    tokens: Array
    """int32 [T, B, K]; EOS past the lengths"""
    lengths: Array
    """int32 [B, K], EOS counted; ``steps`` for one that was cut there; 0 where there were fewer
    sequences than K"""
    log_probabilities: Array
    """float32 [B, K]: log p(w), EOS included; -inf for no sequence, NaN where logits were"""
    scores: Array
    """float32 [B, K]: log p(w) / penalty(length), what the order is by"""


class _State(NamedTuple):
    time: Array
    token: Array  # int32 [B, K]
    ended: Array  # bool [B, K]
    tokens: Array  # int32 [T, B, K]
    lengths: Array
    logs: Array
    carry: Carry  # leaves [B K, ...]


def length_penalty(lengths: Array, alpha: float) -> Array:
    """((5 + length) / 6)^alpha (Wu et al. 2016, equation 14); alpha 0 is none.

    lengths [...] -> float32 [...].

    >>> length_penalty(jnp.array([1, 7]), 1.0)
    Array([1., 2.], dtype=float32)
    """
    return ((5 + jnp.asarray(lengths, jnp.float32)) / 6) ** alpha


def beam(
    step: Step,
    carry: Carry,
    first: Array,
    *,
    width: int,
    steps: int,
    eos: int,
    penalty: float = 0.0,
    forbid: Sequence[int] = (),
) -> Beams:
    """The ``width`` = K best sequences found from ``first`` on, each up to EOS or ``steps``.

        score(w) = log p(w) / ((5 + |w|) / 6)^penalty

    At each step every open hypothesis is continued with every token, and the best by log p are
    kept. One that ends keeps its place among the K, so the search narrows as hypotheses end, and is
    over when all have (Sutskever et al. 2014). K = 1 is greedy; with K as large as the number of
    sequences nothing is missed. What a row gets does not depend on other rows, if the same holds
    for ``step``.

    Args:
      step: one step of the model. It is given B K rows, the hypotheses of a row side by side.
      carry: the state before ``first`` is fed, leaves [B, ...].
      first: int32 [B], such as BOS.
      width: K.
      steps: most tokens of a hypothesis, EOS counted.
      eos: the token that ends one.
      penalty: how far longer hypotheses are preferred, 0 for not at all.
      forbid: tokens that no hypothesis may have; log p is still the model's own.

    Raises:
      ValueError: for sizes below 1, a penalty below 0, ``first`` that is not int [B], ids outside
        [0, V), or a forbidden EOS.

    >>> def step(carry, token):  # 1 with p = 0.6, then EOS = 0
    ...     first, then = jnp.log(jnp.array([[0.4, 0.6], [1.0, 1e-9]]))
    ...     return carry + 1, jnp.where(carry[:, None] == 0, first, then)
    >>> beams = beam(step, jnp.zeros(1), jnp.array([1]), width=2, steps=3, eos=0)
    >>> beams.tokens[:, 0].T  # best first
    Array([[1, 0, 0],
           [0, 0, 0]], dtype=int32)
    """
    checks.positive("width", width)
    checks.positive("steps", steps)
    batch = row("first", first)
    if not 0 <= penalty < float("inf"):
        raise ValueError(f"penalty: got {penalty}, want a finite number of 0 or more")
    if eos in forbid:
        raise ValueError(f"forbid: got {eos}, which is eos: no hypothesis could end")

    def unfinished(state: _State) -> Array:
        return (state.time < steps) & (~state.ended & (state.logs > -jnp.inf)).any()

    def extend(state: _State) -> _State:
        time, token, ended, tokens, lengths, logs, carry = state
        carry, logits = step(carry, token.reshape(-1))
        logs, parents, token = _best(_expand(logs, ended, logits, eos, forbid), ended, eos)
        # What is no sequence has not ended either, whatever it comes from: it gives up its place.
        real = logs > -jnp.inf
        ended = jnp.take_along_axis(ended, parents, -1) & real
        return _State(
            time + 1,
            token,
            ended | ((token == eos) & real),
            jnp.take_along_axis(tokens, parents[None], -1).at[time].set(token),
            jnp.take_along_axis(lengths, parents, -1) + ~ended,
            logs,
            jax.tree.map(lambda leaf: _reorder(leaf, parents), carry),
        )

    shape = (batch, width)
    start = _State(
        jnp.int32(0),
        jnp.broadcast_to(first.astype(jnp.int32)[:, None], shape),
        jnp.zeros(shape, bool),
        jnp.full((steps, *shape), eos, jnp.int32),
        jnp.zeros(shape, jnp.int32),
        # All K begin alike: but for the first, their continuations must not be taken.
        jnp.broadcast_to(jnp.where(jnp.arange(width) == 0, 0.0, -jnp.inf), shape),
        jax.tree.map(lambda leaf: jnp.repeat(jnp.asarray(leaf), width, axis=0), carry),
    )
    return _sorted(lax.while_loop(unfinished, extend, start), penalty, eos)


def _expand(logs: Array, ended: Array, logits: Array, eos: int, forbid: Sequence[int]) -> Array:
    """log p of each hypothesis with each token behind it, [B, K, V]; one that ended takes EOS."""
    size = logits.shape[-1]
    checks.one_id("eos", eos, size)
    next_logs = filters.forbid(log_softmax(logits), forbid).reshape(*logs.shape, size)
    eos_alone = jnp.where(jnp.arange(size) == eos, 0.0, -jnp.inf)
    return logs[..., None] + jnp.where(ended[..., None], eos_alone, next_logs)


def _best(expanded: Array, ended: Array, eos: int) -> tuple[Array, Array, Array]:
    """(log p, slot it comes from, token), each [B, K], of the K that are kept."""
    batch, width, size = expanded.shape
    stays = ended[..., None] & (jnp.arange(size) == eos)
    flat = expanded.reshape(batch, -1)
    _, best = lax.top_k(jnp.where(stays, jnp.inf, expanded).reshape(batch, -1), width)
    parents, tokens = jnp.divmod(best.astype(jnp.int32), size)
    return jnp.take_along_axis(flat, best, -1), parents, tokens


def _reorder(leaf: Array, parents: Array) -> Array:
    """[B K, ...] with the hypotheses of each row in the order of ``parents`` [B, K]."""
    batch, width = parents.shape
    return leaf[(jnp.arange(batch)[:, None] * width + parents).reshape(-1)]


def _sorted(state: _State, penalty: float, eos: int) -> Beams:
    """The best first; what is no sequence at all is empty, and last."""
    scores = state.logs / length_penalty(state.lengths, penalty)
    order = jnp.argsort(scores, axis=-1, descending=True, stable=True)
    lengths, logs, scores = (
        jnp.take_along_axis(a, order, -1) for a in (state.lengths, state.logs, scores)
    )
    real = logs > -jnp.inf
    tokens = jnp.take_along_axis(state.tokens, order[None], -1)
    return Beams(jnp.where(real, tokens, eos), jnp.where(real, lengths, 0), logs, scores)

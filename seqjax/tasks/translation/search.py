"""How translations are found: by beam search, or drawn from the model."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp

from seqjax import decoding
from seqjax.basics.types import Array, Params
from seqjax.data import BOS, EOS
from seqjax.decoding import Beams
from seqjax.models.encoder_decoder import EncoderDecoder
from seqjax.tasks.loaded import Loaded

Search = Callable[[Params, Array, Array, Array, Array], Beams]
"""(params, source [S, B], lengths [B], salts uint32 [B], key) -> the hypotheses of each row"""


class Method(NamedTuple):
    """What is searched for, and how far."""

    beam: int
    """hypotheses that are followed at once"""
    penalty: float
    temperature: float | None
    """None: by beam search; else one hypothesis is drawn"""
    limit: int
    """most tokens of a translation, its end counted"""
    begin: int
    """the id of BOS"""
    end: int
    """the id of EOS"""
    forbid: tuple[int, ...]
    """ids that no translation has"""


def method(loaded: Loaded, beam: int, penalty: float, temperature: float | None) -> Method:
    """The method for a run; its translations have neither BOS nor UNK in them."""
    target = loaded.vocabularies["target"]
    begin, end = target.encode([BOS, EOS]).tolist()
    forbid = (begin,) if target.unk is None else (begin, target.unk)
    return Method(beam, penalty, temperature, loaded.record["data"]["limit"], begin, end, forbid)


@functools.lru_cache(maxsize=8)
def searcher(model: EncoderDecoder, method: Method) -> Search:
    """The search, compiled once for a model and a method.

    What is drawn for a row depends on the key and the row's salt, not on its place in the batch.
    """
    begin, end, forbid = method.begin, method.end, method.forbid

    def search(params: Params, source: Array, lengths: Array, salts: Array, key: Array) -> Beams:
        memory, carry = model.encode(params, source, lengths)
        step = functools.partial(model.step, params, memory)
        first = jnp.full(source.shape[1], begin, jnp.int32)
        if method.temperature is None:
            return decoding.beam(
                step, carry, first, width=method.beam, steps=method.limit, eos=end,
                penalty=method.penalty, forbid=forbid,
            )  # fmt: skip
        choose = functools.partial(_choose, method.temperature, forbid, salts)
        drawn = decoding.sample(
            step, carry, first, steps=method.limit, choose=choose, eos=end, key=key
        )
        logs = drawn.log_probabilities.sum(0)[:, None]
        return Beams(drawn.tokens[..., None], drawn.lengths[:, None], logs, logs)

    return jax.jit(search)


def _choose(
    temperature: float, forbid: tuple[int, ...], salts: Array, logits: Array, *, key: Array
) -> Array:
    """int32 [B]: a token of each row of logits [B, V], by the key with the row's salt in it."""

    def one(row: Array, salt: Array) -> Array:
        own = jax.random.fold_in(key, salt)
        drawn = decoding.choose(row[None], temperature=temperature, forbid=forbid, key=own)
        return drawn[0]

    tokens: Array = jax.vmap(one)(logits, salts)
    return tokens

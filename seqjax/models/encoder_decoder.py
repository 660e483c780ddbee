"""Encoder-decoders: p(w_1 ... w_T | v_1 ... v_S) = Π_t p(w_t | w_<t, v), of unequal lengths."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp

from seqjax.basics.types import Array, Carry, Params
from seqjax.layers import dropout, embedding
from seqjax.layers.attention import ATTENTIONS, Memory
from seqjax.models import encoder_decoder_config as configs
from seqjax.models.body import body
from seqjax.models.decoder import decoder, noise
from seqjax.models.encoder_decoder_config import EncoderDecoderConfig
from seqjax.models.heads import softmax
from seqjax.models.scheduled_sampling import mixed, share

Batch = dict[str, Array]
Metrics = dict[str, tuple[Array, Array]]


class EncoderDecoder(NamedTuple):
    """What training, evaluation and decoding need of an encoder-decoder.

    A batch is a dict of source int [S, B], inputs and targets int [T, B] (the same words, one step
    apart), source_lengths and target_lengths int [B].
    """

    init: Callable[[Array], Params]
    start: Callable[[Params], Carry]
    """params -> the carry of training: int32 [], steps so far, where forcing depends on them"""
    loss: Callable[..., tuple[Array, tuple[Carry, Metrics]]]
    """(params, carry, batch, *, key) -> (loss, (carry, {"loss": (Σ nats, tokens)}))"""
    evaluate: Callable[[Params, Carry, Batch], tuple[Carry, Metrics]]
    """(params, carry, batch) -> (carry, {"loss": (nats [T, B], weights [T, B])})"""
    encode: Callable[[Params, Array, Array], tuple[Memory | None, Carry]]
    """(params, source [S, B], lengths [B]) -> (memory, the decoder's carry before any word)"""
    step: Callable[[Params, Memory | None, Carry, Array], tuple[Carry, Array]]
    """(params, memory, carry, token [N]) -> (carry, logits [N, V]); N = B, or B K for K
    hypotheses of each row side by side"""
    weights: Callable[[Params, Batch], Array]
    """(params, batch) -> [T, S, B]: what each target word was written with a look at"""


def encoder_decoder(
    config: EncoderDecoderConfig, sources: int, targets: int, *, unseen: int = 0
) -> EncoderDecoder:
    """The model from ``sources`` ids, the last ``unseen`` of which are not trained, to ``targets``.

    The encoder's summary is, of each direction, the output at the end of its walk; how it becomes
    the decoder's first carry: ``decoder``. Parameters: {"words": {"w" [sources, E]}, "targets":
    {"w" [targets, E]}, "encoder": as ``body`` has them, "decoder": ..., "head": ...}. A tied head
    has {"b"} alone and takes its w from "targets".

    Raises:
      ValueError: for a configuration that contradicts itself; it names the option.
    """
    configs.validate(config)
    features = config.embedding or config.hidden
    scale = config.scale or (3 / features) ** 0.5
    words = embedding(sources, features, scale=scale, unseen=unseen)
    embed = embedding(targets, features, scale=scale)
    encoder = body(config)
    forwards = dataclasses.replace(config, bidirectional=False)
    attention = None
    if config.attention != "none":
        attention = ATTENTIONS[config.attention](config.attention_width or config.hidden)
    inner = decoder(forwards, attention, config.attend, features)
    out = dropout(config.dropout, locked=config.locked)
    head = softmax(targets, scale)

    def init(key: Array) -> Params:
        keys = jax.random.split(key, 5)
        params = {
            "words": words.init(keys[0], sources),
            "targets": embed.init(keys[1], targets),
            "encoder": encoder.init(keys[2], features),
            "decoder": inner.init(keys[3], features, encoder.width(features)),
            "head": head.init(keys[4], features),
        }
        if config.head == "tied":
            del params["head"]["w"]
        return params

    def start(params: Params) -> Carry:
        return () if config.forcing == "always" else jnp.int32(0)

    def encode(
        params: Params, source: Array, lengths: Array, *, key: Array | None = None
    ) -> tuple[Memory | None, Carry]:
        _, xs = words.apply(params["words"], source)
        _, encoded = encoder.apply(params["encoder"], xs, lengths, key=key)
        summary = _summary(encoded, lengths, config.hidden if config.bidirectional else 0)
        return inner.begin(params["decoder"], encoded, summary, lengths)

    def write(params: Params, batch: Batch, key: Array | None = None) -> tuple[Array, Array]:
        """(readouts [T, B, E], weights [T, S, B]) with the right words as inputs."""
        keys = (None, None) if key is None else jax.random.split(key)
        memory, carry = encode(params, batch["source"], batch["source_lengths"], key=keys[0])
        _, xs = embed.apply(params["targets"], batch["inputs"])
        return inner.walk(params["decoder"], memory, carry, xs, key=keys[1])[1]

    def guess(params: Params, right: Array, batch: Batch, key: Array) -> Array:
        """Readouts [T, B, E] where only that share of the inputs is right, the rest its own."""
        first, second, third = jax.random.split(key, 3)
        inputs = batch["inputs"]
        memory, begin = encode(params, batch["source"], batch["source_lengths"], key=first)

        def advance(carry: Carry, token: Array, key: Array | None) -> tuple[Carry, Array]:
            _, xs = embed.apply(params["targets"], token[None])
            carry, (readouts, _) = inner.advance(params["decoder"], memory, carry, xs, key=key)
            return carry, readouts[0]

        def best(readout: Array) -> Array:
            return head.logits(_shared(params), readout).argmax(-1).astype(inputs.dtype)

        nothing = jnp.zeros((inputs.shape[1], features))
        keys = noise(forwards, second, len(inputs))
        return mixed(advance, best, (begin, nothing), inputs, right, keys=keys, key=third)

    def loss(
        params: Params, carry: Carry, batch: Batch, *, key: Array | None = None
    ) -> tuple[Array, tuple[Carry, Metrics]]:
        keys = (None, None) if key is None else jax.random.split(key)
        if keys[0] is None or config.forcing == "always":
            readouts, _ = write(params, batch, keys[0])
        else:
            readouts = guess(params, share(config, carry), batch, keys[0])
            carry = carry + 1
        _, hs = out.apply({}, readouts, key=keys[1])
        total, count = head.total(_shared(params), hs, batch["targets"], _weights(batch))
        return total / jnp.maximum(count, 1), (carry, {"loss": (total, count)})

    def evaluate(params: Params, carry: Carry, batch: Batch) -> tuple[Carry, Metrics]:
        readouts, _ = write(params, batch)
        nats = head.elements(_shared(params), readouts, batch["targets"])
        return carry, {"loss": (nats, _weights(batch))}

    def step(
        params: Params, memory: Memory | None, carry: Carry, token: Array
    ) -> tuple[Carry, Array]:
        _, xs = embed.apply(params["targets"], token[None])
        carry, (readouts, _) = inner.advance(params["decoder"], memory, carry, xs)
        return carry, head.logits(_shared(params), readouts[0])

    def weights(params: Params, batch: Batch) -> Array:
        return write(params, batch)[1]

    return EncoderDecoder(init, start, loss, evaluate, encode, step, weights)


def _shared(params: Params) -> Params:
    """The head's parameters, with the target embedding's weights where they are tied."""
    return {"w": params["targets"]["w"], **params["head"]}


def _weights(batch: Batch) -> Array:
    real = jnp.arange(len(batch["targets"]))[:, None] < batch["target_lengths"]
    return real.astype(jnp.float32)


def _summary(encoded: Array, lengths: Array, hidden: int) -> Array:
    """[B, D]: the last output of each row; of the last D - ``hidden``, walked backwards, the first.

    Zero for a row of length 0.
    """
    last = jnp.take_along_axis(encoded, jnp.maximum(lengths - 1, 0)[None, :, None], axis=0)[0]
    return jnp.concatenate([last[:, :hidden], encoded[0, :, hidden:]], -1) if hidden else last

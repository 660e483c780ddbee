"""The layers of an encoder-decoder, from word ids to what its output layer reads."""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import jax
import jax.numpy as jnp

from seqjax.basics import checks
from seqjax.basics.types import Array, Carry, Layer, Params
from seqjax.layers import dropout, embedding
from seqjax.layers.attention import ATTENTIONS, Memory
from seqjax.models.body import body
from seqjax.models.decoder import Decoder, Outputs, decoder, noise
from seqjax.models.encoder_decoder_config import EncoderDecoderConfig
from seqjax.models.heads import Head, softmax
from seqjax.models.scheduled_sampling import mixed

Batch = dict[str, Array]


class Network(NamedTuple):
    """The parts. E is the width of embedded words and of readouts, D of the encoder's outputs."""

    config: EncoderDecoderConfig
    features: int
    """E"""
    source_embedding: Layer
    target_embedding: Layer
    encoder: Layer
    decoder: Decoder
    dropout: Layer
    """of the readouts"""
    head: Head


def network(config: EncoderDecoderConfig, sources: int, targets: int, *, unseen: int) -> Network:
    """The parts for ``sources`` ids, the last ``unseen`` not trained, and ``targets`` ids.

    Raises:
      ValueError: for layers that contradict themselves; ``encoder_decoder`` checks the rest.
    """
    features = config.embedding or config.hidden
    scale = config.scale or (3 / features) ** 0.5
    attention = None
    if config.attention != "none":
        attention = ATTENTIONS[config.attention](config.attention_width or config.hidden)
    return Network(
        config=config,
        features=features,
        source_embedding=embedding(sources, features, scale=scale, unseen=unseen),
        target_embedding=embedding(targets, features, scale=scale),
        encoder=body(config),
        decoder=decoder(
            dataclasses.replace(config, bidirectional=False), attention, config.attend, features
        ),
        dropout=dropout(config.dropout, locked=config.locked),
        head=softmax(targets, scale),
    )


def init(net: Network, sources: int, targets: int, key: Array) -> Params:
    """Parameters, as ``encoder_decoder`` describes them."""
    checks.key(key)
    words_key, targets_key, encoder_key, decoder_key, head_key = jax.random.split(key, 5)
    features = net.features
    params = {
        "words": net.source_embedding.init(words_key, sources),
        "targets": net.target_embedding.init(targets_key, targets),
        "encoder": net.encoder.init(encoder_key, features),
        "decoder": net.decoder.init(decoder_key, features, net.encoder.width(features)),
        "head": net.head.init(head_key, features),
    }
    if net.config.head == "tied":
        del params["head"]["w"]
    return params


def head_params(params: Params) -> Params:
    """The head's parameters, with the target embedding's weights where they are tied."""
    return {"w": params["targets"]["w"], **params["head"]}


def encode(
    net: Network, params: Params, source: Array, lengths: Array, *, key: Array | None = None
) -> tuple[Memory | None, Carry]:
    """(what the decoder attends to, its carry before any word) for source [S, B], lengths [B]."""
    _, xs = net.source_embedding.apply(params["words"], source)
    _, encoded = net.encoder.apply(params["encoder"], xs, lengths, key=key)
    forward_width = net.config.hidden if net.config.bidirectional else encoded.shape[-1]
    summary = _summary(encoded, lengths, forward_width)
    return net.decoder.begin(params["decoder"], encoded, summary, lengths)


def advance(
    net: Network,
    params: Params,
    memory: Memory | None,
    carry: Carry,
    token: Array,
    *,
    key: Array | None = None,
) -> tuple[Carry, Array]:
    """One step of the decoder: token int [N] -> (carry, readout [N, E])."""
    _, xs = net.target_embedding.apply(params["targets"], token[None])
    carry, (readouts, _) = net.decoder.advance(params["decoder"], memory, carry, xs, key=key)
    return carry, readouts[0]


def teacher_forced(net: Network, params: Params, batch: Batch, key: Array | None) -> Outputs:
    """(readouts [T, B, E], weights [T, S, B]) with the right words as the decoder's inputs."""
    encoder_key, decoder_key = (None, None) if key is None else jax.random.split(key)
    memory, carry = encode(net, params, batch["source"], batch["source_lengths"], key=encoder_key)
    _, xs = net.target_embedding.apply(params["targets"], batch["inputs"])
    _, outputs = net.decoder.walk(params["decoder"], memory, carry, xs, key=decoder_key)
    return outputs


def scheduled(net: Network, params: Params, batch: Batch, right: Array, key: Array) -> Array:
    """Readouts [T, B, E] with right words as inputs by chance ``right``, else the decoder's own."""
    encoder_key, decoder_key, choice_key = jax.random.split(key, 3)
    inputs = batch["inputs"]
    memory, carry = encode(net, params, batch["source"], batch["source_lengths"], key=encoder_key)

    def best(readout: Array) -> Array:
        return net.head.logits(head_params(params), readout).argmax(-1).astype(inputs.dtype)

    return mixed(
        lambda carry, token, key: advance(net, params, memory, carry, token, key=key),
        best,
        (carry, jnp.zeros((inputs.shape[1], net.features))),
        inputs,
        right,
        keys=noise(net.config, decoder_key, len(inputs)),
        key=choice_key,
    )


def _summary(encoded: Array, lengths: Array, forward_width: int) -> Array:
    """[B, D]: of both directions the output at the end of its walk; zero for a row of length 0.

    The first ``forward_width`` of encoded [S, B, D] end at the last step, the others at the first.
    """
    last = jnp.take_along_axis(encoded, jnp.maximum(lengths - 1, 0)[None, :, None], axis=0)[0]
    if forward_width == encoded.shape[-1]:
        return last
    return jnp.concatenate([last[:, :forward_width], encoded[0, :, forward_width:]], -1)

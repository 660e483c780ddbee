"""Encoder-decoders: p(w_1 ... w_T | v_1 ... v_S) = Π_t p(w_t | w_<t, v), of unequal lengths."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp

from seqjax.basics.types import Array, Carry, Params
from seqjax.layers.attention import Memory
from seqjax.models import encoder_decoder_config as configs
from seqjax.models import encoder_decoder_network as networks
from seqjax.models.door import checked
from seqjax.models.encoder_decoder_config import EncoderDecoderConfig
from seqjax.models.encoder_decoder_network import Batch, Network
from seqjax.models.scheduled_sampling import share
from seqjax.objectives import mean

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
    """(params, batch) -> attention [T, S, B]: what each target word was written with a look at"""


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

    >>> model = encoder_decoder(EncoderDecoderConfig(hidden=8), sources=20, targets=30)
    >>> params = model.init(jax.random.key(0))
    >>> memory, carry = jax.jit(model.encode)(params, jnp.array([[5], [2]]), jnp.array([2]))
    >>> jax.jit(model.step)(params, memory, carry, jnp.array([1]))[1].shape
    (1, 30)
    """
    configs.validate(config)
    net = networks.network(config, sources, targets, unseen=unseen)

    def init(key: Array) -> Params:
        return networks.init(net, sources, targets, key)

    def start(params: Params) -> Carry:
        return () if config.forcing == "always" else jnp.int32(0)

    def weights(params: Params, batch: Batch) -> Array:
        return networks.teacher_forced(net, params, batch, None)[1]

    model = EncoderDecoder(
        init,
        start,
        functools.partial(_loss, net),
        functools.partial(_evaluate, net),
        functools.partial(networks.encode, net),
        functools.partial(_step, net),
        weights,
    )
    return checked("encoder-decoder", model)


def _loss(
    net: Network, params: Params, carry: Carry, batch: Batch, *, key: Array | None = None
) -> tuple[Array, tuple[Carry, Metrics]]:
    """Mean nats of a target word: teacher forcing, or scheduled sampling where there is a key."""
    network_key, dropout_key = (None, None) if key is None else jax.random.split(key)
    if network_key is None or net.config.forcing == "always":
        readouts, _ = networks.teacher_forced(net, params, batch, network_key)
    else:
        right = share(net.config, carry)
        readouts = networks.scheduled(net, params, batch, right, network_key)
        carry = carry + 1
    _, hs = net.dropout.apply({}, readouts, key=dropout_key)
    head_params = networks.head_params(params)
    total, count = net.head.total(head_params, hs, batch["targets"], _real(batch))
    return mean(total, count), (carry, {"loss": (total, count)})


def _evaluate(net: Network, params: Params, carry: Carry, batch: Batch) -> tuple[Carry, Metrics]:
    readouts, _ = networks.teacher_forced(net, params, batch, None)
    nats = net.head.elements(networks.head_params(params), readouts, batch["targets"])
    return carry, {"loss": (nats, _real(batch))}


def _step(
    net: Network, params: Params, memory: Memory | None, carry: Carry, token: Array
) -> tuple[Carry, Array]:
    carry, readout = networks.advance(net, params, memory, carry, token)
    return carry, net.head.logits(networks.head_params(params), readout)


def _real(batch: Batch) -> Array:
    """float32 [T, B]: 1 for each target word, 0 in the padding."""
    real = jnp.arange(len(batch["targets"]))[:, None] < batch["target_lengths"]
    return real.astype(jnp.float32)

"""A recurrent decoder: walks over the words of one sequence while it attends to another."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from seqjax.basics import checks
from seqjax.basics.types import Array, Carry, Layer, Params
from seqjax.layers import dense
from seqjax.layers.attention import Attention, Memory
from seqjax.models.body import BodyConfig, body
from seqjax.models.decoder_wiring import WIRINGS, Bound, attend_memory, tanh_dense

WHY = "a decoder cannot see the words that it has not written yet"

Outputs = tuple[Array, Array]
"""readouts [T, B, R], attention weights [T, S, B]"""


class Decoder(NamedTuple):
    """What stands between embedded words and the output layer.

    The carry is (that of the layers, what is fed back: [B, ...] or ()).
    """

    init: Callable[[Array, int, int], Params]
    """(key, width of words E, width of the encoder's outputs D) -> params"""
    begin: Callable[[Params, Array, Array, Array], tuple[Memory | None, Carry]]
    """(params, encoded [S, B, D], summary [B, D], lengths) -> (memory, carry)"""
    advance: Callable[..., tuple[Carry, Outputs]]
    """(params, memory, carry, xs [T, B, E], *, key) -> (carry, (readouts [T, B, R], weights
    [T, S, B])); for one step alone where something is fed back"""
    walk: Callable[..., tuple[Carry, Outputs]]
    """``advance`` for any number of steps"""


def decoder(config: BodyConfig, attention: Attention | None, attend: str, readout: int) -> Decoder:
    """Layers of ``config`` with attention, and a readout of width R = ``readout``.

        after    h_t = layers(x_t),            c_t = attention(h_t)
        before   h_t = layers([x_t, c_t]),     c_t = attention(h_{t-1})    (Bahdanau et al. 2015)
        feed     h_t = layers([x_t, r_{t-1}]), c_t = attention(h_t)        (Luong et al. 2015)
        r_t = tanh([h_t, c_t, x_t] w + b)

    With ``after``, all steps are one call of the driver; the others are a scan. The carry before
    the first step is start + tanh(summary w + b), with a w and b of its own for each of its parts,
    whatever the cell; what is fed back (h_0 or r_0) is one of them.

    Parameters: {"body", "bridge": {"0": first part, ...}, "readout", "attention"}.

    Args:
      config: of the layers, in one direction.
      attention: None is a decoder that sees the summary alone; ``attend`` is then "after".
      attend: where attention enters: after, before or feed.
      readout: R.

    Raises:
      ValueError: for layers in both directions, or an unknown ``attend``.
    """
    layers = body(config, why=WHY, moved_start=True)
    wiring = checks.lookup("attend", WIRINGS, attend)
    width_fed_back = {"before": config.hidden, "feed": readout}.get(attend, 0)

    def start(params: Params, batch: int) -> Carry:
        fed_back = jnp.zeros((batch, width_fed_back)) if width_fed_back else ()
        return layers.start(params["body"], (batch,)), fed_back

    def init(key: Array, words: int, encoded: int) -> Params:
        body_key, bridge_key, readout_key, attention_key = jax.random.split(key, 4)
        context = 0 if attention is None else encoded
        inputs = words + {"before": context, "feed": readout}.get(attend, 0)
        hidden = layers.width(inputs)
        params: Params = {"body": layers.init(body_key, inputs)}
        params["bridge"] = _init_bridge(bridge_key, lambda: start(params, 1), encoded)
        params["readout"] = dense(readout).init(readout_key, hidden + context + words)
        params["attention"] = (
            {} if attention is None else attention.init(attention_key, hidden, encoded)
        )
        return params

    def begin(
        params: Params, encoded: Array, summary: Array, lengths: Array
    ) -> tuple[Memory | None, Carry]:
        carry = _bridge(params["bridge"], summary, start(params, summary.shape[0]))
        if attention is None:
            return None, carry
        return attention.remember(params["attention"], encoded, lengths), carry

    def advance(
        params: Params, memory: Memory | None, carry: Carry, xs: Array, *, key: Array | None = None
    ) -> tuple[Carry, Outputs]:
        return wiring(_bind(layers, attention, params, memory, key), carry, xs)

    def walk(
        params: Params, memory: Memory | None, carry: Carry, xs: Array, *, key: Array | None = None
    ) -> tuple[Carry, Outputs]:
        if attend == "after":
            return advance(params, memory, carry, xs, key=key)

        def step(carry: Carry, word: tuple[Array, Array | None]) -> tuple[Carry, Outputs]:
            x, step_key = word
            carry, outputs = advance(params, memory, carry, x[None], key=step_key)
            return carry, jax.tree.map(lambda a: a[0], outputs)

        return lax.scan(step, carry, (xs, noise(config, key, len(xs))))

    return Decoder(init, begin, advance, walk)


def noise(config: BodyConfig, key: Array | None, steps: int) -> Array | None:
    """A key for each step, [T], None without a key; where dropout is locked they are all equal.

    >>> noise(BodyConfig(dropout=0.5), jax.random.key(0), 3).shape
    (3,)
    """
    if key is None:
        return None
    return jnp.broadcast_to(key, (steps,)) if config.locked else jax.random.split(key, steps)


def _init_bridge(key: Array, start: Callable[[], Carry], encoded: int) -> Params:
    """A dense layer from the summary, of width ``encoded``, to each part of the start carry."""
    parts = jax.tree.leaves(jax.eval_shape(start))
    return {
        str(i): dense(part.size).init(jax.random.fold_in(key, i), encoded)
        for i, part in enumerate(parts)
    }


def _bridge(params: Params, summary: Array, start: Carry) -> Carry:
    """start + tanh(summary w + b), part by part."""
    parts, structure = jax.tree.flatten(start)
    for i, part in enumerate(parts):
        offset = tanh_dense(params[str(i)], summary)
        parts[i] = part + offset.reshape(part.shape).astype(part.dtype)
    return jax.tree.unflatten(structure, parts)


def _bind(
    layers: Layer,
    attention: Attention | None,
    params: Params,
    memory: Memory | None,
    key: Array | None,
) -> Bound:
    return Bound(
        layers=lambda xs, state: layers.apply(params["body"], xs, None, state, key=key),
        context=lambda queries: attend_memory(attention, params["attention"], queries, memory),
        readout=lambda *features: tanh_dense(params["readout"], jnp.concatenate(features, -1)),
    )

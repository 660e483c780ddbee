"""Embeddings of ids, and networks whose output weights are the embedding."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from seqjax.basics import checks, masks
from seqjax.basics.products import matmul
from seqjax.basics.types import Array, Carry, Layer, Params
from seqjax.layers.stateless import stateless


def embedding(vocabulary: int, features: int, *, scale: float | None = None) -> Layer:
    """y_t = w[id_t] for ids int [T, B], w [V, features]: the product of w and a one-hot vector.

    The width of the inputs is V. w begins as U(-scale, scale), by default with standard deviation
    features^{-1/2}. An id outside the vocabulary is an error, or NaN where ids are not known until
    the program runs.

    Raises:
      ValueError: for a size below 1, inputs that are no integers, or an id not in [0, V).
    """
    checks.positive("vocabulary", vocabulary)
    checks.positive("features", features)
    bound = (3 / features) ** 0.5 if scale is None else scale

    def init(key: Array, d: int) -> Params:
        if d != vocabulary:
            raise ValueError(f"d: got {d}, want {vocabulary}, the size of the vocabulary")
        return {"w": jax.random.uniform(key, (d, features), jnp.float32, -bound, bound)}

    def function(params: Params, ids: Array, key: Array | None) -> Array:
        checks.ids("xs", ids, vocabulary)
        return jnp.take(params["w"], ids, axis=0, mode="fill", fill_value=jnp.nan)

    return stateless(init, lambda d: features, function)


def tied(embed: Layer, body: Layer) -> Layer:
    """ids -> embed -> body -> logits h . w^T + b, with w the embedding (Press and Wolf 2017).

    Parameters: {"embed": {"w" [V, E]}, "body": ..., "b": [V]}. Carry: the body's. Outputs:
    logits [T, B, V].

    Raises:
      ValueError: from ``init``, if the body's outputs are not as wide as the embedding.
    """

    def init(key: Array, d: int) -> Params:
        first, second = jax.random.split(key)
        features = embed.width(d)
        if body.width(features) != features:
            raise ValueError(
                f"body: got outputs of width {body.width(features)}, want {features}, the width of"
                " the embedding they are tied to"
            )
        return {
            "embed": embed.init(first, d),
            "body": body.init(second, features),
            "b": jnp.zeros(d),
        }

    def logits(params: Params, hs: Array) -> Array:
        y = matmul(hs, params["embed"]["w"].T)
        return (y + params["b"]).astype(hs.dtype)

    def apply(
        params: Params,
        xs: Array,
        lengths: Array | None = None,
        carry: Carry | None = None,
        *,
        resets: Array | None = None,
        key: Array | None = None,
    ) -> tuple[Carry, Array]:
        keys = (None, None) if key is None else jax.random.split(key)
        _, inputs = embed.apply(params["embed"], xs, lengths, key=keys[0])
        carry, hs = body.apply(params["body"], inputs, lengths, carry, resets=resets, key=keys[1])
        real = masks.valid(None if lengths is None else jnp.asarray(lengths), xs.shape[0])
        return carry, masks.zero(real, logits(params, hs))

    def start(params: Params, batch_shape: tuple[int, ...]) -> Carry:
        return body.start(params["body"], batch_shape)

    look_up, inner = embed.step, body.step
    if look_up is None or inner is None:
        return Layer(init, lambda d: d, start, apply, None)

    def step(params: Params, carry: Carry, x: Array) -> tuple[Carry, Array]:
        carry, h = inner(params["body"], carry, look_up(params["embed"], (), x)[1])
        return carry, logits(params, h)

    return Layer(init, lambda d: d, start, apply, step)

"""Embeddings of ids, and networks whose output weights are the embedding."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from seqjax.basics import checks, masks
from seqjax.basics.indexing import rows
from seqjax.basics.products import matmul
from seqjax.basics.types import Array, Carry, Layer, Params
from seqjax.layers.stateless import stateless


def embedding(
    vocabulary: int, features: int, *, scale: float | None = None, unseen: int = 0
) -> Layer:
    """y_t = w[id_t] for ids int [T, B], w [V, features]: the product of w and a one-hot vector.

    The width of the inputs is V. w begins as U(-scale, scale), by default with standard deviation
    features^{-1/2}. An id outside the vocabulary is an error, or NaN where ids are not known until
    the program runs.

    The rows of the last ``unseen`` ids lie apart: {"w" [V - unseen, features], "unseen" [unseen,
    features]}. They are for words that no training text has but whose vector is known: they can be
    looked up and get no gradient, which would otherwise be an array of V rows at every step.

    On a GPU the gradient of w, a scatter-add, is slow with jaxlib 0.10.2 to 0.11.0 where a batch
    holds the same words many times (jax-ml/jax#38806); 0.10.1 is not affected.

    Raises:
      ValueError: for a size below 1, no row that is not unseen, inputs that are no integers, or an
        id not in [0, V).

    >>> import jax, jax.numpy as jnp
    >>> layer = embedding(1000, 32)
    >>> _, xs = layer.apply(layer.init(jax.random.key(0), 1000), jnp.array([[1], [999]]))
    >>> xs.shape
    (2, 1, 32)
    """
    checks.positive("vocabulary", vocabulary)
    checks.positive("features", features)
    if not 0 <= unseen < vocabulary:
        raise ValueError(
            f"unseen: got {unseen}, want 0 or more, below {vocabulary}, the vocabulary"
        )
    bound = (3 / features) ** 0.5 if scale is None else scale
    seen = vocabulary - unseen

    def init(key: Array, d: int) -> Params:
        checks.key(key)
        if d != vocabulary:
            raise ValueError(f"d: got {d}, want {vocabulary}, the size of the vocabulary")
        params = {"w": _uniform(key, seen, features, bound)}
        if unseen:
            params["unseen"] = _uniform(jax.random.fold_in(key, 1), unseen, features, bound)
        return params

    def function(params: Params, ids: Array, key: Array | None) -> Array:
        checks.ids("xs", ids, vocabulary)
        if not unseen:
            return rows(params["w"], ids)
        others = rows(jax.lax.stop_gradient(params["unseen"]), jnp.maximum(ids - seen, 0))
        return jnp.where(
            (ids < seen)[..., None], rows(params["w"], jnp.minimum(ids, seen - 1)), others
        )

    return stateless(init, lambda d: features, function)


def _uniform(key: Array, ids: int, features: int, bound: float) -> Array:
    return jax.random.uniform(key, (ids, features), jnp.float32, -bound, bound)


def tied(embed: Layer, body: Layer) -> Layer:
    """ids -> embed -> body -> logits h . w^T + b, with w the embedding (Press and Wolf 2017).

    Parameters: {"embed": {"w" [V, E]}, "body": ..., "b": [V]}. Carry: the body's. Outputs:
    logits [T, B, V].

    Raises:
      ValueError: from ``init``, if the body's outputs are not as wide as the embedding, or the
        embedding has rows that are unseen.
    """
    checks.layer(embed, "embed")
    checks.layer(body, "body")

    def init(key: Array, d: int) -> Params:
        checks.key(key)
        first, second = jax.random.split(key)
        features = embed.width(d)
        if body.width(features) != features:
            raise ValueError(
                f"body: got outputs of width {body.width(features)}, want {features}, the width of"
                " the embedding they are tied to"
            )
        embedded = embed.init(first, d)
        if "unseen" in embedded:
            raise ValueError("embed: got rows that are unseen, which no output weights can be")
        return {"embed": embedded, "body": body.init(second, features), "b": jnp.zeros(d)}

    def logits(params: Params, hs: Array) -> Array:
        y: Array = matmul(hs, params["embed"]["w"].T) + params["b"]
        return y.astype(hs.dtype)

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

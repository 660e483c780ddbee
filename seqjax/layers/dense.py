"""A linear map at every step."""

from __future__ import annotations

import jax.numpy as jnp
from jax.nn import initializers

from seqjax.basics import checks, parameters
from seqjax.basics.precision import of_layer
from seqjax.basics.products import matmul
from seqjax.basics.types import Array, Layer, Params
from seqjax.layers.stateless import stateless


def dense(features: int, *, bias: bool = True, precision: str | None = None) -> Layer:
    """y_t = x_t w + b for w [D, features], b [features]; glorot uniform and zero at first.

    Args:
      precision: of the product, one of ``seqjax.basics.precision.PRECISIONS``; None leaves it to
        the surroundings.

    Raises:
      ValueError: for an unknown precision, features below 1, parameters that are missing, too many
        or of another shape, or inputs of another width than theirs or that are integers.

    >>> import jax
    >>> {name: w.shape for name, w in dense(5).init(jax.random.key(0), 3).items()}
    {'w': (3, 5), 'b': (5,)}
    """
    checks.positive("features", features)
    checks.flag("bias", bias)

    def init(key: Array, d: int) -> Params:
        checks.key(key)
        checks.positive("d", d)
        w = initializers.glorot_uniform()(key, (d, features), jnp.float32)
        return {"w": w, "b": jnp.zeros(features)} if bias else {"w": w}

    def function(params: Params, x: Array, key: Array | None) -> Array:
        parameters.names("dense", params, ("w",), None)
        checks.width("xs", x.shape, len(params["w"]))
        checks.floating("xs", x)
        parameters.names("dense", params, ("w", "b") if bias else ("w",))
        parameters.shape("dense", "w", params["w"], (x.shape[-1], features))
        if bias:
            parameters.shape("dense", "b", params["b"], (features,))
        y = matmul(x, params["w"])
        return (y + params["b"] if bias else y).astype(x.dtype)

    return of_layer(stateless(init, lambda d: features, function), precision)

"""The units of a layer at each token of a text."""

from __future__ import annotations

import jax.numpy as jnp

from seqjax.basics import checks
from seqjax.basics.types import Array, Layer, Params


def activations(layer: Layer, params: Params, embedding: Array, ids: Array) -> Array:
    """Outputs [T, H] of a layer, or a stack of them, that reads one text.

    Args:
      embedding: [V, D], the vector of each token.
      ids: int [T], of the tokens; -1 is the zero vector.

    Raises:
      ValueError: for ids that are not in the embedding, or what the layer refuses.

    >>> import jax
    >>> from seqjax.cells import gru
    >>> from seqjax.layers import recurrent
    >>> layer = recurrent(gru(4))
    >>> params, vectors = layer.init(jax.random.key(0), 3), jnp.ones((5, 3))
    >>> lengths = jnp.array([4, 0, 2])
    >>> jax.jit(activations, static_argnums=0)(layer, params, vectors, lengths).shape
    (3, 4)
    """
    checks.layer(layer, "layer")
    ids = jnp.asarray(checks.array("ids", ids, "integers [T]"))
    if ids.ndim != 1 or not len(ids):
        raise ValueError(f"ids: got shape {ids.shape}, want [T], one token or more")
    checks.ids("ids", jnp.maximum(ids, 0), len(embedding))
    xs = jnp.where((ids >= 0)[:, None], jnp.asarray(embedding)[ids], 0)
    _, hs = layer.apply(params, xs[:, None])
    units: Array = hs[:, 0]
    return units

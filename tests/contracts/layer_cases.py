"""The table of layers that the contract suite walks: name -> (layer, input width)."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import jax
import numpy as np
import pytest
from covering import marked

from seqjax.cells import gru, gru_reset_before, layer_norm, lstm, rnn, zoneout
from seqjax.layers import (
    bidirectional,
    dense,
    dropout,
    embedding,
    positions,
    recurrent,
    residual,
    stack,
    tied,
)

D, V = 4, 11

ONE_WAY = {
    "recurrent": (recurrent(lstm(3)), D),
    "recurrent_step_only": (recurrent(gru_reset_before(3), "sequential"), D),
    "recurrent_chunked": (recurrent(gru(3), "chunked"), D),
    "stack": (stack([recurrent(lstm(5)), dropout(0.3), recurrent(gru(3), "sequential")]), D),
    "stack_of_stack": (stack([stack([recurrent(rnn(3)), dense(2)]), recurrent(gru(3))]), D),
    "residual": (residual(recurrent(layer_norm(lstm(D)))), D),
    "noisy_cell": (stack([recurrent(zoneout(lstm(3))), dropout(0.5, locked=True)]), D),
    "dense": (dense(3), D),
    "dense_without_bias": (dense(3, bias=False), D),
    "dropout": (dropout(0.5), D),
    "positions": (positions(9), D),
    "embedding": (stack([embedding(V, 3), recurrent(gru(3))]), V),
    "embedding_unseen": (embedding(V, 3, unseen=4), V),
    "tied": (tied(embedding(V, 3), stack([recurrent(lstm(5)), dense(3)])), V),
}
TWO_WAY = {
    "reverse": (recurrent(lstm(3), reverse=True), D),
    "bidirectional": (bidirectional(recurrent(lstm(3)), recurrent(gru(2), reverse=True)), D),
    "bidirectional_sum": (
        bidirectional(recurrent(rnn(3)), recurrent(gru(3), reverse=True), merge="sum"),
        D,
    ),
    "deep_bidirectional": (
        stack(
            [
                bidirectional(recurrent(lstm(2)), recurrent(lstm(2), reverse=True)),
                dropout(0.2),
                bidirectional(recurrent(gru(2)), recurrent(gru(2), reverse=True)),
            ]
        ),
        D,
    ),
    "residual_bidirectional": (
        residual(bidirectional(recurrent(gru(2)), recurrent(gru(2), reverse=True))),
        D,
    ),
}
LAYERS = ONE_WAY | TWO_WAY

ALIKE = {
    # Layers see no cell and no driver, and a layer does not see what it is made of.
    "recurrent_step_only": "recurrent",
    "recurrent_chunked": "recurrent",
    "stack_of_stack": "stack",
    "noisy_cell": "stack",
    "dense_without_bias": "dense",
    "embedding": "tied",
    "bidirectional_sum": "bidirectional",
    "deep_bidirectional": "bidirectional",
    "residual_bidirectional": "residual",
}
"""Layers and others of the same code: what their rows demand, those of the others do."""


def over_layers(names: Iterable[str], also: Collection[str] = ()) -> pytest.MarkDecorator:
    """Runs a test on these layers; those like others are ``product``, unless ``also`` has them."""
    rows = [(name,) for name in names]
    kept = [(name,) for (name,) in rows if name not in ALIKE or name in also]
    return pytest.mark.parametrize("name", marked(rows, kept))


def is_embedding(name: str) -> bool:
    """Whether the layer takes ids instead of vectors."""
    return name in ("embedding", "embedding_unseen", "tied")


def parameters(name: str, seed: int = 0) -> dict:
    """Random parameters, biases included, of the shapes that ``init`` promises."""
    layer, d = LAYERS[name]
    rng = np.random.default_rng(seed)
    shapes = jax.eval_shape(lambda: layer.init(jax.random.key(0), d))
    return jax.tree.map(lambda a: (0.5 * rng.normal(size=a.shape)).astype(a.dtype), shapes)


def inputs(name: str, steps: int, batch: int, seed: int = 0) -> np.ndarray:
    """Random inputs [T, B, D], or ids [T, B]."""
    rng = np.random.default_rng(seed)
    if is_embedding(name):
        return rng.integers(0, V, size=(steps, batch)).astype(np.int32)
    return rng.normal(size=(steps, batch, D)).astype(np.float32)

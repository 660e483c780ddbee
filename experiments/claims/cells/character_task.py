"""A small task: the next character of a text."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np

from experiments.claims.cells.small_task import SmallTask
from experiments.claims.claim import Text
from seqjax.basics.cell import Cell
from seqjax.basics.types import Array, Layer, Params, Tree
from seqjax.data import Vocabulary
from seqjax.data.builtin.documentation import documentation
from seqjax.layers import dense, embedding, recurrent, stack
from seqjax.objectives import bits, cross_entropy

CONTEXT, FEATURES = 40, 16
TRAINING, HELD_OUT = 200_000, 12_000
"""Characters of the text, one behind the other."""


@functools.cache
def character_task() -> SmallTask:
    """Python's documentation in windows of 40 characters, each from an empty state."""
    text = documentation()[: TRAINING + HELD_OUT]
    vocabulary = Vocabulary.build(text)
    ids, size = vocabulary.encode(list(text)), len(vocabulary)
    held_out = windows(ids[TRAINING:], CONTEXT)

    def network(cells: Sequence[Cell], driver: str) -> Layer:
        walks = [recurrent(cell, driver) for cell in cells]
        return stack([embedding(size, FEATURES), *walks, dense(size)])

    return SmallTask(
        "characters",
        Text("the next character of documentation", "문서의 다음 글자"),
        Text("bits per character", "글자당 비트"),
        lower=True,
        inputs=size,
        network=network,
        rows=windows(ids[:TRAINING], CONTEXT),
        loss=_nats,
        evaluate=lambda network, params: bits(1.0) * _nats(network, params, held_out),
    )


def windows(ids: np.ndarray, context: int) -> np.ndarray:
    """[N, context + 1], each beginning with the last id of the one before; a rest is left out.

    >>> windows(np.arange(8), 3).tolist()
    [[0, 1, 2, 3], [3, 4, 5, 6]]
    """
    starts = np.arange(0, len(ids) - context, context)
    return np.asarray(ids[starts[:, None] + np.arange(context + 1)])


def _nats(network: Layer, params: Params, rows: Tree) -> Array:
    ids = jnp.asarray(rows).T
    _, logits = network.apply(params, ids[:-1])
    return jnp.mean(cross_entropy(logits, ids[1:]))

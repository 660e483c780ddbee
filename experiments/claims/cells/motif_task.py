"""A small task: which letters of a row are part of a motif."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np

from experiments.claims.cells.small_task import SmallTask
from experiments.claims.claim import Text
from seqjax.basics.cell import Cell
from seqjax.basics.types import Array, Layer, Params, Tree
from seqjax.data.builtin.motifs import LETTERS, LONGEST, motif_tags
from seqjax.layers import bidirectional, dense, embedding, recurrent, stack
from seqjax.objectives import cross_entropy

TAGS = ("O", "B-box", "I-box", "B-site", "I-site")
FEATURES = 8


@functools.cache
def motif_task() -> SmallTask:
    """Made-up DNA, each letter tagged; networks see it from both ends."""
    held_out = _rows("test")

    def evaluate(network: Layer, params: Params) -> Array:
        logits, tags, real = _logits(network, params, held_out)
        return f1(jnp.argmax(logits, -1), tags, real)

    return SmallTask(
        "motifs",
        Text("which letters of DNA are part of a motif", "DNA에서 모티프에 속하는 글자"),
        Text("F1 of letters", "글자 단위 F1"),
        lower=False,
        inputs=len(LETTERS),
        network=_network,
        rows=_rows("train"),
        loss=_loss,
        evaluate=evaluate,
    )


def f1(guessed: Array, tags: Array, real: Array) -> Array:
    """2 right / (guessed + true) of tags other than O, number 0, letter by letter.

    >>> float(f1(jnp.array([1, 1, 0]), jnp.array([1, 2, 0]), jnp.array([True, True, True])))
    0.5
    """
    right = jnp.sum((guessed == tags) & (tags > 0) & real)
    both = jnp.sum((guessed > 0) & real) + jnp.sum((tags > 0) & real)
    return 2 * right / jnp.maximum(both, 1)


def _rows(part: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(letters [N, T], tags [N, T], lengths [N])."""
    sentences = motif_tags()[part]
    letters = np.zeros((len(sentences), LONGEST), np.int32)
    tags = np.zeros_like(letters)
    for i, sentence in enumerate(sentences):
        letters[i, : len(sentence.words)] = [LETTERS.index(word) for word in sentence.words]
        tags[i, : len(sentence.tags)] = [TAGS.index(tag) for tag in sentence.tags]
    return letters, tags, np.array([len(sentence.words) for sentence in sentences], np.int32)


def _network(cells: Sequence[Cell], driver: str) -> Layer:
    both = [
        bidirectional(recurrent(cell, driver), recurrent(cell, driver, reverse=True))
        for cell in cells
    ]
    return stack([embedding(len(LETTERS), FEATURES), *both, dense(len(TAGS))])


def _logits(network: Layer, params: Params, rows: Tree) -> tuple[Array, Array, Array]:
    letters, tags, lengths = (jnp.asarray(each) for each in rows)
    _, logits = network.apply(params, letters.T, lengths)
    return logits, tags.T, jnp.arange(LONGEST)[:, None] < lengths


def _loss(network: Layer, params: Params, rows: Tree) -> Array:
    logits, tags, real = _logits(network, params, rows)
    return jnp.sum(cross_entropy(logits, tags) * real) / jnp.sum(real)

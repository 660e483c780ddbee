"""Small networks that read a sentence and answer with one of two classes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from experiments.claims.sequences.sentences import for_each_seed, time_first
from experiments.claims.shared.population import trained
from seqjax.basics.types import Array, Params
from seqjax.layers import dense, embedding
from seqjax.models.classifier import Classifier, averaged, classifier
from seqjax.models.classifier_config import ClassifierConfig
from seqjax.objectives import cross_entropy

EMBEDDING, HIDDEN = 16, 32

Batch = dict[str, Any]
"""words int [B, T], lengths int [B], targets int [B]"""


class Reader(NamedTuple):
    """A network for ``population.trained``."""

    init: Callable[[Array], Params]
    loss: Callable[[Params, Batch, Array], Array]
    """(params, batch, key) -> mean nats"""
    predict: Callable[[Params, Batch], Array]
    """(params, batch) -> classes int [B]"""


def recurrent_reader(cell: str, vocabulary: int, *, hidden: int = HIDDEN) -> Reader:
    """The last state of one recurrent layer, and a layer of two outputs on it."""
    config = ClassifierConfig(
        cell=cell, hidden=hidden, embedding=EMBEDDING, bidirectional=False, dropout=0.0,
        pooling="last",
    )  # fmt: skip
    return _reader(classifier(config, vocabulary, 2))


def averaged_reader(vocabulary: int) -> Reader:
    """The mean of the embeddings, and a layer of two outputs on it."""
    return _reader(averaged(ClassifierConfig(embedding=EMBEDDING, dropout=0.0), vocabulary, 2))


def _reader(model: Classifier) -> Reader:
    def loss(params: Params, batch: Batch, key: Array) -> Array:
        rows = jnp.ones(len(batch["words"]))
        return model.loss(params, (), time_first(batch) | {"rows": rows})[0]

    def predict(params: Params, batch: Batch) -> Array:
        return model.predict(params, time_first(batch)).argmax(-1)

    return Reader(init=model.init, loss=loss, predict=predict)


def slot_network(
    vocabulary: int, slots: int, outputs: int
) -> tuple[Callable[[Array], Params], Callable[[Params, Batch], Array]]:
    """(init, scores [B, outputs]): embeddings side by side, a layer of tanh, a layer of outputs.

    A word has the same vector in every slot (zero in the padding); what the vectors are multiplied
    with is another matrix for each slot.
    """
    embed, hidden, out = embedding(vocabulary, EMBEDDING), dense(2 * HIDDEN), dense(outputs)

    def init(key: Array) -> Params:
        keys = jax.random.split(key, 3)
        return {
            "words": embed.init(keys[0], vocabulary),
            "hidden": hidden.init(keys[1], slots * EMBEDDING),
            "out": out.init(keys[2], 2 * HIDDEN),
        }

    def scores(params: Params, batch: Batch) -> Array:
        batch = time_first(batch)
        _, xs = embed.apply(params["words"], batch["words"], batch["lengths"])
        side_by_side = jnp.swapaxes(xs, 0, 1).reshape(1, xs.shape[1], -1)
        _, features = hidden.apply(params["hidden"], side_by_side)
        return out.apply(params["out"], jnp.tanh(features))[1][0]

    return init, scores


def feed_forward_reader(vocabulary: int, slots: int) -> Reader:
    """Two outputs of a ``slot_network``."""
    init, scores = slot_network(vocabulary, slots, 2)

    def loss(params: Params, batch: Batch, key: Array) -> Array:
        return cross_entropy(scores(params, batch), batch["targets"]).mean()

    return Reader(init, loss, lambda params, batch: scores(params, batch).argmax(-1))


def right(
    reader: Reader,
    train: Batch,
    test: Batch,
    *,
    seeds: Sequence[int],
    steps: int,
    batch: int,
    rate: float = 1e-2,
    say: Callable[[str], None] = lambda words: None,
    name: str = "",
) -> np.ndarray:
    """bool [S, N]: which of N test sentences a network trained from each seed gets right."""
    params = trained(
        reader.init, reader.loss, train, seeds=seeds, steps=steps, batch=batch, rate=rate, say=say,
        name=name,
    )  # fmt: skip
    chosen = for_each_seed(lambda params: reader.predict(params, test), params)
    return np.asarray(chosen == np.asarray(test["targets"]))


def side_by_side(reader: Reader, count: int) -> Reader:
    """``count`` networks that are trained together and know nothing of each other.

    A batch has words [B, count, T], lengths and targets [B, count], and so are predictions; the
    loss is the sum of theirs.
    """

    def init(key: Array) -> Params:
        return jax.vmap(reader.init)(jax.random.split(key, count))

    def loss(params: Params, batch: Batch, key: Array) -> Array:
        return jax.vmap(reader.loss, (0, 1, None))(params, batch, key).sum()

    return Reader(init, loss, jax.vmap(reader.predict, (0, 1), 1))

"""Classifiers of sequences, many-to-one: p(class | x_1 ... x_T)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike

from seqjax.basics import checks
from seqjax.basics.types import Array, Carry, Layer, Params
from seqjax.layers import dense, dropout, embedding, positions, stack
from seqjax.layers.pooling import Pooling, pooling
from seqjax.models import classifier_config as configs
from seqjax.models.body import body
from seqjax.models.classifier_config import ClassifierConfig
from seqjax.models.door import checked
from seqjax.objectives import masked, mean
from seqjax.objectives.classification import sigmoid_loss, softmax_loss

Batch = dict[str, Array]
Metrics = dict[str, tuple[Array, Array]]


class Classifier(NamedTuple):
    """What training, evaluation and prediction need of a classifier.

    A batch is a dict of words int [T, B], lengths int [B], rows [B] (0: no example) and targets:
    int [B], or probabilities [B, C], of multilabel 1 for each label that is there.
    """

    init: Callable[[Array], Params]
    loss: Callable[..., tuple[Array, tuple[Carry, Metrics]]]
    """(params, (), batch, *, key) -> (loss, ((), {"loss": (Σ nats, examples)}))"""
    evaluate: Callable[[Params, Carry, Batch], tuple[Carry, Metrics]]
    """(params, (), batch) -> ((), {"loss": (nats [B], rows), "error": (0 or 1 [B], rows)})

    Without class weights and smoothing. Of several labels the loss is the mean, and one that is
    wrong makes an error."""
    predict: Callable[[Params, Batch], Array]
    """(params, batch) -> probabilities [B, C]; of multilabel they are independent"""


def classifier(
    config: ClassifierConfig,
    vocabulary: int,
    classes: int,
    *,
    weights: ArrayLike | None = None,
    unseen: int = 0,
) -> Classifier:
    """embedding, positions if asked for, recurrent layers, pooling over time, a dense layer.

    Parameters: {"words": {"w" [V, E]}, "body": ..., "pooling": ..., "head": ...}.

    Args:
      vocabulary: number of word ids; 0 is the unknown word.
      weights: what each class counts in the loss, [C]; None is 1 each.
      unseen: how many of the ids, the last ones, are words that only a file of vectors has.

    Raises:
      ValueError: for a configuration that contradicts itself; it names the option.

    >>> model = classifier(ClassifierConfig(hidden=8, embedding=8), vocabulary=50, classes=3)
    >>> batch = {"words": jnp.array([[7], [3], [9]]), "lengths": jnp.array([2])}
    >>> params = model.init(jax.random.key(0))
    >>> jax.jit(model.predict)(params, batch).shape
    (1, 3)
    """
    pool = pooling(config.pooling, both_ways=config.bidirectional)
    layer = body(config)
    if config.positions > 0:
        layer = stack([positions(config.positions), layer])
    return _classifier(config, layer, pool, vocabulary, classes, weights, unseen)


def averaged(
    config: ClassifierConfig,
    vocabulary: int,
    classes: int,
    *,
    weights: ArrayLike | None = None,
    unseen: int = 0,
) -> Classifier:
    """The mean of the embeddings and a dense layer: a baseline that does not see order.

    Embedding, dropout and loss are those of ``config``; arguments as of ``classifier``.

    Raises:
      ValueError: for a configuration that contradicts itself; it names the option.
    """
    layer = dropout(config.dropout, locked=config.locked)
    return _classifier(config, layer, pooling("mean"), vocabulary, classes, weights, unseen)


def _classifier(
    config: ClassifierConfig,
    layer: Layer,
    pool: Pooling,
    vocabulary: int,
    classes: int,
    weights: ArrayLike | None,
    unseen: int,
) -> Classifier:
    configs.validate(config)
    configs.validate_classes(config, classes)
    checks.positive("vocabulary", vocabulary)
    class_weights = None if weights is None else np.asarray(weights, np.float32)
    embed = embedding(vocabulary, config.embedding, unseen=unseen)
    out = dense(1 if config.output == "binary" else classes)
    head = stack([dropout(config.dropout_output), out])

    def init(key: Array) -> Params:
        checks.key(key)
        keys = jax.random.split(key, 4)
        width = layer.width(config.embedding)
        return {
            "words": embed.init(keys[0], vocabulary),
            "body": layer.init(keys[1], config.embedding),
            "pooling": pool.init(keys[2], width),
            "head": head.init(keys[3], width),
        }

    def logits(params: Params, batch: Batch, key: Array | None = None) -> Array:
        keys: Any = (None,) * 3 if key is None else jax.random.split(key, 3)
        words, lengths = batch["words"], batch["lengths"]
        if key is not None and config.dropout_words:
            drop = jax.random.bernoulli(keys[0], config.dropout_words, words.shape)
            words = jnp.where(drop, 0, words)
        _, xs = embed.apply(params["words"], words, lengths)
        # Trees that were flattened may have lost parts without parameters.
        _, hs = layer.apply(params.get("body", {}), xs, lengths, key=keys[1])
        pooled = pool.apply(params.get("pooling", {}), hs, lengths)
        return head.apply(params["head"], pooled[None], key=keys[2])[1][0]

    def loss(
        params: Params, carry: Carry, batch: Batch, *, key: Array | None = None
    ) -> tuple[Array, tuple[Carry, Metrics]]:
        scores = logits(params, batch, key)
        nats = _nats(config, scores, batch["targets"], class_weights, config.smoothing)
        total, count = masked(nats, batch["rows"])
        return mean(total, count), ((), {"loss": (total, count)})

    def evaluate(params: Params, carry: Carry, batch: Batch) -> tuple[Carry, Metrics]:
        scores, targets, rows = logits(params, batch), batch["targets"], batch["rows"]
        nats = _nats(config, scores, targets, None, 0.0)
        wrong = _wrong(config, _probabilities(config, scores), targets).astype(nats.dtype)
        return (), {"loss": (nats, rows), "error": (wrong, rows)}

    def predict(params: Params, batch: Batch) -> Array:
        return _probabilities(config, logits(params, batch))

    return checked("classifier", Classifier(init, loss, evaluate, predict))


def _nats(
    config: ClassifierConfig,
    logits: Array,
    targets: Array,
    weights: np.ndarray | None,
    smoothing: float,
) -> Array:
    """The loss of each example, [B]."""
    if config.output == "multiclass":
        return softmax_loss(logits, targets, weights=weights, smoothing=smoothing)
    if config.output == "binary":
        targets = _class_ids(targets)[:, None]
        pair = None if weights is None else weights[:, None]
    else:
        # Of a label that is there; that it is not counts 1.
        pair = None if weights is None else np.stack([np.ones_like(weights), weights])
    return sigmoid_loss(logits, targets, weights=pair, smoothing=smoothing).mean(-1)


def _probabilities(config: ClassifierConfig, logits: Array) -> Array:
    if config.output == "multiclass":
        return jax.nn.softmax(logits)
    if config.output == "multilabel":
        return jax.nn.sigmoid(logits)
    return jnp.concatenate([jax.nn.sigmoid(-logits), jax.nn.sigmoid(logits)], -1)


def _wrong(config: ClassifierConfig, probabilities: Array, targets: Array) -> Array:
    """bool [B]: whether the likeliest class, or any of several labels, is not the target's."""
    if config.output == "multilabel":
        return ((probabilities > 0.5) != (targets > 0.5)).any(-1)
    return probabilities.argmax(-1) != _class_ids(targets)


def _class_ids(targets: Array) -> Array:
    """int [B] of indices or of one-hot vectors [B, C]."""
    return targets if targets.ndim == 1 else targets.argmax(-1)

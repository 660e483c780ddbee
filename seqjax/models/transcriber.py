"""From frames of features to labels: a sequence of them (CTC), or one for the whole."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp

from seqjax.basics import checks, masks
from seqjax.basics.options import option
from seqjax.basics.types import Array, Carry, Params
from seqjax.layers import dense, dropout
from seqjax.layers.pooling import pooling
from seqjax.models.body import BodyConfig, body
from seqjax.models.door import checked
from seqjax.objectives import cross_entropy, masked, mean
from seqjax.objectives.ctc import ctc_loss

OUTPUTS = {"ctc": 0, "label": 0}


@dataclasses.dataclass(frozen=True)
class TranscriberConfig(BodyConfig):
    """Recurrent layers between frames of features and labels."""

    bidirectional: bool = option(True, "walk each layer from both ends")
    output: str = option(
        "ctc", "ctc (a sequence of labels, without alignment) or label (one for the whole)"
    )
    stack: int = option(1, "frames that are put side by side into one step")
    pooling: str = option(
        "mean", "output=label: what the layers give, as one vector: last, mean, max or attention"
    )


def validate(config: TranscriberConfig) -> None:
    """Checks what no model can be made of; ``body`` checks the recurrent layers.

    Raises:
      ValueError: names the option that is out of range, unknown or unused.
    """
    checks.lookup("output", OUTPUTS, config.output)
    checks.positive("stack", config.stack)
    if config.output == "ctc" and config.pooling != TranscriberConfig().pooling:
        raise ValueError(f"pooling: got {config.pooling!r}, but with output=ctc nothing is pooled")


Batch = dict[str, Array]
Metrics = dict[str, tuple[Array, Array]]


class Transcriber(NamedTuple):
    """What training, evaluation and prediction need of a transcriber.

    A batch is a dict of features [T, B, D], lengths int [B] and rows [B] (0: a row that only fills
    up the batch), and of labels int [L, B] with labels_lengths int [B], or label int [B].
    """

    init: Callable[[Array], Params]
    loss: Callable[..., tuple[Array, tuple[Carry, Metrics]]]
    """(params, (), batch, *, key) -> (loss, ((), {"loss": (Σ nats, rows)}))"""
    evaluate: Callable[[Params, Carry, Batch], tuple[Carry, Metrics]]
    """(params, (), batch) -> ((), {"loss": (nats [B], rows [B])}); of output=label "error" too,
    (0 or 1 [B], rows)"""
    logits: Callable[[Params, Array, Array], tuple[Array, Array]]
    """(params, features [T, B, D], lengths [B]) -> (logits, lengths): of the labels and, last, the
    blank [T / stack, B, K + 1] with the steps of each row; or of the labels [B, K] and those"""
    blank: int
    """K, the id that stands for no label"""


def transcriber(config: TranscriberConfig, width: int, labels: int) -> Transcriber:
    """The model of frames of ``width`` features that knows ``labels`` labels.

    Parameters: {"body": ..., "pooling": ..., "out": {"w", "b"}}.

    Raises:
      ValueError: for a configuration that contradicts itself; it names the option.

    >>> model = transcriber(TranscriberConfig(hidden=8, stack=2), width=3, labels=5)
    >>> params = model.init(jax.random.key(0))
    >>> logits, steps = jax.jit(model.logits)(params, jnp.zeros((6, 1, 3)), jnp.array([5]))
    >>> logits.shape, steps  # of 5 labels and the blank
    ((3, 1, 6), Array([3], dtype=int32))
    """
    validate(config)
    checks.positive("width", width)
    checks.positive("labels", labels)
    layers, last = body(config), dropout(config.dropout, locked=config.locked)
    hidden = layers.width(config.stack * width)
    pools = config.output == "label"
    pool = pooling(config.pooling, both_ways=config.bidirectional)
    out = dense(labels if pools else labels + 1)

    def init(key: Array) -> Params:
        checks.key(key)
        body_key, pooling_key, out_key = jax.random.split(key, 3)
        return {
            "body": layers.init(body_key, config.stack * width),
            "pooling": pool.init(pooling_key, hidden) if pools else {},
            "out": out.init(out_key, hidden),
        }

    def forward(
        params: Params, features: Array, lengths: Array, key: Array | None
    ) -> tuple[Array, Array]:
        keys = (None, None) if key is None else jax.random.split(key)
        xs, steps = stacked(features, lengths, config.stack)
        _, hs = layers.apply(params["body"], xs, steps, key=keys[0])
        _, hs = last.apply({}, hs, key=keys[1])
        if pools:
            # Trees that were flattened may have lost parts without parameters.
            hs = pool.apply(params.get("pooling", {}), hs, steps)[None]
        _, logits = out.apply(params["out"], hs)
        return (logits[0] if pools else logits), steps

    def nats(batch: Batch, logits: Array, steps: Array) -> Array:
        if pools:
            return cross_entropy(logits, batch["label"])
        return ctc_loss(logits, steps, batch["labels"], batch["labels_lengths"], blank=labels)

    def loss(
        params: Params, carry: Carry, batch: Batch, *, key: Array | None = None
    ) -> tuple[Array, tuple[Carry, Metrics]]:
        scores, steps = forward(params, batch["features"], batch["lengths"], key)
        total, count = masked(nats(batch, scores, steps), batch["rows"])
        return mean(total, count), ((), {"loss": (total, count)})

    def evaluate(params: Params, carry: Carry, batch: Batch) -> tuple[Carry, Metrics]:
        scores, steps = forward(params, batch["features"], batch["lengths"], None)
        metrics = {"loss": (nats(batch, scores, steps), batch["rows"])}
        if pools:
            wrong = scores.argmax(-1) != batch["label"]
            metrics["error"] = (wrong.astype(jnp.float32), batch["rows"])
        return (), metrics

    def logits(params: Params, features: Array, lengths: Array) -> tuple[Array, Array]:
        return forward(params, features, lengths, None)

    return checked("transcriber", Transcriber(init, loss, evaluate, logits, labels))


def stacked(features: Array, lengths: Array, count: int) -> tuple[Array, Array]:
    """``count`` frames side by side: [T, B, D] -> [⌈T / count⌉, B, count D]; lengths as well.

    Behind the end of each row stand zeros, whatever was there.

    >>> stacked(jnp.arange(1.0, 4.0)[:, None, None], jnp.array([3]), 2)[0][:, 0]
    Array([[1., 2.],
           [3., 0.]], dtype=float32)
    """
    features = masks.zero(masks.valid(lengths, features.shape[0]), features)
    missing = -features.shape[0] % count
    features = jnp.pad(features, ((0, missing), (0, 0), (0, 0)))
    steps, batch, width = features.shape
    groups = features.reshape(steps // count, count, batch, width).swapaxes(1, 2)
    return groups.reshape(steps // count, batch, count * width), -(-lengths // count)

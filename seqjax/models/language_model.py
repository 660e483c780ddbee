"""Language models: p(w_1 ... w_T) = Π_t p(w_t | w_1 ... w_{t-1}), many-to-many of equal length."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp

from seqjax.basics import checks
from seqjax.basics.types import Array, Carry, Layer, Params
from seqjax.layers import dropout, embedding, recurrent, stack
from seqjax.models import language_model_config as configs
from seqjax.models.door import checked
from seqjax.models.heads import head
from seqjax.models.language_model_config import LanguageModelConfig
from seqjax.models.online_loss import online_loss
from seqjax.models.penalties import penalties
from seqjax.objectives import mean
from seqjax.objectives.sums import WEIGHT
from seqjax.online import METHODS

Batch = dict[str, Array]
Metrics = dict[str, tuple[Array, Array]]


class LanguageModel(NamedTuple):
    """What training, evaluation and decoding need of a language model.

    A batch is a dict of inputs int [T, B], targets int [T, B] and weights [T, B] (0: padding). It
    may have fresh bool [] (the state begins anew, in all rows), lengths int [B] (the state of a row
    stands still after them) and resets bool [T, B] (a row begins anew before those steps). An input
    of -1 is the zero vector.
    """

    init: Callable[[Array], Params]
    start: Callable[[Params, int], Carry]
    """(params, batch) -> the state before the first word"""
    loss: Callable[..., tuple[Array, tuple[Carry, Metrics]]]
    """(params, carry, batch, *, key) -> (loss, (carry, {"loss": (Σ nats, tokens)}))

    With loss_per=row there is "weight": (Σ nats, rows) too: this loss is a mean over rows."""
    evaluate: Callable[[Params, Carry, Batch], tuple[Carry, Metrics]]
    """(params, carry, batch) -> (carry, {"loss": (nats [T, B], weights [T, B])})"""
    step: Callable[[Params, Carry, Array], tuple[Carry, Array]]
    """(params, carry, token [B]) -> (carry, logits [B, V]), for decoding"""
    training_start: Callable[[Params, int], Carry]
    """(params, batch) -> the carry of ``loss`` before the first batch: ``start``, or an
    ``OnlineState`` with the influence of the parameters where ``credit`` is not bptt"""


def language_model(
    config: LanguageModelConfig, vocabulary: int, *, unseen: int = 0, unk: int = 0
) -> LanguageModel:
    """The model over ``vocabulary`` ids.

    Parameters: {"embed": {"w" [V, E]}, "body": {"1": first cell, "3": second, ...}, "head": ...}.
    A tied head has {"b"} alone and takes its w from the embedding.

    The last ``unseen`` ids are words that no training text has but whose vectors are known: they
    can be read, and lie apart as {"embed": {"unseen" [unseen, E]}}, but are never predicted. As
    targets they count as the word ``unk``, and logits are [..., V - unseen].

    Raises:
      ValueError: for a configuration that contradicts itself; it names the option.

    >>> model = language_model(LanguageModelConfig(hidden=8), vocabulary=50)
    >>> params = model.init(jax.random.key(0))
    >>> carry, logits = jax.jit(model.step)(params, model.start(params, 2), jnp.array([7, 3]))
    >>> logits.shape
    (2, 50)
    """
    configs.validate(config)
    checks.positive("vocabulary", vocabulary)
    features, widths = configs.widths(config)
    seen = vocabulary - unseen
    embed = embedding(vocabulary, features, scale=config.scale, unseen=unseen)
    body = _body(config, widths)
    out = dropout(config.dropout, locked=config.locked)
    output = head(
        config.head, seen, scale=config.scale, samples=config.samples, cutoffs=config.cutoffs
    )
    # What a head refuses about its width is refused here, not when parameters are made.
    jax.eval_shape(lambda: output.init(jax.random.key(0), widths[-1]))

    def init(key: Array) -> Params:
        checks.key(key)
        embed_key, body_key, head_key = jax.random.split(key, 3)
        params = {
            "embed": embed.init(embed_key, vocabulary),
            "body": body.init(body_key, features),
            "head": output.init(head_key, widths[-1]),
        }
        if config.head == "tied":
            del params["head"]["w"]
        return params

    def start(params: Params, batch: int) -> Carry:
        return body.start(params["body"], (batch,))

    def look_up(params: Params, ids: Array, key: Array | None = None) -> Array:
        nothing = ids == -1
        factors: Array = ~nothing
        if key is not None and config.dropout_words:
            keep = jax.random.bernoulli(key, 1 - config.dropout_words, (vocabulary,))
            factors = (factors & keep[ids]) / (1 - config.dropout_words)
        _, xs = embed.apply(params["embed"], jnp.where(nothing, 0, ids))
        return xs * factors[..., None].astype(xs.dtype)

    def known_targets(targets: Array) -> Array:
        only_read = (targets >= seen) & (targets < vocabulary)
        return jnp.where(only_read, unk, targets) if unseen else targets

    def forward(
        params: Params, carry: Carry, batch: Batch, key: Array | None
    ) -> tuple[Carry, Array]:
        """(carry, outputs of the last layer [T, B, H])."""
        keys = (None, None) if key is None else jax.random.split(key)
        inputs = batch["inputs"]
        if "fresh" in batch:
            fresh = start(params, inputs.shape[1])
            carry = jax.tree.map(lambda s, c: jnp.where(batch["fresh"], s, c), fresh, carry)
        xs = look_up(params, inputs, keys[0])
        ends = {"lengths": batch.get("lengths"), "resets": batch.get("resets")}
        return body.apply(params["body"], xs, carry=carry, key=keys[1], **ends)

    def score(
        params: Params, raw: Array, batch: Batch, keys: Sequence[Array | None] | Array
    ) -> tuple[Array, Metrics]:
        """(loss, metrics) of what the last layer gives, with keys for dropout and samples."""
        _, hs = out.apply({}, raw, key=keys[0])
        weights = batch["weights"]
        total, count = output.total(
            _head_params(config, params), hs, known_targets(batch["targets"]), weights, key=keys[1]
        )
        value = mean(total, count)
        value += penalties(config, raw, hs, weights, batch.get("resets"))
        metrics = {"loss": (total, count)}
        if config.loss_per == "row":
            rows = jnp.float32(weights.shape[1])
            value *= count / rows
            metrics[WEIGHT] = (total, rows)
        return value, metrics

    def loss(
        params: Params, carry: Carry, batch: Batch, *, key: Array | None = None
    ) -> tuple[Array, tuple[Carry, Metrics]]:
        keys = (None,) * 3 if key is None else jax.random.split(key, 3)
        carry, raw = forward(params, carry, batch, keys[0])
        value, metrics = score(params, raw, batch, keys[1:])
        return value, (carry, metrics)

    def evaluate(params: Params, carry: Carry, batch: Batch) -> tuple[Carry, Metrics]:
        carry, hs = forward(params, carry, batch, None)
        nats = output.elements(_head_params(config, params), hs, known_targets(batch["targets"]))
        return carry, {"loss": (nats, batch["weights"])}

    def step(params: Params, carry: Carry, token: Array) -> tuple[Carry, Array]:
        assert body.step is not None  # recurrent layers alone
        carry, h = body.step(params["body"], carry, look_up(params, token))
        return carry, output.logits(_head_params(config, params), h)

    training_start: Callable[[Params, int], Carry] = start
    if config.credit != configs.BPTT:
        loss, training_start = online_loss(
            METHODS[config.credit], configs.cell(config, widths[0]), vocabulary=vocabulary,
            look_up=look_up, start=start, forward=forward, score=score,
        )  # fmt: skip
    model = LanguageModel(init, start, loss, evaluate, step, training_start)
    return checked("language model", model)


def _body(config: LanguageModelConfig, widths: list[int]) -> Layer:
    """dropout, layer, dropout, layer, ...: what the last layer gives is not dropped here."""
    layers = []
    for i, hidden in enumerate(widths):
        rate = config.rate("hidden" if i else "input")
        layers.append(dropout(rate, locked=config.locked))
        layers.append(recurrent(configs.cell(config, hidden), config.driver))
    return stack(layers)


def _head_params(config: LanguageModelConfig, params: Params) -> Params:
    """The head's parameters, with the embedding's weights where they are tied."""
    head: Params = params["head"]
    return {**head, "w": params["embed"]["w"]} if config.head == "tied" else head

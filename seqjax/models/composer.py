"""One-to-many: a label, a beginning or nothing in, a sequence out.

p(x_1 ... x_T | label) = Π_t p(x_t | label, x_1 ... x_{t-1})
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from seqjax.basics import checks, indexing, masks
from seqjax.basics.options import option
from seqjax.basics.types import Array, Carry, Params
from seqjax.layers import dense, dropout
from seqjax.models.body import BodyConfig, body
from seqjax.models.door import checked
from seqjax.models.output_spaces import OutputSpace
from seqjax.objectives import masked, mean

CONDITIONS = ("input", "start")


@dataclasses.dataclass(frozen=True)
class ComposerConfig(BodyConfig):
    """Recurrent layers that are fed what they gave out, and perhaps a label."""

    embedding: int = option(32, "text: width of the embedding of a character")
    condition: str = option(
        "input", "how a label goes in: input (its embedding at every step) or start (the state"
        " before the first step)"
    )  # fmt: skip
    label_embedding: int = option(16, "condition=input: width of the embedding of a label")


def validate(config: ComposerConfig, labels: int) -> None:
    """Checks what no model can be made of; ``body`` checks the recurrent layers.

    Raises:
      ValueError: names the option that is out of range, unknown or unused.
    """
    checks.lookup("condition", dict.fromkeys(CONDITIONS), config.condition)
    for name in ("embedding", "label_embedding"):
        checks.positive(name, getattr(config, name))
    default = ComposerConfig()
    unused = []
    if not labels:
        unused = [(name, "without labels") for name in ("condition", "label_embedding")]
    elif config.condition != "input":
        unused = [("label_embedding", f"with condition={config.condition}")]
    for name, why in unused:
        if (value := getattr(config, name)) != getattr(default, name):
            raise ValueError(f"{name}: got {value!r} {why}: nothing would use it")


Batch = dict[str, Array]
Metrics = dict[str, tuple[Array, Array]]
FORWARD = "what is to be composed next is not known yet"


class Composer(NamedTuple):
    """What training, evaluation and sampling need of a one-to-many model.

    A batch is a dict of targets [T, B, ...], lengths int32 [B] and, where the model has labels,
    labels int32 [B]. Each row is a whole piece: the carry of training is ().
    """

    init: Callable[[Array], Params]
    start: Callable[..., Carry]
    """(params, batch, labels=None int [B]) -> the state before the first step"""
    loss: Callable[..., tuple[Array, tuple[Carry, Metrics]]]
    """(params, (), batch, *, key) -> (loss, ((), {"loss": (Σ nats, steps)}))"""
    evaluate: Callable[[Params, Carry, Batch], tuple[Carry, Metrics]]
    """(params, (), batch) -> ((), {"loss": (nats [T, B], weights [T, B]), ...})"""
    step: Callable[[Params, Carry, Array], tuple[Carry, Array]]
    """(params, carry, previous step [B, ...]) -> (carry, logits [B, outputs]), for sampling"""


def composer(config: ComposerConfig, output_space: OutputSpace, labels: int = 0) -> Composer:
    """The model of sequences over an output space, with so many ``labels``; 0 for none.

    At step t the inputs are x_{t-1} (nothing at first) and, with condition "input", the embedding
    of the label; with condition "start" each label has a state of its own to begin with.
    Parameters: those of the output space, {"label": ..., "body": ..., "head": {"w", "b"}}.

    Raises:
      ValueError: for a configuration that contradicts itself; it names the option. From ``start``
        and what calls it, for labels that are missing, not wanted, of another shape or outside
        [0, labels); NaN where these are not known until the program runs.

    >>> from seqjax.models.output_spaces import tokens
    >>> model = composer(ComposerConfig(hidden=8), tokens(30, 4), labels=2)
    >>> params = model.init(jax.random.key(0))
    >>> carry = model.start(params, 1, jnp.array([1]))
    >>> jax.jit(model.step)(params, carry, jnp.array([-1]))[1].shape  # before the first token: -1
    (1, 30)
    """
    validate(config, labels)
    as_input, as_start = (labels > 0 and config.condition == name for name in ("input", "start"))
    layers = body(config, why=FORWARD, moved_start=as_start)
    out, head = dropout(config.dropout, locked=config.locked), dense(output_space.outputs)
    width = output_space.width + config.label_embedding * as_input

    def init(key: Array) -> Params:
        checks.key(key)
        space_key, body_key, head_key, label_key = jax.random.split(key, 4)
        params = {**output_space.init(space_key), "body": layers.init(body_key, width)}
        params["head"] = head.init(head_key, layers.width(width))
        if as_input:
            shape = (labels, config.label_embedding)
            params["label"] = {"w": jax.random.normal(label_key, shape, jnp.float32)}
        if as_start:
            # Added to the state that the cells begin with, leaf by leaf; of complex ones to the
            # real part, since gradients of complex parameters are conjugate to those of optax.
            states = jax.tree.leaves(layers.start(params["body"], (labels,)))
            params["label"] = {str(i): jnp.zeros_like(s.real) for i, s in enumerate(states)}
        return params

    def start(params: Params, batch: int, label_ids: Array | None = None) -> Carry:
        ids: Any = _labels(label_ids, labels, batch)
        carry = layers.start(params["body"], (batch,))
        if as_start:
            states, structure = jax.tree.flatten(carry)
            states = [s + indexing.rows(params["label"][str(i)], ids) for i, s in enumerate(states)]
            carry = jax.tree.unflatten(structure, states)
        return carry, indexing.rows(params["label"]["w"], ids) if as_input else ()

    def feed(params: Params, label: Any, steps: Array) -> Array:
        xs = output_space.feed(params, steps)
        if not as_input:
            return xs
        return jnp.concatenate([xs, jnp.broadcast_to(label, (*xs.shape[:-1], label.shape[-1]))], -1)

    def logits(params: Params, batch: Batch, key: Array | None) -> Array:
        keys = (None, None) if key is None else jax.random.split(key)
        targets = batch["targets"]
        carry, label = start(params, targets.shape[1], batch.get("labels"))
        previous = jnp.concatenate([output_space.nothing(targets), targets[:-1]])
        xs = feed(params, label, previous)
        # Without lengths: behind the end of a row nothing counts and nothing comes back.
        _, hs = layers.apply(params["body"], xs, None, carry, key=keys[0])
        _, hs = out.apply({}, hs, key=keys[1])
        return head.apply(params["head"], hs)[1]

    def loss(
        params: Params, carry: Carry, batch: Batch, *, key: Array | None = None
    ) -> tuple[Array, tuple[Carry, Metrics]]:
        nats = output_space.nats(logits(params, batch, key), batch["targets"])
        total, count = masked(nats, _real(batch))
        return mean(total, count), (carry, {"loss": (total, count)})

    def evaluate(params: Params, carry: Carry, batch: Batch) -> tuple[Carry, Metrics]:
        scores, targets, real = logits(params, batch, None), batch["targets"], _real(batch)
        metrics = {"loss": (output_space.nats(scores, targets), real)}
        for name, (values, weights) in output_space.further(scores, targets).items():
            metrics[name] = (values, masks.zero(real > 0, weights))
        return carry, metrics

    def step(params: Params, carry: Carry, previous: Array) -> tuple[Carry, Array]:
        assert layers.step is not None  # one direction, forwards
        state, label = carry
        state, h = layers.step(params["body"], state, feed(params, label, previous))
        return (state, label), head.apply(params["head"], h[None])[1][0]

    return checked("composer", Composer(init, start, loss, evaluate, step))


def _real(batch: Batch) -> Array:
    """float32 [T, B]: 1 where there is a step."""
    real = masks.valid(batch["lengths"], batch["targets"].shape[0])
    return jnp.asarray(real, jnp.float32)


def _labels(ids: Array | None, labels: int, batch: int) -> Array | None:
    """The labels of a batch, checked; None where the model has none."""
    if (ids is None) != (labels == 0):
        got = "none" if ids is None else "some"
        raise ValueError(f"labels: got {got}, but the model was made for {labels or 'no'} labels")
    if ids is None:
        return None
    if jnp.shape(ids) != (batch,):
        raise ValueError(f"labels: got shape {list(jnp.shape(ids))}, want [{batch}]")
    checks.ids("labels", jnp.asarray(ids), labels)
    return jnp.asarray(ids)

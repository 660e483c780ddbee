"""What a generated sequence is made of at each step: frames of keys, or tokens."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax.numpy as jnp

from seqjax.basics import checks
from seqjax.basics.types import Array, Params
from seqjax.layers import embedding
from seqjax.objectives import cross_entropy
from seqjax.objectives.bernoulli import bernoulli, frame_accuracy

Metrics = dict[str, tuple[Array, Array]]


class OutputSpace(NamedTuple):
    """How a step of a sequence goes in, and how the next one is predicted."""

    init: Callable[[Array], Params]
    """key -> params"""
    width: int
    """of what goes in"""
    outputs: int
    """logits of a step"""
    nothing: Callable[[Array], Array]
    """targets [T, B, ...] -> what comes before the first step [1, B, ...]"""
    feed: Callable[[Params, Array], Array]
    """(params, steps [..., B, ...]) -> inputs [..., B, width]"""
    nats: Callable[[Array, Array], Array]
    """(logits [T, B, outputs], targets [T, B, ...]) -> nats [T, B]"""
    further: Callable[[Array, Array], Metrics]
    """(logits, targets) -> other metrics, with weights that know of no padding yet"""


def frames(keys: int) -> OutputSpace:
    """Frames bool [..., keys]: any number of keys at once, each on or off.

    A frame goes in as it is; each key has a Bernoulli output, and the loss of a frame is the sum
    over its keys. Before the first frame comes one of zeros.

    Raises:
      ValueError: for keys below 1; from nats, for logits and targets of different shapes.

    >>> frames(88).feed({}, jnp.zeros((5, 2, 88), bool)).shape
    (5, 2, 88)
    """
    checks.positive("keys", keys)
    return OutputSpace(
        init=lambda key: {},
        width=keys,
        outputs=keys,
        nothing=lambda targets: jnp.zeros_like(targets[:1]),
        feed=lambda params, steps: steps.astype(float),
        nats=bernoulli,
        further=lambda logits, targets: {"accuracy": frame_accuracy(logits, targets)},
    )


def tokens(vocabulary: int, features: int) -> OutputSpace:
    """Tokens int [...] of a vocabulary, embedded; the output is a softmax.

    Parameters: {"words": {"w" [V, features]}}. The id -1, before the first token, is the zero
    vector.

    Raises:
      ValueError: for a vocabulary or features below 1.

    >>> import jax
    >>> space = tokens(30, 8)
    >>> space.feed(space.init(jax.random.key(0)), jnp.array([[-1, 4]]))[0, 0].sum()
    Array(0., dtype=float32)
    """
    checks.positive("vocabulary", vocabulary)
    embed = embedding(vocabulary, features)

    def feed(params: Params, steps: Array) -> Array:
        nothing = steps == -1
        _, xs = embed.apply(params["words"], jnp.where(nothing, 0, steps))
        return xs * ~nothing[..., None]

    return OutputSpace(
        init=lambda key: {"words": embed.init(key, vocabulary)},
        width=features,
        outputs=vocabulary,
        nothing=lambda targets: jnp.full_like(targets[:1], -1),
        feed=feed,
        nats=cross_entropy,
        further=lambda logits, targets: {},
    )

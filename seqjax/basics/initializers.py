"""Initial weights by name: what libraries do by default, so that their results can be repeated.

    name      w_x [D, kH]               w_h [P, kH]                b                 forget gate
    default   glorot uniform, per gate  orthogonal, per gate       0                 +1
    torch     U(-1/sqrt H, 1/sqrt H)    the same                   two of the same   +0
    keras     glorot uniform, at once   orthogonal, at once        0                 +1
    flax      lecun normal, per gate    orthogonal, per gate       0                 +0
    haiku     N(0, 1/(D+P)), cut        the same                   0                 +1

"At once" takes all gates as one matrix: keras's orthogonal rows leave each gate's block with about
half the scale. torch adds two biases where we have one. haiku, as its LSTM does, cuts the normal at
two standard deviations without correcting for it. A forget gate that begins open: Gers et al. 2000,
Jozefowicz et al. 2015.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.nn import initializers as nn

from seqjax.basics import checks
from seqjax.basics.types import Array


class Sizes(NamedTuple):
    """d inputs, p fed back, h units, k gates."""

    d: int
    p: int
    h: int
    k: int


Initializer = nn.Initializer
Draw = Callable[[Array, Sizes], tuple[Array, Array, Array]]
"""(key, sizes) -> w_x [d, kh], w_h [p, kh], b [kh]"""


class Init(NamedTuple):
    """How the weights of a cell begin; all in float32."""

    draw: Draw
    forget: float = 0.0
    """Added to the bias of the forget gate."""


def _gates(function: Initializer, key: Array, rows: int, s: Sizes) -> Array:
    keys = jax.random.split(key, s.k)
    return jnp.concatenate([function(each, (rows, s.h), jnp.float32) for each in keys], -1)


def _per_gate(input: Initializer, recurrent: Initializer) -> Draw:
    def draw(key: Array, s: Sizes) -> tuple[Array, Array, Array]:
        first, second = jax.random.split(key)
        w_x, w_h = _gates(input, first, s.d, s), _gates(recurrent, second, s.p, s)
        return w_x, w_h, jnp.zeros(s.k * s.h)

    return draw


def _keras(key: Array, s: Sizes) -> tuple[Array, Array, Array]:
    first, second = jax.random.split(key)
    w_x = nn.glorot_uniform()(first, (s.d, s.k * s.h), jnp.float32)
    w_h = nn.orthogonal()(second, (s.p, s.k * s.h), jnp.float32)
    return w_x, w_h, jnp.zeros(s.k * s.h)


def _haiku(key: Array, s: Sizes) -> tuple[Array, Array, Array]:
    shape = (s.d + s.p, s.k * s.h)
    w = jax.random.truncated_normal(key, -2, 2, shape, jnp.float32) / jnp.sqrt(s.d + s.p)
    return w[: s.d], w[s.d :], jnp.zeros(s.k * s.h)


def _torch(key: Array, s: Sizes) -> tuple[Array, Array, Array]:
    draw = uniform(s.h**-0.5).draw
    (w_x, w_h, b), (_, _, more) = (draw(each, s) for each in jax.random.split(key))
    return w_x, w_h, b + more


def uniform(scale: float) -> Init:
    """All weights and biases from U(-scale, scale), as in Zaremba et al. 2014."""

    def draw(key: Array, s: Sizes) -> tuple[Array, Array, Array]:
        shapes = [(s.d, s.k * s.h), (s.p, s.k * s.h), (s.k * s.h,)]
        keys = jax.random.split(key, 3)
        w_x, w_h, b = (
            jax.random.uniform(each, shape, jnp.float32, -scale, scale)
            for each, shape in zip(keys, shapes, strict=True)
        )
        return w_x, w_h, b

    return Init(draw)


INITIALIZERS: dict[str, Init] = {
    "default": Init(_per_gate(nn.glorot_uniform(), nn.orthogonal()), 1.0),
    "torch": Init(_torch),
    "keras": Init(_keras, 1.0),
    "flax": Init(_per_gate(nn.lecun_normal(), nn.orthogonal())),
    "haiku": Init(_haiku, 1.0),
}


def initializer(init: str | Init) -> Init:
    """The initialiser of that name, or the one given."""
    return init if isinstance(init, Init) else checks.lookup("init", INITIALIZERS, init)

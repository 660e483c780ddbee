"""How libraries draw the weights of a cell: the rows of the table in ``initializers``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.nn import initializers as nn

from seqjax.basics.types import Array


class Sizes(NamedTuple):
    """d inputs, p fed back, k gates of h columns each, as a part of a cell of ``units``."""

    d: int
    p: int
    h: int
    k: int
    units: int
    """H, also where h is less: in a head, and in the output projection"""
    memory: bool = False
    """whether the cell has a memory beside its output"""
    inner: int = 0
    """how many of the last gates have the bias of their recurrent product apart (b_n)"""


Initializer = Callable[..., Array]
"""(key, shape, dtype) -> array"""
Draw = Callable[[Array, Sizes], tuple[Array, Array, Array]]
"""(key, sizes) -> w_x [d, kh], w_h [p, kh], b [kh]"""


class Init(NamedTuple):
    """How the weights of a cell begin; all in float32."""

    draw: Draw
    forget: float = 0.0
    """Added to the bias of the forget gate."""
    vector: Callable[[Array, Sizes, int], Array] | None = None
    """(key, sizes, n) -> [n], how further biases and peepholes begin; None: at zero"""


def _gates(function: Initializer, key: Array, rows: int, s: Sizes) -> Array:
    keys = jax.random.split(key, s.k)
    return jnp.concatenate([function(each, (rows, s.h), jnp.float32) for each in keys], -1)


def _zeros(s: Sizes) -> Array:
    return jnp.zeros(s.k * s.h, jnp.float32)


def per_gate(input: Initializer, recurrent: Initializer) -> Draw:
    """Each gate's block is a matrix of its own; no bias."""

    def draw(key: Array, s: Sizes) -> tuple[Array, Array, Array]:
        first, second = jax.random.split(key)
        w_x, w_h = _gates(input, first, s.d, s), _gates(recurrent, second, s.p, s)
        return w_x, w_h, _zeros(s)

    return draw


def at_once(input: Initializer, recurrent: Initializer) -> Draw:
    """The blocks of all gates are one matrix; no bias."""

    def draw(key: Array, s: Sizes) -> tuple[Array, Array, Array]:
        first, second = jax.random.split(key)
        w_x = input(first, (s.d, s.k * s.h), jnp.float32)
        return w_x, recurrent(second, (s.p, s.k * s.h), jnp.float32), _zeros(s)

    return draw


def _cut_normal(key: Array, shape: tuple[int, int], dtype: Any = jnp.float32) -> Array:
    """As hk.Linear begins."""
    return jax.random.truncated_normal(key, -2, 2, shape, dtype) / jnp.sqrt(shape[0])


def haiku(key: Array, s: Sizes) -> tuple[Array, Array, Array]:
    """LSTM: one matrix for inputs and what is fed back; VanillaRNN; GRU."""
    if s.memory:
        w = _cut_normal(key, (s.d + s.p, s.k * s.h))
        return w[: s.d], w[s.d :], _zeros(s)
    function: Initializer = _cut_normal if s.k == 1 else nn.lecun_normal()
    return at_once(function, function)(key, s)


def equinox(key: Array, s: Sizes) -> tuple[Array, Array, Array]:
    """Everything from U(-1/sqrt H, 1/sqrt H)."""
    return uniform(s.units**-0.5).draw(key, s)


def torch(key: Array, s: Sizes) -> tuple[Array, Array, Array]:
    """The same, and a second bias that is added to the first where both stand side by side."""
    (w_x, w_h, b), (_, _, second) = (equinox(each, s) for each in jax.random.split(key))
    added = (s.k - s.inner) * s.h
    return w_x, w_h, b.at[:added].add(second[:added])


def vector(key: Array, s: Sizes, n: int) -> Array:
    """A further bias of equinox and torch."""
    return _within(s.units**-0.5)(key, (n,))


def _within(scale: float) -> Callable[[Array, tuple[int, ...]], Array]:
    return lambda key, shape: jax.random.uniform(key, shape, jnp.float32, -scale, scale)


def uniform(scale: float) -> Init:
    """All weights and biases from U(-scale, scale), as in Zaremba et al. 2014.

    Raises:
      ValueError: for a scale that is no number of 0 or more.
    """
    if not isinstance(scale, int | float | np.number) or not 0 <= scale < float("inf"):
        raise ValueError(f"scale: got {scale!r}, want a number of 0 or more")
    array = _within(scale)

    def draw(key: Array, s: Sizes) -> tuple[Array, Array, Array]:
        shapes = [(s.d, s.k * s.h), (s.p, s.k * s.h), (s.k * s.h,)]
        keys = jax.random.split(key, 3)
        w_x, w_h, b = (array(each, shape) for each, shape in zip(keys, shapes, strict=True))
        return w_x, w_h, b

    return Init(draw, vector=lambda key, s, n: array(key, (n,)))

"""The parameters of a cell at its door: those that ``init`` makes, and no others.

What a cell wants is found once for each width of inputs, without computing anything.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp

from seqjax.basics import parameters
from seqjax.basics.types import Array, Carry, Params, Tree

if TYPE_CHECKING:
    from seqjax.basics.cell import Cell


class Expected(NamedTuple):
    """What a cell wants for inputs of one width; shapes and dtypes alone."""

    params: Params
    noise: frozenset[str]
    """names that the noise of a pass adds"""
    z: Tree
    """of one row"""
    start: Carry
    """of one row"""


@functools.lru_cache(1024)
def _expected(cell: Cell, d: int) -> Expected | None:
    """None where the cell cannot say it without numbers, or takes no inputs of this width."""

    def made(key: Array) -> tuple[Params, Params, Tree, Carry]:
        params = cell.init(key, d)
        noisy = cell.noise(params, jnp.zeros((1, 1, d)), key)[0] if cell.noise else params
        return params, noisy, cell.project(params, jnp.zeros((1, d))), cell.start(params, (1,))

    try:
        params, noisy, z, start = jax.eval_shape(made, _key())
    except (TypeError, ValueError, LookupError, AttributeError):
        return None
    return Expected(params, frozenset(noisy) - frozenset(params), z, start)


@functools.cache
def _key() -> jax.ShapeDtypeStruct:
    key: jax.ShapeDtypeStruct = jax.eval_shape(lambda: jax.random.key(0))
    return key


def expected(cell: Cell, params: Any, d: int | None = None) -> Expected | None:
    """What ``cell`` wants for inputs of the width of its w_x, or where it has none of width d."""
    w_x: Any = params.get("w_x") if isinstance(params, Mapping) else None
    width = w_x.shape[0] if getattr(w_x, "ndim", 0) == 2 else d
    try:
        return None if width is None else _expected(cell, width)
    except TypeError:  # of parts that have no hash
        return None


def row_axes(cell: Cell, params: Params) -> Tree | None:
    """For each leaf of ``params`` after the noise of a pass: 0 where it has rows first, else -1.

    None where the cell does not say what it wants, and has noise.

    >>> from seqjax.cells import locked_dropout, rnn
    >>> cell = locked_dropout(rnn(4))
    >>> params, key = cell.init(jax.random.key(0), 3), jax.random.key(1)
    >>> noisy, _ = jax.jit(cell.noise)(params, jnp.ones((5, 2, 3)), key)
    >>> [name for name, axis in row_axes(cell, noisy).items() if axis == 0]
    ['locked']
    """
    if cell.noise is None:
        return jax.tree.map(lambda leaf: -1, params)
    want = expected(cell, params)
    if want is None:
        return None

    def axes(name: str, value: Tree) -> Tree:
        if name in want.noise:  # masks
            return jax.tree.map(lambda leaf: 0, value)
        return jax.tree.map(
            lambda leaf, like: 0 if jnp.ndim(leaf) > like.ndim else -1, value, want.params[name]
        )

    return {name: axes(name, value) for name, value in params.items()}


def of_cell(
    cell: Cell, params: Any, d: int | None = None, *, noisy: bool = False, more: bool = False
) -> None:
    """The parameters of ``cell``.

    Args:
      d: the width of the inputs, where it is known.
      noisy: as the noise of a pass has left them: with masks, or with some for each row.
      more: names that the cell does not know are welcome, such as those of a wrapper.

    Raises:
      ValueError: names the parameter that is missing, not the cell's or of another shape.
    """
    want = expected(cell, params, d) or expected(cell, None, d or cell.width)
    made_by = f"cell.{parameters.MADE}"
    if want is None:
        parameters.names(cell.name, params, (), None, made_by)
        return
    also = None if more else want.noise if noisy else ()
    parameters.names(cell.name, params, want.params, also, made_by)
    owner, rows = f"{cell.name} of width {cell.width}", noisy and cell.noise is not None
    for name, like in want.params.items():
        value = params[name]
        if isinstance(like, jax.ShapeDtypeStruct):
            parameters.shape(owner, name, value, like.shape, rows=rows)
        elif jax.tree.structure(value) != jax.tree.structure(like):
            got, wants = map(jax.tree.structure, (value, like))
            raise ValueError(f"params[{name!r}]: got {got}, but {owner} wants {wants}")

"""Arrays [R, mH] as m blocks [R, H], and what moves columns as bookkeeping over blocks.

A kernel for GPUs can neither slice nor concatenate, and wants each array a power of two. Cells do
both all the time, but in whole blocks of H columns: then no instruction is needed for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import jax.numpy as jnp
from jax import lax

from seqjax.basics.types import Array


class Columns(NamedTuple):
    """An array of whole blocks of columns; of a kernel that sees one head, its columns of each."""

    blocks: tuple[Array, ...]
    """[R, columns] each, or [1, columns] for the same in all rows"""


class Unsupported(Exception):
    """Says what cannot be done block by block."""


def is_columns(value: Any) -> bool:
    """For trees whose leaves are these."""
    return isinstance(value, Columns)


def count(shape: Sequence[int], width: int) -> int:
    """The number of blocks of an array that the cell sees with this shape; 0 for a number.

    Raises:
      Unsupported: for an array of other than rows and whole blocks of H columns.
    """
    if not shape:
        return 0
    if len(shape) > 2 or shape[-1] % width or not shape[-1]:
        raise Unsupported(f"and {list(shape)} is not rows of whole blocks of H={width}")
    return shape[-1] // width


def broadcast(value: Columns | Array, shape: Sequence[int], width: int, columns: int) -> Columns:
    """``value``, the same in all rows, as an array that the cell sees with this shape.

    ``columns`` are those that a program holds of each block. Rows are repeated by ``fit_rows``.
    """
    if isinstance(value, Columns):
        return value
    return Columns((jnp.full((1, columns), value),) * count(shape, width))


def fit_rows(blocks: Sequence[Any], rows: int = 1) -> list[Any]:
    """Blocks of equally many rows, ``rows`` or more; numbers stay numbers."""
    rows = max([rows, *(block.shape[0] for block in blocks if jnp.ndim(block))])
    return [
        jnp.broadcast_to(block, (rows, block.shape[1])) if jnp.ndim(block) else block
        for block in blocks
    ]


def cut(value: Columns, sizes: Sequence[int], width: int) -> list[Columns]:
    """The parts of so many columns each, one after the other."""
    parts, first = [], 0
    for size in sizes:
        if size % width:
            raise Unsupported(f"and {size} columns are not whole blocks of H={width}")
        parts.append(Columns(value.blocks[first : first + size // width]))
        first += size // width
    return parts


def join(values: Sequence[Columns]) -> Columns:
    """All blocks side by side."""
    return Columns(tuple(block for value in values for block in value.blocks))


def zero_beyond(value: Columns, columns: int) -> Columns:
    """The first ``columns`` of each block, zero in those beyond, whatever stands there."""
    if value.blocks[0].shape[-1] == columns:
        return value
    inside = lax.broadcasted_iota(jnp.int32, (1, value.blocks[0].shape[-1]), 1) < columns
    return Columns(tuple(jnp.where(inside, block, 0) for block in value.blocks))

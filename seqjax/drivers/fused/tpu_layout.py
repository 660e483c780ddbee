"""How arrays lie in the memory of a TPU: [T, B, mH] as [T, rows, m columns], each block by itself.

The columns of a block are filled up to whole registers of 128, rows to pairs of 8, with zeros.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from seqjax.basics.types import Array, Tree
from seqjax.drivers.fused.columns import Columns
from seqjax.drivers.fused.layout import fill, pairs

LANES, SUBLANES, MOST = 128, 16, 128
"""Columns of a register, rows of one of 16 bits, and rows of a program at most."""


class TpuLayout(NamedTuple):
    """Sizes of a walk without heads."""

    batch: int
    width: int
    """H"""

    @property
    def columns(self) -> int:
        """``width``, filled up."""
        return -(-self.width // LANES) * LANES

    @property
    def tile(self) -> int:
        """Rows of a program."""
        return min(MOST, max(1, -(-self.batch // SUBLANES)) * SUBLANES)

    @property
    def tiles(self) -> int:
        """Programs along the batch."""
        return max(1, -(-self.batch // self.tile))

    def _spread(self, a: Array) -> Array:
        """[..., mH] -> [..., m * columns]; flags become integers, which memory can hold."""
        a = a.astype(jnp.int32) if a.dtype == bool else a
        blocks = a.reshape(*a.shape[:-1], a.shape[-1] // self.width, self.width)
        blocks = fill(blocks, a.ndim, self.columns)
        return blocks.reshape(*a.shape[:-1], blocks.shape[-2] * self.columns)

    def steps(self, tree: Tree) -> Tree:
        """[T, B, mH] -> [T, rows, m * columns]."""
        return jax.tree.map(lambda a: fill(self._spread(a), 1, self.tile * self.tiles), tree)

    def rows(self, tree: Tree) -> Tree:
        """[B, mH] -> [rows, m * columns]."""
        return jax.tree.map(lambda a: fill(self._spread(a), 0, self.tile * self.tiles), tree)

    def mask(self, mask: Array | None) -> Array | None:
        """[T, B] -> [T, rows, 1] of integers."""
        if mask is None:
            return None
        return fill(mask.astype(jnp.int32)[..., None], 1, self.tile * self.tiles)

    def params(self, tree: Tree) -> Tree:
        """Those of a gate: numbers -> [1], [mH] -> [1, 1, m * columns], a row of the batch each."""

        def placed(a: Array) -> Array:
            if a.ndim == 2 and len(a) == self.batch:
                placed: Array = self.rows(a)
                return placed
            return self._spread(a.reshape(1, 1, -1)) if a.ndim else a.reshape(1)

        return jax.tree.map(placed, tree)

    def weight(self, w: Array, *, transposed: bool = False) -> Array:
        """w_h -> [1, k, columns, columns], each gate by itself, and transposed."""
        gates = w.reshape(self.width, w.shape[-1] // self.width, self.width)
        gates = gates.transpose((1, 2, 0) if transposed else (1, 0, 2))
        return fill(fill(gates, 1, self.columns), 2, self.columns)[None]

    def back(self, tree: Tree, axis: int) -> Tree:
        """What ``steps`` (axis 1) or ``rows`` (axis 0) made of a tree, as it was."""

        def natural(a: Array) -> Array:
            a = jax.lax.slice_in_dim(a, 0, self.batch, axis=axis)
            blocks = a.reshape(*a.shape[:-1], a.shape[-1] // self.columns, self.columns)
            blocks = blocks[..., : self.width]
            return blocks.reshape(*a.shape[:-1], blocks.shape[-2] * self.width)

        return jax.tree.map(natural, tree)

    def empty_steps(self, steps: int, like: Tree) -> Tree:
        """Room for ``steps`` values like ``like`` [R, mH], laid out as by ``steps``."""
        return jax.tree.map(lambda a: self._room((steps, self.tile * self.tiles), a), like)

    def empty_rows(self, like: Tree) -> Tree:
        """Room for values like ``like`` [R, mH], laid out as by ``rows``."""
        return jax.tree.map(lambda a: self._room((self.tile * self.tiles,), a), like)

    def _room(self, leading: tuple[int, ...], a: Any) -> jax.ShapeDtypeStruct:
        return jax.ShapeDtypeStruct((*leading, a.shape[-1] // self.width * self.columns), a.dtype)

    def load(self, tree: Tree) -> Tree:
        """What a program holds in references to a step, rows, parameters and numbers."""

        def loaded(ref: Any) -> Any:
            if ref.shape == (1,):
                return ref[0]
            whole = (0,) * (len(ref.shape) - 2)
            return Columns(tuple(ref[*whole, :, part] for part in self._parts(ref)))

        return jax.tree.map(loaded, tree)

    def store(self, tree: Tree, values: Tree) -> None:
        """Writes a step or rows."""
        for ref, value in pairs(tree, values):
            whole = (0,) * (len(ref.shape) - 2)
            for part, block in zip(self._parts(ref), value.blocks, strict=True):
                ref[*whole, :, part] = block.astype(ref.dtype)

    def _parts(self, ref: Any) -> list[slice]:
        """The columns of each block."""
        firsts = range(0, ref.shape[-1], self.columns)
        return [slice(first, first + self.columns) for first in firsts]

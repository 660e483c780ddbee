"""How arrays lie in the memory of the device: [T, B, mH] as [T, B, m, N, columns].

A program of the grid walks one head of ``ROWS`` rows, and each of its blocks lies by itself. Rows
are filled up to whole programs and the columns of a head to a power of two, with zeros.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from seqjax.basics.types import Array, Tree
from seqjax.drivers.fused.columns import Columns

ROWS = 16
"""Of a program: as many as a product of matrices has at least on a GPU."""


class Layout(NamedTuple):
    """Sizes of a walk."""

    batch: int
    heads: int
    width: int
    """columns of a head"""

    @property
    def columns(self) -> int:
        """``width``, filled up."""
        return max(16, 1 << (self.width - 1).bit_length())

    @property
    def tiles(self) -> int:
        """Programs along the batch."""
        return max(1, -(-self.batch // ROWS))

    def _spread(self, a: Array) -> Array:
        """[..., mH] -> [..., m, N, columns]."""
        blocks = a.shape[-1] // (self.heads * self.width)
        a = a.reshape(*a.shape[:-1], blocks, self.heads, self.width)
        return fill(a, a.ndim - 1, self.columns)

    def steps(self, tree: Tree) -> Tree:
        """[T, B, mH] -> [T, rows, m, N, columns]."""
        return jax.tree.map(lambda a: fill(self._spread(a), 1, ROWS * self.tiles), tree)

    def rows(self, tree: Tree) -> Tree:
        """[B, mH] -> [rows, m, N, columns]."""
        return jax.tree.map(lambda a: fill(self._spread(a), 0, ROWS * self.tiles), tree)

    def mask(self, mask: Array | None) -> Array | None:
        """[T, B] -> [T, rows]."""
        return None if mask is None else fill(mask, 1, ROWS * self.tiles)

    def params(self, tree: Tree) -> Tree:
        """Those of a gate: numbers -> [1, 1], [mH] -> [m, N, columns], a row of the batch each."""

        def placed(a: Array) -> Array:
            if a.ndim == 2 and len(a) == self.batch:
                placed: Array = self.rows(a)
                return placed
            return self._spread(a.reshape(-1)) if a.ndim else a.reshape(1, 1)

        return jax.tree.map(placed, tree)

    def weight(self, w: Array, *, transposed: bool = False) -> Array:
        """w_h -> [N, columns, k, columns], each gate by itself, and transposed."""
        w = w.reshape(self.heads, self.width, w.shape[-1] // self.width, self.width)
        w = jnp.swapaxes(w, 1, 3) if transposed else w
        return fill(fill(w, 1, self.columns), 3, self.columns)

    def back(self, tree: Tree, axis: int) -> Tree:
        """What ``steps`` (axis 1) or ``rows`` (axis 0) made of a tree, as it was."""

        def natural(a: Array) -> Array:
            a = jax.lax.slice_in_dim(a, 0, self.batch, axis=axis)[..., : self.width]
            return a.reshape(*a.shape[:-3], a.shape[-3] * self.heads * self.width)

        return jax.tree.map(natural, tree)

    def empty_steps(self, steps: int, like: Tree) -> Tree:
        """Room for ``steps`` values like ``like`` [R, mH], laid out as by ``steps``."""
        return jax.tree.map(lambda a: self._room((steps, ROWS * self.tiles), a), like)

    def empty_rows(self, like: Tree) -> Tree:
        """Room for values like ``like`` [R, mH], laid out as by ``rows``."""
        return jax.tree.map(lambda a: self._room((ROWS * self.tiles,), a), like)

    def _room(self, leading: tuple[int, ...], a: Any) -> jax.ShapeDtypeStruct:
        blocks = a.shape[-1] // (self.heads * self.width)
        return jax.ShapeDtypeStruct((*leading, blocks, self.heads, self.columns), a.dtype)


def fill(a: Array, axis: int, size: int) -> Array:
    """``a`` with zeros behind, to ``size`` entries along an axis."""
    if a.shape[axis] == size:
        return a
    return jnp.pad(a, [(0, size - n if i == axis else 0) for i, n in enumerate(a.shape)])


def load(tree: Tree) -> Tree:
    """What a program holds in references to rows, parameters and numbers, as ``Columns``."""

    def loaded(ref: Any) -> Any:
        if ref.shape == (1, 1):
            return ref[0, 0]
        if len(ref.shape) == 2:
            return Columns(tuple(ref[q, :][None, :] for q in range(ref.shape[0])))
        return Columns(tuple(ref[:, q, :] for q in range(ref.shape[1])))

    return jax.tree.map(loaded, tree)


def load_step(tree: Tree, t: Array | int) -> Tree:
    """Step t of references to all steps."""
    return jax.tree.map(
        lambda ref: Columns(tuple(ref[t, :, q, :] for q in range(ref.shape[2]))), tree
    )


def load_mask(ref: Any, t: Array | int) -> Array | None:
    """Step t of a mask, [R, 1]."""
    return None if ref is None else ref[t, :][:, None]


def load_weights(ref: Any) -> list[Array]:
    """w_h, or its transpose, of each gate, for products inside the loop."""
    return [ref[:, q, :] for q in range(ref.shape[1])]


def store(tree: Tree, values: Tree) -> None:
    """Writes rows."""
    for ref, value in pairs(tree, values):
        for q, block in enumerate(value.blocks):
            ref[:, q, :] = block.astype(ref.dtype)


def store_step(tree: Tree, t: Array | int, values: Tree) -> None:
    """Writes step t."""
    for ref, value in pairs(tree, values):
        for q, block in enumerate(value.blocks):
            ref[t, :, q, :] = block.astype(ref.dtype)


def pairs(refs: Tree, values: Tree) -> Any:
    """References and the ``Columns`` that belong there, one after the other."""
    leaves = jax.tree.leaves(values, is_leaf=lambda a: isinstance(a, Columns))
    return zip(jax.tree.leaves(refs), leaves, strict=True)

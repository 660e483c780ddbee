"""One step at the door: its projected input and the state before it, against what a cell makes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp

from seqjax.basics import cell_parameters
from seqjax.basics.types import Carry, Params, Tree

if TYPE_CHECKING:
    from seqjax.basics.cell import Cell


def structure(name: str, cell: Cell, value: Carry, like: Carry) -> None:
    """Whether a state is built as ``cell`` builds it.

    Raises:
      ValueError: says which tree was got and which is wanted.
    """
    got, want = jax.tree.structure(value), jax.tree.structure(like)
    if got != want:
        raise ValueError(
            f"{name}: got structure {got}, but {cell.name} wants {want}, as made by"
            " cell.start(params, (B,))"
        )


def of_rows(cell: Cell, params: Params, carry: Carry, batch: tuple[int, ...]) -> None:
    """The state of ``cell`` for rows of shape ``batch``, in any precision.

    Raises:
      ValueError: for another structure, another width or another number of rows.
    """
    want = cell_parameters.expected(cell, params)
    if want is None:
        return
    leaves, got = jax.tree.flatten(carry)
    likes, wanted = jax.tree.flatten(want.start)
    if got != wanted:
        structure("carry", cell, carry, want.start)
    for leaf, like in zip(leaves, likes, strict=True):
        shape = (*batch, *like.shape[1:])
        if getattr(leaf, "shape", None) != shape:
            raise ValueError(
                f"carry: got shape {list(jnp.shape(leaf))}, but {cell.name} wants {list(shape)},"
                f" as made by cell.start(params, {batch})"
            )


def of_step(cell: Cell, params: Params, carry: Carry, z: Tree) -> None:
    """What ``cell.step`` gets: parameters, the state before, and z of ``cell.project``.

    Raises:
      ValueError: names the argument that is not what the cell makes.
    """
    cell_parameters.of_cell(cell, params, noisy=True, more=True)
    want = cell_parameters.expected(cell, params)
    if want is None:
        return
    leaves, likes = jax.tree.leaves(z), jax.tree.leaves(want.z)
    if len(leaves) != len(likes):  # noise stands beside it
        structure("carry", cell, carry, want.start)
        return
    for leaf, like in zip(leaves, likes, strict=True):
        if not hasattr(leaf, "shape") or leaf.shape[-1:] != like.shape[-1:]:
            got = list(leaf.shape) if hasattr(leaf, "shape") else type(leaf).__name__
            raise ValueError(
                f"z: got {got}, but {cell.name} wants width {like.shape[-1]}: step takes what"
                " cell.project(params, x) gives, not x"
            )
    of_rows(cell, params, carry, leaves[0].shape[:-1])

"""Errors in calls of drivers: each names the argument, what it got and what it wants."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp

from seqjax.basics import states
from seqjax.basics.cell import Cell
from seqjax.basics.types import Carry


def options(driver: str, run: Callable[..., Any], value: Mapping[str, Any]) -> None:
    """Only what ``run(cell, inputs, *, ...)`` takes."""
    known = list(inspect.signature(run).parameters)[2:]
    for name in value:
        if name not in known:
            has = f"its options are {', '.join(known)}" if known else "it has no options"
            raise TypeError(
                f"driver: {driver} got an unexpected argument {name!r}; {has}, and all drivers take"
                " lengths, carry, resets, reverse and states"
            )


def carry(cell: Cell, value: Carry, start: Carry) -> Carry:
    """``value`` if it is built like the ``start`` carry: structure, shapes and dtypes."""
    states.structure("carry", cell, value, start)
    leaves = jax.tree_util.tree_leaves_with_path(value)
    for (path, leaf), like in zip(leaves, jax.tree.leaves(start), strict=True):
        where = f"carry{jax.tree_util.keystr(path)}"
        if not hasattr(leaf, "dtype"):
            raise ValueError(f"{where}: got {type(leaf).__name__}, want an array of {cell.name}")
        if jnp.shape(leaf) != like.shape or jnp.result_type(leaf) != like.dtype:
            raise ValueError(
                f"{where}: got {jnp.result_type(leaf)}{list(jnp.shape(leaf))}, but {cell.name}"
                f" wants {like.dtype}{list(like.shape)}"
            )
    return jax.tree.map(jnp.asarray, value)

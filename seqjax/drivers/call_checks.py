"""Errors in calls of drivers: each names the argument, what it got and what it wants."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import jax
import jax.numpy as jnp

from seqjax.basics import checks
from seqjax.basics.cell import Cell
from seqjax.basics.types import Array, Carry, Params


@contextlib.contextmanager
def names_of(cell: Cell, params: Params) -> Iterator[None]:
    """Says which parameter is missing, where a cell looks up one that is not there."""
    try:
        yield
    except KeyError as error:
        if not error.args or not isinstance(error.args[0], str) or error.args[0] in params:
            raise
        raise ValueError(
            f"params: got {', '.join(sorted(params))}, but {cell.name} looks up"
            f" {error.args[0]!r}; want those that cell.init(key, D) made"
        ) from error


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


def flag(name: str, value: Any) -> bool:
    """True or False, known before tracing."""
    if not isinstance(value, bool):
        raise ValueError(f"{name}: got {value!r}, want True or False")
    return value


def parameters(cell: Cell, value: Any) -> None:
    """A dict of parameters with names, which ``cell.init`` made."""
    if not isinstance(value, Mapping) or not value:
        got = "none" if isinstance(value, Mapping) else type(value).__name__
        raise ValueError(
            f"params: got {got}, want those of {cell.name}: a dict, as made by cell.init(key, D)"
        )


def resets(value: Any, steps: int, batch: int) -> Array | None:
    """bool [T, B]."""
    if value is None:
        return None
    value = checks.array("resets", value, f"bool of shape [{steps}, {batch}]")
    shape, dtype = jnp.shape(value), jnp.result_type(value)
    if shape != (steps, batch) or dtype != jnp.bool_:
        raise ValueError(f"resets: got {dtype}{list(shape)}, want bool of shape [{steps}, {batch}]")
    return jnp.asarray(value)


def carry(cell: Cell, value: Carry, start: Carry) -> Carry:
    """``value`` if it is built like the ``start`` carry: structure, shapes and dtypes."""
    got, want = jax.tree.structure(value), jax.tree.structure(start)
    if got != want:
        raise ValueError(
            f"carry: got structure {got}, but {cell.name} wants {want}, as made by"
            " cell.start(params, (B,))"
        )
    leaves = jax.tree_util.tree_leaves_with_path(value)
    for (path, leaf), like in zip(leaves, jax.tree.leaves(start), strict=True):
        if jnp.shape(leaf) != like.shape or jnp.result_type(leaf) != like.dtype:
            where = f"carry{jax.tree_util.keystr(path)}"
            raise ValueError(
                f"{where}: got {jnp.result_type(leaf)}{list(jnp.shape(leaf))}, but {cell.name}"
                f" wants {like.dtype}{list(like.shape)}"
            )
    return jax.tree.map(jnp.asarray, value)

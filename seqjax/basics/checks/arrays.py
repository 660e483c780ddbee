"""Arrays of a call: sequences, their lengths, the first steps of documents, ids."""

from __future__ import annotations

import contextlib
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from seqjax.basics.types import Array, Params, Tree


def width(name: str, shape: tuple[int, ...], want: int) -> None:
    """The last axis of ``shape`` is what the parameters were made for."""
    if not shape or shape[-1] != want:
        got = f"width {shape[-1]} (shape {shape})" if shape else "a scalar"
        raise ValueError(f"{name}: got {got}, want {want}, the width the parameters were made for")


def floating(name: str, value: Any) -> None:
    """Numbers with a fraction: ids and truths in the place of vectors are mistakes."""
    if not jnp.issubdtype(value.dtype, jnp.floating):
        raise ValueError(
            f"{name}: got {value.dtype}, want floating numbers; ids go through an embedding first,"
            f" others through {name}.astype(float)"
        )


def sequence(params: Params, xs: Tree) -> tuple[int, int]:
    """(T, B) of xs, whose leaves are [T, B, ...] and whose width is that of the weights."""
    leaves = jax.tree.leaves(xs)
    if isinstance(xs, list) or not all(hasattr(leaf, "shape") for leaf in leaves):
        raise ValueError(f"xs: got {type(xs).__name__}, want an array [T, B, D], time first")
    shapes = [jnp.shape(leaf) for leaf in leaves]
    if not leaves or any(len(s) < 3 or s[:2] != shapes[0][:2] for s in shapes):
        raise ValueError(
            f"xs: got shape {', '.join(map(str, shapes)) or 'nothing'}, want [T, B, D], time first;"
            " for a single sequence use xs[:, None]"
        )
    if shapes[0][0] == 0:
        raise ValueError(f"xs: got no steps (shape {shapes[0]}), want T of 1 or more")
    if len(leaves) == 1 and "w_x" in params:
        if len(shapes[0]) > 3:
            raise ValueError(f"xs: got shape {shapes[0]}, want [T, B, D], time first")
        floating("xs", leaves[0])
        width("xs", shapes[0], params["w_x"].shape[0])
    return shapes[0][0], shapes[0][1]


def array(name: str, value: Any, want: str) -> Any:
    """``value`` if it is an array, of NumPy or JAX; made one if it is a list of numbers."""
    if hasattr(value, "dtype"):
        return value
    with contextlib.suppress(TypeError, ValueError):
        known = np.asarray(value)  # stays known under jit
        if known.dtype.kind in "biuf":
            return known.astype(jnp.result_type(float)) if known.dtype.kind == "f" else known
    with contextlib.suppress(TypeError, ValueError):
        return jnp.asarray(value)  # of traced numbers
    raise ValueError(f"{name}: got {type(value).__name__} {str(value)[:40]}, want {want}")


def lengths(value: Any, steps: int, batch: int) -> Array | None:
    """int32 [B] between 0 and T. Under jit the values are not known and only shape is checked."""
    if value is None:
        return None
    value = array("lengths", value, f"integers of shape [{batch}]")
    shape, dtype = jnp.shape(value), jnp.result_type(value)
    if shape != (batch,) or not jnp.issubdtype(dtype, jnp.integer):
        raise ValueError(f"lengths: got {dtype}{list(shape)}, want integers of shape [{batch}]")
    if not isinstance(value, jax.core.Tracer):
        known = np.asarray(value)
        wrong = np.flatnonzero((known < 0) | (known > steps))
        if wrong.size:
            raise ValueError(
                f"lengths: got {known[wrong[0]]} in row {wrong[0]}, want 0 to {steps}, the number"
                " of steps in xs"
            )
    return jnp.asarray(value, jnp.int32)


def resets(value: Any, steps: int, batch: int) -> Array | None:
    """bool [T, B]."""
    if value is None:
        return None
    value = array("resets", value, f"bool of shape [{steps}, {batch}]")
    shape, dtype = jnp.shape(value), jnp.result_type(value)
    if shape != (steps, batch) or dtype != jnp.bool_:
        raise ValueError(f"resets: got {dtype}{list(shape)}, want bool of shape [{steps}, {batch}]")
    return jnp.asarray(value)


def batch_shape(value: Any) -> None:
    """The leading axes of a state: a tuple of sizes."""
    right = isinstance(value, tuple | list)
    if not right or any(isinstance(n, str | float | tuple | list | None) or n < 0 for n in value):
        raise ValueError(f"batch_shape: got {value!r}, want a tuple of sizes, such as (2,)")


def one_id(name: str, value: Any, vocabulary: int) -> None:
    """A single id, known before the program runs: an integer in [0, V)."""
    integer = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if isinstance(value, jax.Array | np.ndarray) and not isinstance(value, jax.core.Tracer):
        integer = value.ndim == 0 and jnp.issubdtype(value.dtype, jnp.integer)
    if not integer or not 0 <= value < vocabulary:
        raise ValueError(f"{name}: got {value!r}, want an id in [0, {vocabulary})")


def ids(name: str, value: Array, vocabulary: int) -> None:
    """Integers in [0, V). Under jit the values are not known and only the dtype is checked."""
    if not jnp.issubdtype(value.dtype, jnp.integer):
        raise ValueError(f"{name}: got {value.dtype}, want integer ids")
    if not isinstance(value, jax.core.Tracer):
        known = np.asarray(value)
        wrong = known[(known < 0) | (known >= vocabulary)]
        if wrong.size:
            raise ValueError(f"{name}: got id {wrong.flat[0]}, want ids in [0, {vocabulary})")

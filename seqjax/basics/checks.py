"""Errors at the public door: each names the argument, what it got and what it wants."""

from __future__ import annotations

import contextlib
import difflib
from collections.abc import Mapping
from typing import Any, TypeVar

import jax
import jax.numpy as jnp
import numpy as np

from seqjax.basics.cell import Cell
from seqjax.basics.types import Array, Layer, Params, Tree

V = TypeVar("V")


def lookup(kind: str, table: Mapping[str, V], name: str) -> V:
    """``table[name]``, or a ValueError that lists the names and the closest one."""
    if name in table:
        return table[name]
    close = difflib.get_close_matches(str(name), table, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    raise ValueError(f"{kind}: got {name!r}, want one of {', '.join(sorted(table))}{hint}")


def fraction(name: str, value: float) -> float:
    """A rate of noise as a float: at least 0, below 1."""
    if not isinstance(value, int | float | np.number) or not 0 <= value < 1:
        raise ValueError(f"{name}: got {value!r}, want a rate in [0, 1)")
    return float(value)


def positive(name: str, value: int) -> None:
    """A size: an integer of 1 or more."""
    if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{name}: got {value!r}, want an integer of 1 or more")


def natural(name: str, value: int) -> None:
    """A number of things: an integer of 0 or more."""
    if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < 0:
        raise ValueError(f"{name}: got {value!r}, want 0 or more")


def seed(value: int, name: str = "seed") -> None:
    """What every generator of random numbers takes: an integer in [0, 2^32)."""
    if not isinstance(value, int | np.integer) or not 0 <= value < 2**32:
        raise ValueError(f"{name}: got {value}, want an integer in [0, 2^32)")


def key(value: Any, name: str = "key") -> None:
    """A random key of JAX: one of ``jax.random.key`` or, as before, uint32 [2]."""
    dtype = getattr(value, "dtype", None)
    if dtype is None or not (jnp.issubdtype(dtype, jax.dtypes.prng_key) or dtype == jnp.uint32):
        raise ValueError(f"{name}: got {value!r}, want a random key, such as jax.random.key(0)")


def _described(value: Any) -> str:
    if isinstance(value, Cell):
        return f"the cell {value.name}"
    if isinstance(value, Layer):
        return "a layer"
    return f"the function {value.__name__}" if hasattr(value, "__name__") else repr(value)


def cell(value: Any, name: str = "cell") -> None:
    """A cell, not its name, its factory or a layer."""
    if not isinstance(value, Cell):
        raise ValueError(
            f"{name}: got {_described(value)}, want a cell, such as seqjax.cells.lstm(200)"
        )


def layer(value: Any, name: str) -> None:
    """A layer, not a cell."""
    if isinstance(value, Cell):
        want = f"a layer: recurrent({value.name}({value.width}))"
    elif isinstance(value, Layer):
        return
    else:
        want = "a layer, such as seqjax.layers.recurrent(cell)"
    raise ValueError(f"{name}: got {_described(value)}, want {want}")


def layers(value: Any) -> tuple[Layer, ...]:
    """One layer or more, in a sequence."""
    if isinstance(value, Layer | Cell):  # both are tuples, too
        layer(value, "layers")
        raise ValueError("layers: got a layer, want a sequence of them: stack([layer])")
    each: tuple[Layer, ...] = tuple(value)
    if not each:
        raise ValueError("layers: got none, want one or more")
    for i, candidate in enumerate(each):
        layer(candidate, f"layers[{i}]")
    return each


def width(name: str, shape: tuple[int, ...], want: int) -> None:
    """The last axis of ``shape`` is what the parameters were made for."""
    if not shape or shape[-1] != want:
        got = f"width {shape[-1]} (shape {shape})" if shape else "a scalar"
        raise ValueError(f"{name}: got {got}, want {want}, the width the parameters were made for")


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
        width("xs", shapes[0], params["w_x"].shape[0])
    return shapes[0][0], shapes[0][1]


def array(name: str, value: Any, want: str) -> Any:
    """``value`` if it is an array, of NumPy or JAX; made one if it is a list of numbers."""
    if hasattr(value, "dtype"):
        return value
    with contextlib.suppress(TypeError, ValueError):
        known = np.asarray(value)  # stays known under jit
        if known.dtype.kind in "biuf":
            return known
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


def ids(name: str, value: Array, vocabulary: int) -> None:
    """Integers in [0, V). Under jit the values are not known and only the dtype is checked."""
    if not jnp.issubdtype(value.dtype, jnp.integer):
        raise ValueError(f"{name}: got {value.dtype}, want integer ids")
    if not isinstance(value, jax.core.Tracer):
        known = np.asarray(value)
        wrong = known[(known < 0) | (known >= vocabulary)]
        if wrong.size:
            raise ValueError(f"{name}: got id {wrong.flat[0]}, want ids in [0, {vocabulary})")

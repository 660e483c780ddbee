"""Cells, layers, keys and states: whether what is given is one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import jax
import jax.numpy as jnp

from seqjax.basics.cell import Cell
from seqjax.basics.types import Carry, Layer


def key(value: Any, name: str = "key") -> None:
    """One random key of JAX: of ``jax.random.key`` or, as before, of ``jax.random.PRNGKey``."""
    dtype = getattr(value, "dtype", None)
    typed = dtype is not None and jnp.issubdtype(dtype, jax.dtypes.prng_key)
    if not typed and dtype != jnp.uint32:
        got = _described(value)
        raise ValueError(f"{name}: got {got}, want a random key, such as jax.random.key(0)")
    shape = jnp.shape(value)
    if len(shape) != (0 if typed else 1):
        raise ValueError(f"{name}: got keys of shape {shape}, want one key; for more use jax.vmap")
    if not typed and shape not in ((2,), (4,)):  # of threefry; of rbg and unsafe_rbg
        raise ValueError(
            f"{name}: got uint32 of shape {shape}, want a random key, such as jax.random.key(0)"
        )


def _described(value: Any) -> str:
    if isinstance(value, Cell):
        return f"the cell {value.name}"
    if isinstance(value, Layer):
        return "a layer"
    if hasattr(value, "__name__"):
        return f"the function {value.__name__}"
    short = repr(value)
    return short if len(short) <= 60 else f"a {type(value).__name__}"


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
    if not isinstance(value, Iterable):
        raise ValueError(f"layers: got {_described(value)}, want a sequence of layers")
    each: tuple[Layer, ...] = tuple(value)
    if not each:
        raise ValueError("layers: got none, want one or more")
    for i, candidate in enumerate(each):
        layer(candidate, f"layers[{i}]")
    return each


def carries(value: Carry, count: int) -> tuple[Carry, ...]:
    """The states of ``count`` layers side by side, in a tuple."""
    if not isinstance(value, tuple) or len(value) != count:
        size = f" of {len(value)}" if isinstance(value, tuple | list) else ""
        raise ValueError(
            f"carry: got {type(value).__name__}{size}, want a tuple of {count}, one each"
        )
    return value

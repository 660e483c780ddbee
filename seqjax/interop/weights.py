"""One cell's weights between a library's form and ours, checked against the cell."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from seqjax.basics.cell import Cell
from seqjax.basics.types import Array, Params
from seqjax.interop import gates


class Weights(NamedTuple):
    """A cell's arrays as a library lays and orders them; a bias that it does not have is None.

    Kernels are [D, kH] and [P, kH], or their transposes where the table says ``rows``; biases [kH].
    """

    w_x: Any
    w_h: Any
    b_x: Any = None
    b_h: Any = None
    w_p: Any = None


def load(library: str, weights: Weights, cell: Cell) -> Params:
    """Parameters of ``cell``, copied: what the library does with its arrays, cell.step does too.

    Raises:
      ValueError: if the library has no such cell, or the arrays have shapes that do not fit it.
    """
    row = gates.convention(library, cell.name)
    w_x, w_h = _kernel(row, weights.w_x), _kernel(row, weights.w_h)
    w_p = None if weights.w_p is None else _kernel(row, weights.w_p)
    b_x, b_h = (None if b is None else jnp.array(b) for b in (weights.b_x, weights.b_h))
    d = w_x.shape[0] if w_x.ndim == 2 else 1
    want = shapes(cell, d)
    for name, got, like in [
        ("input kernel", w_x, "w_x"), ("recurrent kernel", w_h, "w_h"),
        ("bias", b_x, "b"), ("recurrent bias", b_h, "b"), ("projection", w_p, "w_p"),
    ]:  # fmt: skip
        if got is not None and got.shape != want.get(like):
            raise ValueError(
                f"weights: got {name} {list(got.shape)} (as [in, out]), but {cell.name} of width"
                f" {cell.width} wants {list(want[like]) if like in want else 'none'}"
            )
    params = {"w_x": gates.from_theirs(row, cell.name, w_x)}
    params["w_h"] = gates.from_theirs(row, cell.name, w_h)
    params |= _join(row, cell, b_x, b_h, jnp.zeros(want["b"], w_x.dtype))
    if w_p is not None:
        params["w_p"] = w_p
    _compare("weights", params, cell, want)
    return params


def store(library: str, params: Params, cell: Cell) -> Weights:
    """The inverse of ``load``; both biases are given, and the library takes what it has places for.

    Raises:
      ValueError: if the library has no such cell, ``params`` are not of ``cell``, or hold a weight
        that the library has no place for: heads, a learned start, a projection, b_n not zero.
    """
    row = gates.convention(library, cell.name)
    if "w_x" not in params:
        raise ValueError(f"params: got {sorted(params)}, want the parameters of {cell.name}")
    params = {name: jnp.array(leaf) for name, leaf in params.items()}
    _compare("params", params, cell, shapes(cell, params["w_x"].shape[0]))
    if params["w_h"].ndim != 2:
        raise ValueError(
            f"params: got w_h {list(params['w_h'].shape)}, want [P, kH]: no other library has heads"
        )
    if "w_p" in params and not row.projection:
        raise ValueError(f"params: got w_p, but {library} has no LSTM with an output projection")
    if "b_n" in params and not row.inner and jnp.any(params["b_n"] != 0):
        raise ValueError(
            f"params: got b_n that is not zero, but the {cell.name} of {library} has no bias inside"
            " the reset; want b_n = 0"
        )
    w_x, w_h = (gates.to_theirs(row, cell.name, params[n]) for n in ("w_x", "w_h"))
    w_p = params.get("w_p")
    b_x, b_h = _split(row, cell, params)
    if row.rows:
        w_x, w_h, w_p = w_x.T, w_h.T, None if w_p is None else w_p.T
    return Weights(w_x, w_h, b_x, b_h, w_p)


def shapes(cell: Cell, d: int) -> dict[str, tuple[int, ...]]:
    """The shapes of the parameters of ``cell`` for inputs of width d.

    >>> from seqjax.cells import lstm
    >>> shapes(lstm(4), 3)["w_h"]
    (4, 16)
    """
    params = jax.eval_shape(lambda key: cell.init(key, d), jax.random.key(0))
    return {name: leaf.shape for name, leaf in params.items()}


def same_keys(where: str, got: Collection[str], want: Collection[str]) -> None:
    """Checks that there are the keys that are wanted, and no others.

    Raises:
      ValueError: says which are missing or unknown, and, by ``where``, of what.
    """
    missing, unknown = sorted(set(want) - set(got)), sorted(set(got) - set(want))
    if missing or unknown:
        parts = [f"missing {missing}"] * bool(missing) + [f"unknown {unknown}"] * bool(unknown)
        raise ValueError(f"{where}: got keys {', '.join(parts)}; want {sorted(want)}")


def _kernel(row: gates.Convention, w: Any) -> Array:
    """A copy, [in, out]."""
    return jnp.array(w).T if row.rows else jnp.array(w)


def _join(row: gates.Convention, cell: Cell, b_x: Any, b_h: Any, zero: Array) -> Params:
    """Two biases or fewer, in their order -> b and, for the GRU, b_n, in ours."""
    b_x, b_h = (zero if b is None else gates.from_theirs(row, cell.name, b) for b in (b_x, b_h))
    b_x = b_x + gates.added(row, cell.name, zero.shape[0]).astype(zero.dtype)
    if cell.name != "gru":
        return {"b": b_x + b_h}
    # r and z see the sum of both biases, n sees one outside the reset and one inside.
    n = zero.shape[0] // 3 * 2
    return {"b": b_x.at[:n].add(b_h[:n]), "b_n": b_h[n:]}


def _split(row: gates.Convention, cell: Cell, params: Params) -> tuple[Array, Array]:
    """b and b_n -> the biases beside the input and the recurrent product, in their order."""
    b = params["b"] - gates.added(row, cell.name, params["b"].shape[0]).astype(params["b"].dtype)
    zero = jnp.zeros_like(b)
    b_x, b_h = (b, zero) if row.bias == "x" else (zero, b)
    if "b_n" in params:
        b_h = b_h.at[-params["b_n"].shape[0] :].set(params["b_n"])
    return gates.to_theirs(row, cell.name, b_x), gates.to_theirs(row, cell.name, b_h)


def _compare(where: str, params: Params, cell: Cell, want: dict[str, tuple[int, ...]]) -> None:
    same_keys(f"{where} of {cell.name}", params, want)
    for name, leaf in params.items():
        if leaf.shape != want[name]:
            raise ValueError(
                f"{where}: got {name} {list(leaf.shape)}, but {cell.name} of width {cell.width}"
                f" wants {list(want[name])}"
            )

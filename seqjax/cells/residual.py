"""A cell whose output is added to its input."""

from __future__ import annotations

import jax.numpy as jnp

from seqjax.basics.products import wide
from seqjax.basics.types import Array, Carry, Cell, Gate, Params, Tree


def residual(cell: Cell) -> Cell:
    """The cell with output y_t = read(carry_t) + x_t (Wu et al. 2016, section 3.1).

    x_t has the width of the output. What is fed back stays h_t alone. Carry: (the cell's, x).

    Raises:
      ValueError: from ``init``, if the widths differ.
    """
    noise, feed = cell.perturb, cell.hidden

    def init(key: Array, d: int) -> Params:
        if d != cell.width:
            raise ValueError(
                f"d: got {d}, want {cell.width}: residual adds inputs to outputs of {cell.name}"
            )
        return cell.init(key, d)

    def start(params: Params, batch_shape: tuple[int, ...]) -> Carry:
        dtype = wide(params["w_x"].dtype)
        return cell.start(params, batch_shape), jnp.zeros((*batch_shape, cell.width), dtype)

    def project(params: Params, xs: Tree) -> Tree:
        masked = isinstance(xs, dict) and "residual" in xs
        inner, x = (xs["x"], xs["residual"]) if masked else (xs, xs)
        return {"z": cell.project(params, inner), "x": x.astype(wide(params["w_x"].dtype))}

    def perturb(params: Params, xs: Tree, key: Array) -> tuple[Params, Tree]:
        params, inner = noise(params, xs, key) if noise else (params, xs)
        return params, {"x": inner, "residual": xs}

    def step(params: Params, carry: Carry, z: Tree) -> Carry:
        return cell.step(params, carry[0], z["z"]), z["x"]

    return Cell(
        name=f"residual({cell.name})",
        width=cell.width,
        init=init,
        start=start,
        project=project,
        read=lambda carry: cell.read(carry[0]) + carry[1],
        step=step,
        hidden=None if feed is None else lambda params, carry: feed(params, carry[0]),
        gate=None if cell.gate is None else _gate(cell.gate),
        perturb=None if noise is None else perturb,
    )


def _gate(gate: Gate) -> Gate:
    def plain(params: Params, z: Tree, u: Array, carry: Carry) -> Carry:
        return gate.plain(params, z["z"], u, carry[0]), z["x"]

    def forward(params: Params, z: Tree, u: Array, carry: Carry) -> tuple:
        new, kept, extra = gate.forward(params, z["z"], u, carry[0])
        return (new, z["x"]), {"z": kept, "x": z["x"]}, extra

    def backward(params: Params, kept: Tree, extra: Tree, carry: Carry, dcarry: Carry) -> tuple:
        dparams, dz, du, dinner = gate.backward(params, kept["z"], extra, carry[0], dcarry[0])
        return dparams, {"z": dz, "x": dcarry[1]}, du, (dinner, jnp.zeros_like(carry[1]))

    share = gate.shared
    shared = None if share is None else lambda dz: share(dz["z"])
    return Gate(plain, gate.fold, forward, backward, shared, False, gate.bias)

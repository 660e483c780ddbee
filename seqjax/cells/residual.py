"""A cell whose output is added to its input."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, NamedTuple

import jax.numpy as jnp

from seqjax.basics import checks, parameters
from seqjax.basics.cell import Affine, Cell, Gated, Recurrence, SideProjection, Step, pop_side
from seqjax.basics.products import wide
from seqjax.basics.types import Array, Carry, Params, Tree


@dataclasses.dataclass(frozen=True)
class AddInput:
    """``read`` of a residual cell, whose carry is (the cell's, x)."""

    read: Callable[[Carry], Array]

    def __call__(self, carry: Carry) -> Array:
        y: Array = self.read(carry[0]) + carry[1]
        return y


class NoisyInput(NamedTuple):
    """Inputs with the noise of the cell inside, and those that are added, without."""

    xs: Tree
    added: Array


def residual(cell: Cell) -> Cell:
    """The cell with output y_t = read(carry_t) + x_t (Wu et al. 2016, section 3.1).

    x_t has the width of the output. What is fed back stays h_t alone. Carry: (the cell's, x).

    Raises:
      ValueError: for what is no cell; from ``init``, if the widths differ.

    >>> import jax
    >>> from seqjax.cells import gru
    >>> residual(gru(4)).init(jax.random.key(0), 3)
    Traceback (most recent call last):
        ...
    ValueError: d: got 3, want 4: residual adds inputs to outputs of gru
    """
    checks.cell(cell)
    inner_noise = cell.noise

    def init(key: Array, d: int) -> Params:
        if d != cell.width:
            raise ValueError(
                f"d: got {d}, want {cell.width}: residual adds inputs to outputs of {cell.name}"
            )
        return cell.init(key, d)

    def start(params: Params, batch_shape: tuple[int, ...]) -> Carry:
        dtype = wide(parameters.look_up(params, "w_x").dtype)
        return cell.start(params, batch_shape), jnp.zeros((*batch_shape, cell.width), dtype)

    def split(params: Params, xs: Tree) -> tuple[Tree, Array]:
        xs, added = xs if isinstance(xs, NoisyInput) else (xs, xs)
        return xs, added.astype(wide(params["w_x"].dtype))

    def noise(params: Params, xs: Tree, key: Array) -> tuple[Params, Tree]:
        params, noisy = inner_noise(params, xs, key) if inner_noise else (params, xs)
        return params, NoisyInput(noisy, xs)

    return Cell(
        name=f"residual({cell.name})",
        width=cell.width,
        init=init,
        start=start,
        project=SideProjection(cell.project, split),
        read=AddInput(cell.read),
        recurrence=_recurrence(cell),
        noise=noise if inner_noise else None,
    )


def _recurrence(cell: Cell) -> Recurrence:
    match cell.recurrence:
        case Gated(hidden, gate):

            def combine(params: Params, blocks: Any, carry: Carry, side: Tree) -> Carry:
                x, inner_side = side
                return gate.combine(params, blocks, carry[0], inner_side), x

            def inner_hidden(params: Params, carry: Carry) -> Array:
                return hidden(params, carry[0])

            return Gated(inner_hidden, gate._replace(combine=combine))
        case Affine(coefficients):

            def with_input(params: Params, zs: Tree) -> tuple[Carry, Carry]:
                x, inner_zs = pop_side(zs)
                a, b = coefficients(params, inner_zs)
                return (a, jnp.zeros_like(x)), (b, x)

            return Affine(with_input)
        case Step(inner_step):

            def step(params: Params, carry: Carry, z: Tree) -> Carry:
                x, inner_z = pop_side(z)
                return inner_step(params, carry[0], inner_z), x

            return Step(step)

"""Cells: one recurrence as a record of pure functions."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import NamedTuple

import jax

from seqjax.basics import gates, products, states
from seqjax.basics.gates import Gate
from seqjax.basics.types import Array, Carry, Params, Tree


class Step(NamedTuple):
    """Any recurrence: carry' = step(params, carry, z), best for rows that do not see each other."""

    step: Callable[[Params, Carry, Tree], Carry]


class Gated(NamedTuple):
    """carry' = gate(z, hidden(params, carry) . w_h, carry), with w_h in params["w_h"].

    z is what ``project`` gives, [..., kH], or ``Projected``.
    """

    hidden: Callable[[Params, Carry], Array]
    """(params, carry) -> h, the part fed back, linear in the carry"""
    gate: Gate


class Affine(NamedTuple):
    """carry' = a ⊙ carry + b with a and b from the inputs alone, so that time can be parallel."""

    coefficients: Callable[[Params, Tree], tuple[Carry, Carry]]
    """(params, z) -> (a, b) for a batch of rows [B, ...]: b is a tree like the carry, a is one that
    broadcasts against it. Steps may come as rows of one batch."""
    logs: Callable[[Params, Tree], tuple[Array, Array]] | None = None
    """(params, z) -> (log a, log b) without a and b, where the carry is one array and both are
    above 0: what ``log_space_scan`` walks. A wrapper that changes a or b leaves it out."""


Recurrence = Step | Gated | Affine
Noise = Callable[[Params, Tree, Array], tuple[Params, Tree]]
"""(params, xs, key) -> (params, xs) that hold all the noise of one pass over xs"""


class Projected(NamedTuple):
    """What ``project`` gives where a wrapper has to hand something past the product."""

    z: Tree
    """of the cell inside"""
    side: Tree
    """what only ``combine`` sees"""


class Cell(NamedTuple):
    """One recurrence. Factories make them: ``lstm(200)``. See ``cells/template.py``."""

    name: str
    width: int
    """Of what ``read`` gives."""
    init: Callable[[Array, int], Params]
    """(key, d) -> parameters for inputs of width d"""
    start: Callable[[Params, tuple[int, ...]], Carry]
    """(params, batch_shape) -> the state before the first step"""
    project: Callable[[Params, Tree], Tree]
    """(params, xs) -> zs: everything that needs no past, for all steps at once"""
    read: Callable[[Carry], Array]
    """carry -> y, linear in the carry where the recurrence is ``Gated``"""
    recurrence: Recurrence
    noise: Noise | None = None

    def step(self, params: Params, carry: Carry, z: Tree) -> Carry:
        """The carry after one step, for a z of ``project``.

        Raises:
          ValueError: for parameters, a carry or a z that are not this cell's.
        """
        states.of_step(self, params, carry, z)
        return advance(self, params, carry, z)


def advance(cell: Cell, params: Params, carry: Carry, z: Tree) -> Carry:
    """``cell.step`` without its checks."""
    match cell.recurrence:
        case Step(step):
            return step(params, carry, z)
        case Affine(coefficients):
            a, b = coefficients(params, z)
            return jax.tree.map(lambda a, carry, b: a * carry + b, a, carry, b)
        case Gated(hidden, gate):
            z, side = split_side(z)
            u = products.recur(hidden(params, carry), params["w_h"])
            return gates.apply(gate, params, z, u, carry, side)
    raise ValueError(
        f"recurrence: got {cell.recurrence!r} in {cell.name}, want a Step, Gated or Affine"
    )


def split_side(zs: Tree) -> Projected:
    """(z, side) of what ``project`` gave; side is None where there is none."""
    return zs if isinstance(zs, Projected) else Projected(zs, None)


def push_side(zs: Tree, value: Tree) -> Projected:
    """What ``project`` of a cell gave, and a wrapper's value beside it: side is (value, side)."""
    z, side = split_side(zs)
    return Projected(z, (value, side))


def pop_side(zs: Projected) -> tuple[Tree, Tree]:
    """(value, zs) from ``push_side(zs, value)``."""
    value, side = zs.side
    return value, zs.z if side is None else Projected(zs.z, side)


@dataclasses.dataclass(frozen=True)
class SideProjection:
    """``project`` of a wrapper: that of the cell inside, and a value for ``combine`` beside it."""

    project: Callable[[Params, Tree], Tree]
    split: Callable[[Params, Tree], tuple[Tree, Tree]]
    """(params, xs) -> (inputs of the cell inside, the value)"""

    def __call__(self, params: Params, xs: Tree) -> Projected:
        xs, value = self.split(params, xs)
        return push_side(self.project(params, xs), value)


def is_dense(project: Callable[[Params, Tree], Tree]) -> bool:
    """Whether z is x w_x + b, so that what scales both scales z."""
    if isinstance(project, SideProjection):
        return is_dense(project.project)
    return project is products.dense


def gated(cell: Cell, asker: str, advice: str = "") -> Gated:
    """The recurrence of a cell that has a gate, else a ValueError on behalf of ``asker``."""
    if isinstance(cell.recurrence, Gated):
        return cell.recurrence
    raise ValueError(
        f"{asker} cannot serve {cell.name}, whose recurrence is not gate(z, h . w_h, carry)"
        + advice
    )

"""``hoisted``: the recurrence with its backward pass written once for all cells.

Autodiff of a scan adds dw_h [P, kH] up at every step, runs activations again and makes a new array
of everything it keeps. Here, for any cell of the form gate(z, h . w_h, carry):

    forward    what the gate keeps takes the place of z, step by step, in the same memory
    reverse    only the cotangent of the carry is carried; dz takes the place of what was kept
    after      dw_h = sum_t h_t^T du_t as one product over all T*B rows, and one vjp over all
               steps for the parameters inside the gate

Weight gradients as one product after the loop: Appleyard et al. 2016 (cuDNN), Haste. A gradient of
the gradient is taken by autodiff of the same recurrence, so any order of reverse mode works.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax

from seqjax.basics.build import gated
from seqjax.basics.types import Array, Carry, Cell, Params, Tree
from seqjax.drivers import door
from seqjax.drivers.hoisted_backward import backward
from seqjax.drivers.hoisted_forward import Given, Saved, by_scan, forward, forward_only
from seqjax.drivers.slots import floats, merge


class Loops(NamedTuple):
    """How the steps are walked; arguments and results as those of ``forward`` and ``backward``."""

    walk: Callable[..., door.Walked]
    """forward without what the backward needs"""
    forward: Callable[..., tuple[door.Walked, Saved]]
    backward: Callable[..., tuple]
    prepared: bool = False
    """whether they are given projected inputs, and weights with the constants of activations"""


LOOPS = Loops(forward_only, forward, backward, prepared=True)


def _loop(cell: Cell, reverse: bool, states: bool, given: Given, loops: Loops) -> door.Walked:
    """The walk, with the backward pass written by hand.

    Arguments are cut in two: ``args`` are differentiated, ``fixed`` (masks and marks) are not.
    """

    def whole(args: tuple, fixed: tuple) -> Given:
        params, moving, carry, start = args
        still, real, restarts = fixed
        return Given(params, merge(moving, still), carry, start, real, restarts)

    @jax.custom_vjp
    def loop(args: tuple, fixed: tuple) -> door.Walked:
        return loops.walk(cell, reverse, states, whole(args, fixed))

    def loop_forward(args: tuple, fixed: tuple) -> tuple:
        out, saved = loops.forward(cell, reverse, states, whole(args, fixed))
        return out, (args, fixed, saved)

    def slowly(args: tuple, fixed: tuple) -> door.Walked:
        return by_scan(cell, reverse, states, whole(args, fixed), loops.prepared)

    def loop_backward(residuals: tuple, cotangents: door.Walked) -> tuple:
        return pull(*residuals, cotangents), None

    @jax.custom_vjp
    def pull(args: tuple, fixed: tuple, saved: Saved, cotangents: door.Walked) -> tuple:
        return loops.backward(cell, reverse, whole(args, fixed), saved, cotangents)

    def pull_forward(args: tuple, fixed: tuple, saved: Saved, cotangents: door.Walked) -> tuple:
        return pull(args, fixed, saved, cotangents), (args, fixed, cotangents)

    def pull_backward(residuals: tuple, second: tuple) -> tuple:
        # ``saved`` is a function of args, so the derivative for args is taken whole, and that for
        # ``saved`` is none.
        args, fixed, cotangents = residuals

        def gradient(args: tuple, cotangents: door.Walked) -> tuple:
            ((params, *rest),) = jax.vjp(lambda args: slowly(args, fixed), args)[1](cotangents)
            return {n: None if second[0][n] is None else params[n] for n in params}, *rest

        dargs, dcotangents = jax.vjp(gradient, args, cotangents)[1](second)
        return dargs, None, None, dcotangents

    loop.defvjp(loop_forward, loop_backward)
    pull.defvjp(pull_forward, pull_backward)
    moving, still = floats(given.zs)
    args = (given.params, moving, given.carry, given.start)
    return loop(args, (still, given.real, given.restarts))


def serves(cell: Cell) -> None:
    """Raises ValueError if the cell is not of the form gate(z, h . w_h, carry)."""
    gated(cell, "driver: hoisted", "; use sequential, chunked or auto")


def walk_fast(
    cell: Cell,
    params: Params,
    walk: door.Walk,
    reverse: bool,
    states: bool,
    loops: Loops = LOOPS,
) -> door.Walked:
    """The walk of a cell that has a gate."""
    zs = walk.xs
    if loops.prepared:
        params = gated(cell, "driver: hoisted")[1].fold(params)
        zs = cell.project(params, zs)
    given = Given(params, zs, walk.carry, walk.start, walk.real, walk.restarts)
    return _loop(cell, reverse, states, given, loops)


def hoisted(
    cell: Cell,
    params: Params,
    xs: Tree,
    lengths: Array | None = None,
    carry: Carry | None = None,
    *,
    resets: Array | None = None,
    reverse: bool = False,
    states: bool = False,
) -> Any:
    """Walks ``cell`` over xs with the fast backward pass. Arguments and results: ``sequential``.

    Serves cells that give ``hidden`` and ``gate``. Reverse mode to any order; for forward mode
    (jvp, jacfwd) use ``sequential``.
    """
    serves(cell)
    walk = door.enter(cell, params, xs, lengths, carry, resets, reverse)
    return door.leave(walk, walk_fast(cell, params, walk, reverse, states), states)

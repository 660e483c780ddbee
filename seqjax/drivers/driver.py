"""The record that a driver is."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, Literal, overload

from seqjax.basics.cell import Cell
from seqjax.basics.types import Array, Carry, Params, Tree
from seqjax.drivers import call_checks
from seqjax.drivers.devices import over_devices
from seqjax.drivers.inputs import (
    Outputs,
    OutputsWithStates,
    ScanInputs,
    ScanOutputs,
    finish,
    prepare,
)


@dataclasses.dataclass(frozen=True)
class Driver:
    """A way to walk a cell over time. Called, it checks its arguments and returns (carry, hs).

    All drivers give the same numbers, to rounding; ``sequential`` is the reference.
    """

    name: str
    unsupported: Callable[[Cell, ScanInputs | None], str]
    """Why it cannot walk a cell, "" if it can; asked without inputs: of the cell alone."""
    run: Callable[..., ScanOutputs]
    """(cell, inputs, **options) -> outputs"""

    @overload
    def __call__(
        self,
        cell: Cell,
        params: Params,
        xs: Tree,
        lengths: Array | None = None,
        carry: Carry | None = None,
        *,
        resets: Array | None = None,
        reverse: bool = False,
        states: Literal[False] = False,
        **options: Any,
    ) -> Outputs: ...

    @overload
    def __call__(
        self,
        cell: Cell,
        params: Params,
        xs: Tree,
        lengths: Array | None = None,
        carry: Carry | None = None,
        *,
        resets: Array | None = None,
        reverse: bool = False,
        states: Literal[True],
        **options: Any,
    ) -> OutputsWithStates: ...

    def __call__(
        self,
        cell: Cell,
        params: Params,
        xs: Tree,
        lengths: Array | None = None,
        carry: Carry | None = None,
        *,
        resets: Array | None = None,
        reverse: bool = False,
        states: bool = False,
        **options: Any,
    ) -> Outputs | OutputsWithStates:
        """Walks ``cell`` over xs: (carry, hs), or (carry, hs, states).

        Args:
          xs: [T, B, D].
          lengths: int [B]; past its length a row's carry stands still and its output is zero.
          carry: the state before the first step; None means ``cell.start``.
          resets: bool [T, B]; marks the first step of each document in a row. Before it, or walking
            backwards after it, the row goes back to the start carry.
          reverse: walk from the last step to the first; padding stays at the end.
          states: also return the carry after each step, stacked along time.
          options: of the driver; ``chunked`` has ``size``.

        Raises:
          ValueError: naming the argument that contradicts the others, the parameter that is not the
            cell's, or what the driver cannot walk.

        >>> import jax, jax.numpy as jnp
        >>> from seqjax import cells, drivers
        >>> cell = cells.lstm(4)
        >>> params, xs = cell.init(jax.random.key(0), 3), jnp.ones((5, 2, 3))
        >>> result = drivers.hoisted(cell, params, xs, lengths=[5, 1])
        >>> result.hs.shape, bool((result.hs[1:, 1] == 0).all())
        ((5, 2, 4), True)
        """
        call_checks.options(self.name, self.run, options)
        inputs = prepare(
            cell, params, xs, lengths, carry, resets=resets, reverse=reverse, states=states
        )
        if reason := self.unsupported(cell, inputs):
            raise ValueError(reason)
        return finish(inputs, over_devices(self.run, cell, inputs, options))

"""Makes a Cell from its parts, and takes it apart again."""

from __future__ import annotations

from collections.abc import Callable

from seqjax.basics import products
from seqjax.basics.types import Array, Carry, Cell, Fused, Gate, Params, Tree

Hidden = Callable[[Params, Carry], Array]


def gated(cell: Cell, asker: str, advice: str = "") -> tuple[Hidden, Gate]:
    """(hidden, gate) of a cell that has them, else a ValueError on behalf of ``asker``."""
    if cell.hidden is None or cell.gate is None:
        raise ValueError(
            f"{asker} cannot serve {cell.name}, whose recurrence is not gate(z, h . w_h, carry)"
            + advice
        )
    return cell.hidden, cell.gate


def gated_step(hidden: Hidden, gate: Gate) -> Callable[[Params, Carry, Tree], Carry]:
    """carry' = gate(params, z, hidden(carry) . w_h, carry)."""

    def step(params: Params, carry: Carry, z: Tree) -> Carry:
        return gate(params, z, products.recur(hidden(params, carry), params["w_h"]), carry)

    return step


def gated_cell(
    *,
    name: str,
    width: int,
    init: Callable[[Array, int], Params],
    start: Callable[[Params, tuple[int, ...]], Carry],
    hidden: Hidden,
    gate: Gate,
    read: Callable[[Carry], Array],
    project: Callable[[Params, Tree], Tree] = products.dense,
) -> Cell:
    """A cell of the form gate(z, h . w_h, carry), with its step derived."""
    return Cell(name, width, init, start, project, read, gated_step(hidden, gate), hidden, gate)


def with_fused(
    cell: Cell,
    kind: str,
    weights: Callable[[Params], tuple[Array, Array, Array, Array]] | None = None,
) -> Cell:
    """The cell, marked as one of those that kernels walk; arguments as in ``Fused``."""
    return cell._replace(fused=Fused(kind, (cell.project, cell.step, cell.read), weights))


def fused(cell: Cell) -> Fused | None:
    """The mark of ``with_fused`` if the cell still computes what it did when it got it.

    Wrappers copy the cell they wrap, mark and all. Those that only draw noise for parameters or
    inputs before the walk leave the recurrence alone; all others replace one of its parts.
    """
    mark, parts = cell.fused, (cell.project, cell.step, cell.read)
    same = mark is not None and all(a is b for a, b in zip(parts, mark.parts, strict=True))
    return mark if same else None

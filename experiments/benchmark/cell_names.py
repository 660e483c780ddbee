"""From the name of a cell to its factory: those of seqjax, and those of a module of one's own."""

from __future__ import annotations

import importlib
from collections.abc import Callable

from seqjax.basics import checks
from seqjax.basics.cell import Cell
from seqjax.cells import CELLS

UNITS = 8
"""Of the cell that a factory has to show."""


def factory(name: str) -> Callable[..., Cell]:
    """What makes the cell from a number of units: one of ``CELLS``, or MODULE:FUNCTION.

    A module is found as by ``import``: one in the working directory, where a launch was started
    with ``python -m``.

    Raises:
      ValueError: for a name, a module or a function that is not there.

    >>> factory("seqjax.cells.template:leaky") is factory("seqjax.cells.template:leaky")
    True
    """
    if ":" not in name:
        return checks.lookup("cells", CELLS, name)
    module, _, function = name.partition(":")
    try:
        make: Callable[..., Cell] = getattr(importlib.import_module(module), function)
    except Exception as error:  # whatever a module of the user's may raise
        raise _failed(name, error) from error
    return make


def _failed(name: str, error: Exception) -> ValueError:
    return ValueError(f"cells: got {name!r}, which gives {type(error).__name__}: {error}")


def _check(name: str) -> None:
    """Makes a small cell. Raises a ValueError for what makes none, or one of another width."""
    make = factory(name)
    try:
        cell = make(UNITS)
    except Exception as error:
        raise _failed(name, error) from error
    if not isinstance(cell, Cell):
        raise ValueError(f"cells: got {name!r}, which makes a {type(cell).__name__}, want a cell")
    if cell.width != UNITS:
        raise ValueError(
            f"cells: got {name!r}, which makes outputs of {cell.width} from {UNITS} units, want the"
            " same number"
        )


def parse_cells(text: str) -> list[str]:
    """Names with commas between them, each once; "all" for those of ``CELLS``.

    Raises:
      ValueError: for one that ``factory`` does not know, or that makes no cell of as many outputs
        as units.

    >>> parse_cells("lstm,seqjax.cells.template:leaky,lstm")
    ['lstm', 'seqjax.cells.template:leaky']
    """
    names = list(CELLS) if text == "all" else list(dict.fromkeys(text.split(",")))
    for name in names:
        _check(name)
    return names

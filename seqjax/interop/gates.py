"""The one table of conventions: how each library writes each cell down.

Ours, for comparison: kernels [D, kH]; blocks i f g o, and r z n; z keeps; one bias, and b_n inside
the GRU's reset; carry (h, c). Every other file of this folder reads the table; none knows an order
of gates.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

OURS = {"rnn": "h", "lstm": "ifgo", "gru": "rzn", "gru_reset_before": "rzn"}
"""The blocks of our weights, in order; an rnn has one."""


class Convention(NamedTuple):
    """One cell in one library."""

    blocks: str
    """The order of the gate blocks along kH, by our letters."""
    bias: str = "x"
    """Where a bias goes: beside the input product "x" or beside the recurrent product "h". In
    libraries with two, both are read and this one is written, the other being zero."""
    inner: bool = False
    """Whether there is a place for b_n, the bias inside r ⊙ (h w_h + b_n)."""
    rows: bool = False
    """Kernels are [kH, D], used as w @ x, instead of [D, kH], used as x @ w."""
    inverted: str = ""
    """Gates that mean 1 - ours. Since 1 - σ(a) = σ(-a), weights and bias change sign."""
    added: tuple[tuple[str, float], ...] = ()
    """(gate, constant): the forward pass adds the constant to the gate's bias."""
    projection: bool = False
    """Whether there is a place for the output projection w_p."""
    activation: str | None = None
    """The only activation that the cell has, where ours has a choice."""
    carry: str = "h"
    """The order of the states."""


CONVENTIONS: dict[str, dict[str, Convention]] = {
    "torch": {
        "rnn": Convention("h", rows=True),
        "lstm": Convention("ifgo", rows=True, projection=True, carry="hc"),
        "gru": Convention("rzn", rows=True, inner=True),
    },
    "keras": {
        "rnn": Convention("h"),
        "lstm": Convention("ifgo", carry="hc"),
        "gru": Convention("zrn", inner=True),
        "gru_reset_before": Convention("zrn"),
    },
    # Linen's gates have names, not places: the order is that in which they are put side by side.
    "linen": {
        "rnn": Convention("h"),
        "lstm": Convention("ifgo", bias="h", carry="ch"),
        "gru": Convention("rzn", inner=True),
    },
    "nnx": {
        "rnn": Convention("h"),
        "lstm": Convention("ifgo", bias="h", carry="ch"),
        "gru": Convention("rzn"),
    },
    "haiku": {
        "rnn": Convention("h", activation="relu"),
        "lstm": Convention("igfo", added=(("f", 1.0),), carry="hc"),
        "gru_reset_before": Convention("zrn", inverted="z"),
    },
    "equinox": {
        "lstm": Convention("ifgo", rows=True, carry="hc"),
        "gru": Convention("rzn", rows=True, inner=True),
    },
}


def convention(library: str, cell: str) -> Convention:
    """The row of the table.

    Raises:
      ValueError: for a cell that the library does not have; it lists those it has.

    >>> convention("keras", "gru").blocks
    'zrn'
    """
    table = CONVENTIONS[library]
    if cell in table:
        return table[cell]
    hint = "; want the bare cell, without wrappers" if "(" in cell else ""
    raise ValueError(f"cell: got {cell}, but {library} has only {', '.join(table)}{hint}")


def from_theirs(row: Convention, cell: str, w: Any) -> Any:
    """w [..., kH] in the library's order and sense of gates -> ours. NumPy or JAX, as it came.

    >>> from_theirs(convention("keras", "gru"), "gru", np.array([1.0, 2.0, 3.0]))  # zrn -> rzn
    array([2., 1., 3.])
    """
    return _reorder(w, row.blocks, OURS[cell], row.inverted)


def to_theirs(row: Convention, cell: str, w: Any) -> Any:
    """The inverse of ``from_theirs``: w [..., kH] in our order -> the library's.

    >>> to_theirs(convention("haiku", "lstm"), "lstm", np.array([1.0, 2.0, 3.0, 4.0]))  # igfo
    array([1., 3., 2., 4.])
    """
    return _reorder(w, OURS[cell], row.blocks, row.inverted)


def _reorder(w: Any, source: str, target: str, inverted: str) -> Any:
    blocks = w.reshape(*w.shape[:-1], len(source), w.shape[-1] // len(source))
    blocks = blocks[..., np.array([source.index(gate) for gate in target]), :]
    if inverted:
        signs = [-1 if gate in inverted else 1 for gate in target]
        blocks = blocks * np.array(signs, w.dtype)[:, None]
    return blocks.reshape(w.shape)


def added(row: Convention, cell: str, width: int) -> np.ndarray:
    """float32 [kH] in our order: the constants that the library adds to a bias at run time.

    >>> added(convention("haiku", "lstm"), "lstm", 4)
    array([0., 1., 0., 0.], dtype=float32)
    """
    constants = dict(row.added)
    values = np.array([constants.get(gate, 0.0) for gate in OURS[cell]], np.float32)
    return np.repeat(values, width // len(values))

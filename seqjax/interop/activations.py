"""Whether an rnn is tanh or relu, which its weights do not say."""

from __future__ import annotations

import jax.numpy as jnp

from seqjax.basics.types import Cell


def activation(cell: Cell) -> str:
    """The name, "relu" or "tanh". A cell's record does not say it either: ask what becomes of 2.

    >>> from seqjax.cells import rnn
    >>> activation(rnn(3, activation="relu"))
    'relu'
    """
    assert cell.gate is not None
    two = jnp.full((1, cell.width), 2.0)
    return "relu" if float(cell.gate({}, two, jnp.zeros_like(two), two)[0, 0]) == 2 else "tanh"


def check(cell: Cell, want: str, where: str) -> None:
    """Checks that ``cell``, an rnn, has the activation ``want``, that of ``where``.

    Raises:
      ValueError: if it has another one.
    """
    if activation(cell) != want:
        raise ValueError(
            f"cell: got an rnn with {activation(cell)}, but {where} has {want}; want"
            f" rnn({cell.width}, activation={want!r})"
        )

"""Whether an rnn is tanh or relu, which its weights do not say."""

from __future__ import annotations

import jax.numpy as jnp

from seqjax.basics.types import Cell


def activation(cell: Cell) -> str:
    """The name, "relu" or "tanh". A cell's record does not say it either: ask what becomes of 2."""
    assert cell.gate is not None
    two = jnp.full((1, cell.width), 2.0)
    return "relu" if float(cell.gate({}, two, jnp.zeros_like(two), two)[0, 0]) == 2 else "tanh"


def check(cell: Cell, want: str, where: str) -> None:
    """A ValueError if ``cell`` is an rnn of another activation than ``want``, that of ``where``."""
    if activation(cell) != want:
        raise ValueError(
            f"cell: got an rnn with {activation(cell)}, but {where} has {want}; want"
            f" rnn({cell.width}, activation={want!r})"
        )

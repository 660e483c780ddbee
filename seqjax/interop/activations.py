"""Whether an rnn is tanh or relu, which its weights do not say."""

from __future__ import annotations

from seqjax.basics.cell import Cell, gated


def activation(cell: Cell) -> str:
    """The name, "relu" or "tanh".

    >>> from seqjax.cells import rnn
    >>> activation(rnn(3, activation="relu"))
    'relu'
    """
    return "relu" if "r" in gated(cell, "interop").gate.activations else "tanh"


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

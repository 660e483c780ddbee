"""Makes a cell that is linear in time of its coefficients, with the weights that most share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from seqjax.basics import checks, products
from seqjax.basics.cell import Affine, Cell
from seqjax.basics.initializers import Init
from seqjax.basics.types import Array, Carry, Params
from seqjax.cells.weights import start, weights


def _whole(carry: Array) -> Array:
    return carry


def affine_cell(
    name: str,
    hidden: int,
    affine: Affine,
    *,
    blocks: int,
    init: str | Init = "default",
    learn_start: bool = False,
    begin: Callable[[Params, tuple[int, ...]], Carry] | None = None,
    read: Callable[[Any], Array] = _whole,
    forget: int | None = None,
    forget_bias: float | None = None,
    more: Callable[[Array, int], Params] | None = None,
) -> Cell:
    """The cell carry' = a ⊙ carry + b with (a, b) = affine.coefficients(params, x w_x + b).

    Parameters: w_x [D, kH], b [kH]; there is no w_h.

    Args:
      hidden: H, the width of the output.
      blocks: k.
      begin: ``start`` of the cell; None: h [B, H], zero or learned.
      read: carry -> y [B, H].
      forget: which block is the forget gate, if any; its bias begins at ``forget_bias``, or where
        ``init`` puts it.
      more: (key, H) -> further parameters.

    Raises:
      ValueError: as ``weights``, or for a switch that is not True or False.

    >>> import jax
    >>> cell = affine_cell("mine", 4, Affine(lambda params, z: (jax.nn.sigmoid(z), z)), blocks=1)
    >>> cell.init(jax.random.key(0), 3)["w_x"].shape
    (3, 4)
    """
    return Cell(
        name=name,
        width=hidden,
        init=weights(
            hidden,
            blocks,
            init=init,
            forget=forget,
            forget_bias=forget_bias,
            learn_start=int(checks.flag("learn_start", learn_start)),
            recurrent=False,
            more=more,
        ),
        start=begin or start(hidden),
        project=products.dense,
        read=read,
        recurrence=affine,
    )

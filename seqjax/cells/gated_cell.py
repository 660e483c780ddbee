"""Makes a cell of a gate, with the weights, options and carry that most cells share."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from seqjax.basics import checks, products
from seqjax.basics.cell import Cell, Gated
from seqjax.basics.gates import Gate, active_letters
from seqjax.basics.initializers import Init
from seqjax.basics.types import Array, Params
from seqjax.cells.weights import start, weights


def _whole(carry: Array) -> Array:
    return carry


def _first(carry: tuple[Array, Array]) -> Array:
    return carry[0]


def gated_cell(
    name: str,
    hidden: int,
    gate: Gate,
    *,
    blocks: int | None = None,
    memory: bool = False,
    init: str | Init = "default",
    heads: int = 1,
    projection: int | None = None,
    learn_start: bool = False,
    forget: int | None = None,
    forget_bias: float | None = None,
    recurrent: bool = True,
    vectors: Mapping[str, int] | None = None,
    more: Callable[[Array, int], Params] | None = None,
) -> Cell:
    """The cell carry' = gate(x w_x + b, h w_h, carry), whose output is h.

    Parameters: w_x [D, kH], w_h [P, kH], b [kH], P = H without projection. Carry: h [B, P], or with
    a memory (h [B, P], c [B, H]); zero at first, or learned.

    Args:
      hidden: H.
      blocks: k; None: a block for each letter of ``gate.activations``.
      memory: whether the carry has a second part, which is not fed back.
      heads: N > 1 makes w_h block-diagonal, [N, H/N, kH/N].
      forget: which block is the forget gate, if any; its bias begins at ``forget_bias``, or where
        ``init`` puts it.
      recurrent: whether ``init`` draws w_h; without, ``more`` makes it, say a diagonal one, [kH].
      vectors: further biases and peepholes, name -> how many times H entries, which begin as
        ``init`` says; ``gate.bias`` is one of them, unless ``more`` makes it.
      more: (key, H) -> further parameters.

    Raises:
      ValueError: as ``weights``, for a gate that contradicts itself, or for neither blocks nor
        activations.

    >>> import jax
    >>> def combine(params, blocks, h, side):
    ...     f, n = blocks
    ...     return f * h + (1 - f) * n
    >>> cell = gated_cell("mine", 4, Gate(combine, "st"))
    >>> cell.init(jax.random.key(0), 3)["w_h"].shape
    (4, 8)
    """
    active_letters(gate)
    letters = gate.activations
    k = blocks or len(letters)
    if k < 1:
        raise ValueError("blocks: got none, and the gate has no activations that say how many")
    if letters and letters != "-" and k != len(letters):
        raise ValueError(f"blocks: got {blocks}, but activations {letters!r} are {len(letters)}")
    inner = letters.count("-") if gate.bias else 0
    back = projection or hidden
    return Cell(
        name=name,
        width=back,
        init=weights(
            hidden,
            k,
            init=init,
            heads=heads,
            forget=forget,
            forget_bias=forget_bias,
            projection=projection,
            learn_start=(1 + memory) * checks.flag("learn_start", learn_start),
            recurrent=recurrent,
            memory=memory,
            inner=inner,
            vectors={**({gate.bias: inner} if gate.bias else {}), **(vectors or {})},
            more=more,
        ),
        start=start(back, hidden) if memory else start(back),
        project=products.dense,
        read=_first if memory else _whole,
        recurrence=Gated(
            (lambda params, carry: carry[0]) if memory else (lambda params, carry: carry),
            gate,
        ),
    )

"""LSTM with exponential gates, a normaliser and a stabiliser."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp

from seqjax.basics import checks
from seqjax.basics.cell import Cell
from seqjax.basics.gates import Gate
from seqjax.basics.initializers import Init
from seqjax.basics.types import Array, Carry, Params, Tree
from seqjax.cells.gated_cell import gated_cell
from seqjax.cells.weights import start

NOTHING = -1e10
"""What m counts as where nothing is remembered: below every log f + m and i that float32 sums take,
and no infinity, of which a difference would be NaN."""

LEAST = 0.5
"""What a smaller n counts as. One of i' and f' is 1 at every step, so that n is 1 or more, but for
the rounding of m: the bound is for carries that no step made."""

LOG_FORGET: dict[str, Callable[[Array], Array]] = {
    "sigmoid": jax.nn.log_sigmoid,
    "exp": lambda sums: sums,
}
"""log f of the sums that enter the forget gate."""


def _gate(forget_gate: str) -> Gate:
    log_forget = checks.lookup("forget_gate", LOG_FORGET, forget_gate)

    def combine(params: Params, pre: Array, carry: Carry, side: Tree) -> Carry:
        i, f, g, o = jnp.split(pre, 4, axis=-1)
        _, c, n, old = carry
        log_f, old = log_forget(f), jnp.where(n > 0, old, NOTHING)
        m = jnp.maximum(log_f + old, i)
        # In this order: the difference of the two m, which may be far from zero, is exact.
        f, i = jnp.exp(log_f + (old - m)), jnp.exp(i - m)
        c, n = f * c + i * jnp.tanh(g), f * n + i
        return jax.nn.sigmoid(o) * c / jnp.maximum(n, LEAST), c, n, m

    return Gate(combine)


def slstm(
    hidden: int,
    *,
    forget_gate: str = "sigmoid",
    forget_bias: float | None = None,
    init: str | Init = "default",
    heads: int = 1,
    learn_start: bool = False,
) -> Cell:
    """The scalar LSTM of xLSTM (Beck et al. 2024, section 2.2 and appendix A.2).

        i = exp(ĩ),  f = σ(f̃) or exp(f̃),  o = σ(õ),  g = tanh(g̃),  each ~ x_t w_x + h_{t-1} w_h + b
        c_t = f ⊙ c_{t-1} + i ⊙ g       n_t = f ⊙ n_{t-1} + i        h_t = o ⊙ c_t / n_t

    computed as the paper stabilises it, so that no exponential overflows:

        m_t = max(log f + m_{t-1}, ĩ),   i' = exp(ĩ - m_t),   f' = exp(log f + m_{t-1} - m_t)

    in the place of i and f. c and n are then those above times e^-m, and h is the same for every m.
    c_t / n_t is a mean of all g so far, which the gates weigh.

    The first step: where n is 0 nothing is remembered, and m_0 is -∞ by the equations, so that
    m_1 = ĩ_1, i' = 1 and h_1 = o ⊙ g whatever ĩ_1 is. With m_0 = 0 i' would underflow for ĩ far
    below 0, and n_1 be 0. So there m counts as -1e10, which no sum reaches.

    Blocks in order: i f g o (the paper's z is g). Shapes: w_x [D, 4H], w_h [H, 4H], b [4H]. Carry:
    (h, c, n, m), [B, H] each, all 0 at first. Where the start is learned, h and c are: as after one
    step of weight 1, n = 1 and m = 0. n_t is 1 or more; for carries that no step
    made, one below 1/2 counts as 1/2. Output: h. What the paper puts around the cell, such as the
    norm of each head, is not in it.

    Args:
      hidden: H.
      forget_gate: "sigmoid" or "exp".
      forget_bias: where the forget gate's bias begins; None leaves it to ``init``, or is 0 with
        "exp", where f begins at 1.
      init: a name in ``INITIALIZERS`` or an ``Init``.
      heads: N > 1 makes w_h block-diagonal, [N, H/N, 4H/N].
      learn_start: make h and c before the first step parameters.

    Raises:
      ValueError: for a size below 1, an unknown name, or heads that do not divide H. From ``step``,
        as ``rnn``.

    >>> cell = slstm(4, heads=2)
    >>> params = cell.init(jax.random.key(0), 3)
    >>> {name: w.shape for name, w in params.items()}
    {'w_x': (3, 16), 'w_h': (2, 2, 8), 'b': (16,)}
    >>> h, c, n, m = jax.jit(cell.step)(params, cell.start(params, (1,)), jnp.full((1, 16), -90.0))
    >>> n.tolist(), m.tolist()
    ([[1.0, 1.0, 1.0, 1.0]], [[-90.0, -90.0, -90.0, -90.0]])
    """
    cell = gated_cell(
        "slstm",
        hidden,
        _gate(forget_gate),
        blocks=4,
        memory=True,
        init=init,
        heads=heads,
        learn_start=learn_start,
        forget=1,
        forget_bias=0.0 if forget_bias is None and forget_gate == "exp" else forget_bias,
    )
    h_and_c = start(hidden, hidden)

    def whole(params: Params, batch_shape: tuple[int, ...]) -> Carry:
        h, c = h_and_c(params, batch_shape)
        return h, c, jnp.full_like(c, learn_start), jnp.zeros_like(c)

    return cell._replace(start=whole)

"""An LSTM whose gates look at the inputs alone, and share one unit of weight: linear in time."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from seqjax.basics import checks
from seqjax.basics.cell import Affine, Cell
from seqjax.basics.initializers import Init
from seqjax.basics.types import Array, Params
from seqjax.cells.affine_cell import affine_cell
from seqjax.cells.positive import log_positive, positive


def _log_odds(zs: Array) -> tuple[Array, Array]:
    """(log f/i, n): f/(f + i) is σ of the first, i/(f + i) σ of its negative.

    log σ(x) = -softplus(-x) is exact where σ(x) underflows, and f/(f + i) would be 0/0.
    """
    f, i, n = jnp.split(zs, 3, axis=-1)
    return jax.nn.softplus(-i) - jax.nn.softplus(-f), n


def _coefficients(params: Params, zs: Array) -> tuple[Array, Array]:
    odds, n = _log_odds(zs)
    return jax.nn.sigmoid(odds), jax.nn.sigmoid(-odds) * n


def _positive(params: Params, zs: Array) -> tuple[Array, Array]:
    odds, n = _log_odds(zs)
    return jax.nn.sigmoid(odds), jax.nn.sigmoid(-odds) * positive(n)


def _logs(params: Params, zs: Array) -> tuple[Array, Array]:
    odds, n = _log_odds(zs)
    return jax.nn.log_sigmoid(odds), jax.nn.log_sigmoid(-odds) + log_positive(n)


def min_lstm(
    hidden: int,
    *,
    positive: bool = False,
    init: str | Init = "default",
    forget_bias: float | None = None,
    learn_start: bool = False,
) -> Cell:
    """The minimal LSTM (Feng et al. 2024, section 3.2), whose gates are divided by their sum.

        f, i, n = x_t w_x + b, the first two through σ
        f' = f / (f + i),  i' = i / (f + i)
        h_t = f' ⊙ h_{t-1} + i' ⊙ n

    Neither gates nor candidate see the state, so each unit is linear in time and the driver
    ``associative`` walks all steps in parallel. f' is computed as σ(log f - log i), which is right
    where f and i are both too small for their dtype. Blocks in order: f i n.
    Shapes: w_x [D, 3H], b [3H]; there is no w_h. Carry: h [B, H]. Output: h.

    Args:
      hidden: H.
      positive: n goes through g(x) = x + 1/2 for x >= 0, else σ(x) (appendix B.3), so that from a
        carry of 0 or more all states are above 0, and ``log_space_scan`` serves the cell.
      init: a name in ``INITIALIZERS`` or an ``Init``.
      forget_bias: where the bias of f begins; None: where ``init`` puts it.
      learn_start: make the state before the first step a parameter.

    Raises:
      ValueError: for a size below 1, a switch that is not True or False, a bias that is no number,
        or an unknown name.

    >>> import jax
    >>> {name: w.shape for name, w in min_lstm(4).init(jax.random.key(0), 3).items()}
    {'w_x': (3, 12), 'b': (12,)}
    """
    is_positive = checks.flag("positive", positive)
    return affine_cell(
        "min_lstm",
        hidden,
        Affine(_positive, _logs) if is_positive else Affine(_coefficients),
        blocks=3,
        init=init,
        forget=0,
        forget_bias=forget_bias,
        learn_start=learn_start,
    )

"""A GRU whose gate looks at the inputs alone: linear in time."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from seqjax.basics import checks
from seqjax.basics.cell import Affine, Cell
from seqjax.basics.initializers import Init
from seqjax.basics.types import Array, Params
from seqjax.cells.affine_cell import affine_cell
from seqjax.cells.positive import log_positive, positive


def _coefficients(params: Params, zs: Array) -> tuple[Array, Array]:
    z, n = jnp.split(zs, 2, axis=-1)
    z = jax.nn.sigmoid(z)
    return z, (1 - z) * n


def _positive(params: Params, zs: Array) -> tuple[Array, Array]:
    z, n = jnp.split(zs, 2, axis=-1)
    # σ(-z) and not 1 - σ(z): it keeps its digits where z is large.
    return jax.nn.sigmoid(z), jax.nn.sigmoid(-z) * positive(n)


def _logs(params: Params, zs: Array) -> tuple[Array, Array]:
    z, n = jnp.split(zs, 2, axis=-1)
    return jax.nn.log_sigmoid(z), jax.nn.log_sigmoid(-z) + log_positive(n)


def min_gru(
    hidden: int,
    *,
    positive: bool = False,
    init: str | Init = "default",
    learn_start: bool = False,
) -> Cell:
    """The minimal GRU (Feng et al. 2024, section 3.1): no state enters its gate or its candidate.

        z, n = x_t w_x + b, the first through σ
        h_t  = z ⊙ h_{t-1} + (1 - z) ⊙ n

    z keeps; the paper's z_t is 1 - z. Each unit is linear in time, with coefficients that the
    inputs choose, so the driver ``associative`` walks all steps in parallel. Blocks in order: z n.
    Shapes: w_x [D, 2H], b [2H]; there is no w_h. Carry: h [B, H]. Output: h.

    Args:
      hidden: H.
      positive: n goes through g(x) = x + 1/2 for x >= 0, else σ(x) (appendix B.3), so that from a
        carry of 0 or more all states are above 0, and ``log_space_scan`` serves the cell.
      init: a name in ``INITIALIZERS`` or an ``Init``.
      learn_start: make the state before the first step a parameter.

    Raises:
      ValueError: for a size below 1, a switch that is not True or False, or an unknown name.

    >>> import jax
    >>> {name: w.shape for name, w in min_gru(4).init(jax.random.key(0), 3).items()}
    {'w_x': (3, 8), 'b': (8,)}
    """
    is_positive = checks.flag("positive", positive)
    return affine_cell(
        "min_gru",
        hidden,
        Affine(_positive, _logs) if is_positive else Affine(_coefficients),
        blocks=2,
        init=init,
        learn_start=learn_start,
    )

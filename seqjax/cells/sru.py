"""The simple recurrent unit: a memory and a highway whose gates see the inputs alone."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp

from seqjax.basics import checks
from seqjax.basics.cell import Affine, Cell
from seqjax.basics.initializers import Init
from seqjax.basics.types import Array, Carry, Params
from seqjax.cells.affine_cell import affine_cell
from seqjax.cells.weights import start


def _coefficients(scale: float) -> Callable[[Params, Array], tuple[Carry, Carry]]:
    def coefficients(params: Params, zs: Array) -> tuple[Carry, Carry]:
        f, r, n, x = jnp.split(zs, 4, axis=-1)
        f, r = jax.nn.sigmoid(f), jax.nn.sigmoid(r)
        none = jnp.zeros_like(r)
        return (f, none, none), ((1 - f) * n, r, scale * (1 - r) * x)

    return coefficients


def _read(carry: tuple[Array, Array, Array]) -> Array:
    c, r, skip = carry
    return r * c + skip


def sru(
    hidden: int,
    *,
    scale: float = 1.0,
    forget_bias: float | None = None,
    init: str | Init = "default",
    learn_start: bool = False,
) -> Cell:
    """The simple recurrent unit (Lei et al. 2018, equations 1 to 4), whose gates do not see c.

        f, r = σ(x_t w_x + b) for each      n, x̂ = x_t w_x + b for each
        c_t  = f ⊙ c_{t-1} + (1 - f) ⊙ n
        y_t  = r ⊙ c_t + α (1 - r) ⊙ x̂

    That is the paper's unit with v_f = v_r = 0, so that c is linear in time, with coefficients that
    the inputs choose, and the driver ``associative`` walks all steps in parallel. x̂ is a fourth
    block in the place of the paper's x_t, which would have to be as wide as the state. What the
    output needs beside c stands in the carry, made anew at every step.

    Blocks in order: f r n x̂. Shapes: w_x [D, 4H], b [4H]; there is no w_h. Carry: (c, r,
    α (1 - r) ⊙ x̂), [B, H] each. Output: y.

    Args:
      hidden: H.
      scale: α; the paper's is sqrt(1 + 2 e^b) for a bias of r that begins at b, 3 ** 0.5 for 0.
      forget_bias: where the bias of f begins; None leaves it to ``init``.
      init: a name in ``INITIALIZERS`` or an ``Init``.
      learn_start: make c before the first step a parameter.

    Raises:
      ValueError: for a size below 1, a scale that is no number above 0, or an unknown name.

    >>> {name: w.shape for name, w in sru(4).init(jax.random.key(0), 3).items()}
    {'w_x': (3, 16), 'b': (16,)}
    """
    checks.number("scale", scale, above=0)
    return affine_cell(
        "sru",
        hidden,
        Affine(_coefficients(scale)),
        blocks=4,
        init=init,
        forget=0,
        forget_bias=forget_bias,
        learn_start=learn_start,
        begin=start(hidden, hidden, hidden),
        read=_read,
    )

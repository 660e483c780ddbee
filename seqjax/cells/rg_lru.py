"""The real-gated linear recurrent unit of Griffin: linear in time, its decay chosen by inputs."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from seqjax.basics.cell import Affine, Cell
from seqjax.basics.initializers import Init
from seqjax.basics.types import Array, Params
from seqjax.cells.affine_cell import affine_cell

SHARPNESS = 8.0
"""c: how much more a wide open gate forgets than a half open one."""
MAX_SLOPE = 1000.0


@jax.custom_jvp
def input_scale(log_a: Array) -> Array:
    """sqrt(1 - a²) from log a <= 0, by expm1: 1 - a² would have no digits left where a is near 1.

    Its slope -a²/sqrt(1 - a²) is infinite at a = 1. It is taken as no steeper than -1000 a², as in
    the authors' code, so that a gate that shuts altogether gives no NaN.
    """
    return jnp.sqrt(-jnp.expm1(2 * log_a))


@input_scale.defjvp
def _input_scale_jvp(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    (log_a,), (tangent,) = primals, tangents
    scale = input_scale(log_a)
    return scale, -jnp.exp(2 * log_a) / jnp.maximum(scale, 1 / MAX_SLOPE) * tangent


def _coefficients(params: Params, zs: Array) -> tuple[Array, Array]:
    r, i, x = jnp.split(zs, 3, axis=-1)
    decay = jax.nn.softplus(params["lambda"].astype(zs.dtype))
    log_a = -SHARPNESS * decay * jax.nn.sigmoid(r)
    return jnp.exp(log_a), input_scale(log_a) * jax.nn.sigmoid(i) * x


def _slow(key: Array, hidden: int) -> Params:
    """Λ with exp(-c softplus(Λ)) ~ U(0.9, 0.999)."""
    least = jax.random.uniform(key, (hidden,), jnp.float32, 0.9, 0.999)
    return {"lambda": jnp.log(jnp.expm1(-jnp.log(least) / SHARPNESS))}


def rg_lru(hidden: int, *, init: str | Init = "default", learn_start: bool = False) -> Cell:
    """The real-gated linear recurrent unit (De et al. 2024, Griffin, section 2.4).

        r, i, x̃ = x_t w_x + b, the first two through σ
        a_t = exp(-c softplus(Λ) ⊙ r),  c = 8
        h_t = a_t ⊙ h_{t-1} + sqrt(1 - a_t²) ⊙ (i ⊙ x̃)

    r is how much is forgotten: where it is 0 the state stands still, and by the square root no
    input enters. a_t and the root are made from log a_t, which keeps their digits near a = 1; the
    slope of the root is bounded there. No state enters the gates, so the driver ``associative``
    walks all steps in parallel. Blocks in order: r i x̃.

    The paper has the input itself for x̃, of width H, and gates of it by blocks; here D need not be
    H, and x̃ and the gates are dense in the inputs.

    Shapes: w_x [D, 3H], b [3H], lambda [H] (Λ; the paper's a is exp(-softplus(Λ))), which begins so
    that a_t at r = 1 lies between 0.9 and 0.999. Carry: h [B, H]. Output: h.

    Args:
      hidden: H.
      init: of w_x and b, a name in ``INITIALIZERS`` or an ``Init``.
      learn_start: make the state before the first step a parameter.

    Raises:
      ValueError: for a size below 1, or an unknown name.

    >>> import jax
    >>> {name: w.shape for name, w in rg_lru(4).init(jax.random.key(0), 3).items()}
    {'w_x': (3, 12), 'b': (12,), 'lambda': (4,)}
    """
    return affine_cell(
        "rg_lru",
        hidden,
        Affine(_coefficients),
        blocks=3,
        init=init,
        learn_start=learn_start,
        more=_slow,
    )

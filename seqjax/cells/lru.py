"""The linear recurrent unit: complex eigenvalues inside the unit circle, linear in time."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
from jax import lax

from seqjax.basics import checks
from seqjax.basics.cell import Affine, Cell
from seqjax.basics.initializers import Init
from seqjax.basics.types import Array, Params
from seqjax.cells.affine_cell import affine_cell
from seqjax.cells.complex_state import both_parts, complex_start, even, paired


def _coefficients(params: Params, zs: Array) -> tuple[Array, Array]:
    nu, theta, gamma = (
        params[name].astype(zs.dtype) for name in ("nu_log", "theta_log", "gamma_log")
    )
    eigenvalues = jnp.exp(lax.complex(-jnp.exp(nu), jnp.exp(theta)))
    return eigenvalues, jnp.exp(gamma) * paired(zs)


def ring(key: Array, pairs: int, r_min: float, r_max: float, max_phase: float) -> Params:
    """ν, θ and γ of eigenvalues drawn evenly over a ring (Orvieto et al. 2023, lemma 3.2).

    |λ|² ~ U(r_min², r_max²), the phase ~ U(0, max_phase), γ = sqrt(1 - |λ|²).
    """
    # Neither end of [0, 1], where a logarithm below would be infinite.
    near_zero, near_one = 1e-6, 1 - 1e-6
    radius, phase = jax.random.uniform(key, (2, pairs), jnp.float32, near_zero, near_one)
    nu_log = jnp.log(-0.5 * jnp.log(r_min**2 + radius * (r_max**2 - r_min**2)))
    return {
        "nu_log": nu_log,
        "theta_log": jnp.log(max_phase * phase),
        "gamma_log": 0.5 * jnp.log(-jnp.expm1(-2 * jnp.exp(nu_log))),
    }


def lru(
    hidden: int,
    *,
    r_min: float = 0.0,
    r_max: float = 1.0,
    max_phase: float = 2 * math.pi,
    init: str | Init = "default",
    learn_start: bool = False,
) -> Cell:
    """The linear recurrent unit (Orvieto et al. 2023, section 3) of N = hidden/2 complex units.

        h_t = λ ⊙ h_{t-1} + γ ⊙ (B x_t + β),   λ = exp(-exp(ν) + i exp(θ)),   γ = exp(γ_log)
        y_t = (Re h_t, Im h_t)

    |λ| < 1 for every ν. λ does not depend on the inputs, and the driver ``associative`` walks all
    steps in parallel. γ begins at sqrt(1 - |λ|²), so that the states of all units are of one size.

    Shapes: w_x [D, 2N] holds B, its real part in the first N columns; b [2N] is β in the same way,
    which the paper does not have: it is zero at first, as in all cells here. nu_log, theta_log,
    gamma_log [N]. Carry: h [B, N], complex64, complex128 for float64 weights; it is not rounded
    with weights of 16 bits. Output [B, 2N], real: the paper's Re(C h) is a matrix of the layer
    above, its D x a ``residual`` around the cell.

    Args:
      hidden: 2N, even.
      r_min: the least |λ| at first. Long sequences want both bounds near 1, such as 0.9 and 0.999.
      r_max: the greatest.
      max_phase: the greatest phase at first, in radians; such as π/10 for long sequences.
      init: of w_x and b, a name in ``INITIALIZERS`` or an ``Init``.
      learn_start: make the state before the first step a parameter, start_0 [2N].

    Raises:
      ValueError: for a size that is odd or below 1, radii that are not 0 <= r_min < r_max <= 1, a
        phase outside (0, 2π], or an unknown name.

    >>> import jax
    >>> cell = lru(4)
    >>> params = cell.init(jax.random.key(0), 3)
    >>> sorted(params), cell.start(params, (2,)).dtype
    (['b', 'gamma_log', 'nu_log', 'theta_log', 'w_x'], dtype('complex64'))
    """
    pairs = even("lru", hidden)
    for name, value in (("r_min", r_min), ("r_max", r_max), ("max_phase", max_phase)):
        checks.number(name, value)
    if not 0 <= r_min < r_max <= 1:
        raise ValueError(f"r_min, r_max: got {r_min}, {r_max}, want 0 <= r_min < r_max <= 1")
    if not 0 < max_phase <= 2 * math.pi:
        raise ValueError(f"max_phase: got {max_phase}, want a number in (0, 2π]")
    return affine_cell(
        "lru",
        hidden,
        Affine(_coefficients),
        blocks=1,
        init=init,
        learn_start=learn_start,
        begin=complex_start(hidden),
        read=both_parts,
        more=lambda key, _: ring(key, pairs, r_min, r_max, max_phase),
    )

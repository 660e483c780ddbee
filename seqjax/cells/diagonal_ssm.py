"""A diagonal state-space model, made discrete: complex, linear in time."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
from jax import lax

from seqjax.basics import checks
from seqjax.basics.cell import Affine, Cell
from seqjax.basics.initializers import Init
from seqjax.basics.types import Array, Params
from seqjax.cells.affine_cell import affine_cell
from seqjax.cells.complex_state import both_parts, complex_start, even, paired

Discretization = Callable[[Array, Array], tuple[Array, Array]]
"""(A, Δ) -> (Ā, B̄/B)"""


def zero_order_hold(a: Array, dt: Array) -> tuple[Array, Array]:
    """exp(ΔA) and (exp(ΔA) - 1)/A: exact for inputs that stand still between two steps."""
    return jnp.exp(dt * a), jnp.expm1(dt * a) / a


def bilinear(a: Array, dt: Array) -> tuple[Array, Array]:
    """(1 + ΔA/2)/(1 - ΔA/2) and Δ/(1 - ΔA/2): the trapezoidal rule (Tustin)."""
    half = dt * a / 2
    return (1 + half) / (1 - half), dt / (1 - half)


DISCRETIZATIONS: dict[str, Discretization] = {"zoh": zero_order_hold, "bilinear": bilinear}


def _coefficients(discretize: Discretization, params: Params, zs: Array) -> tuple[Array, Array]:
    re_log, im, dt_log = (params[name].astype(zs.dtype) for name in ("re_log", "im", "dt_log"))
    eigenvalues, scale = discretize(lax.complex(-jnp.exp(re_log), im), jnp.exp(dt_log))
    return eigenvalues, scale * paired(zs)


def s4d_lin(key: Array, pairs: int, dt_min: float, dt_max: float) -> Params:
    """A_n = -1/2 + iπn (Gu et al. 2022, S4D-Lin), log Δ ~ U(log dt_min, log dt_max)."""
    low, high = math.log(dt_min), math.log(dt_max)
    return {
        "re_log": jnp.full(pairs, math.log(0.5), jnp.float32),
        "im": jnp.pi * jnp.arange(pairs, dtype=jnp.float32),
        "dt_log": low + (high - low) * jax.random.uniform(key, (pairs,), jnp.float32),
    }


def diagonal_ssm(
    hidden: int,
    *,
    discretization: str = "zoh",
    dt_min: float = 0.001,
    dt_max: float = 0.1,
    init: str | Init = "default",
    learn_start: bool = False,
) -> Cell:
    """A state-space model with a diagonal matrix (S4D, S5: Gu et al. 2022; Smith et al. 2023).

        h'(t) = A h(t) + B x(t) + β,   A = -exp(re_log) + i im,   one step is Δ = exp(dt_log)
        h_t   = Ā ⊙ h_{t-1} + B̄ x_t,   y_t = (Re h_t, Im h_t)

        zoh        Ā = exp(ΔA)                   B̄ = (Ā - 1)/A B
        bilinear   Ā = (1 + ΔA/2)/(1 - ΔA/2)     B̄ = Δ/(1 - ΔA/2) B

    for N = hidden/2 complex units, all of which see all inputs, as in S5. |Ā| < 1 either way. The
    driver ``associative`` walks all steps in parallel.

    Shapes: w_x [D, 2N] holds B, its real part in the first N columns; b [2N] is β in the same way,
    which the papers do not have, zero at first. re_log, im, dt_log [N]. Carry: h [B, N], complex64,
    complex128 for float64 weights. Output [B, 2N], real: the papers' 2 Re(C h) is a matrix of the
    layer above, their D x a ``residual`` around the cell.

    Args:
      hidden: 2N, even.
      discretization: "zoh" or "bilinear".
      dt_min: the least Δ at first: a unit remembers about 2/Δ steps.
      dt_max: the greatest.
      init: of w_x and b, a name in ``INITIALIZERS`` or an ``Init``.
      learn_start: make the state before the first step a parameter, start_0 [2N].

    Raises:
      ValueError: for a size that is odd or below 1, steps that are not 0 < dt_min <= dt_max, or an
        unknown name.

    >>> import jax
    >>> cell = diagonal_ssm(4)
    >>> sorted(cell.init(jax.random.key(0), 3))
    ['b', 'dt_log', 'im', 're_log', 'w_x']
    """
    pairs = even("diagonal_ssm", hidden)
    discretize = checks.lookup("discretization", DISCRETIZATIONS, discretization)
    checks.number("dt_min", dt_min, above=0)
    checks.number("dt_max", dt_max, above=0)
    if dt_min > dt_max:
        raise ValueError(f"dt_min: got {dt_min}, want at most dt_max={dt_max}")
    return affine_cell(
        "diagonal_ssm",
        hidden,
        Affine(partial(_coefficients, discretize)),
        blocks=1,
        init=init,
        learn_start=learn_start,
        begin=complex_start(hidden),
        read=both_parts,
        more=lambda key, _: s4d_lin(key, pairs, dt_min, dt_max),
    )

"""bfloat16 and float32: which dtypes come out, and how near the numbers are."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from cases import broad, of_drivers, over_few
from walking import answer, close, cotangents, problem


def widened(tree, wide):
    """The same numbers in another dtype, states of it too."""

    def cast(a):
        if jnp.issubdtype(a.dtype, jnp.complexfloating):
            return a.astype(np.result_type(wide, np.complex64))
        return a.astype(wide) if jnp.issubdtype(a.dtype, jnp.floating) else a

    return jax.tree.map(cast, tree)


def dtypes(tree):
    """Those of real parts: a state of complex64 is one of float32."""
    return {leaf.real.dtype for leaf in jax.tree.leaves(tree)}


@over_few(demands=of_drivers)
def test_bfloat16_keeps_its_state_in_float32(case, driver):
    """Outputs and gradients in bfloat16, states in float32, all near a wider walk."""
    given = problem(case, jnp.bfloat16)
    out = cotangents(case, given)
    got = answer(case, driver, given, out)
    assert dtypes((got.hs, got.dparams, got.dxs)) == {jnp.dtype(jnp.bfloat16)}
    assert dtypes((got.carry, got.states, got.dcarry)) == {jnp.dtype(jnp.float32)}
    wide = np.float32 if case.noisy else np.float64  # JAX draws other masks in float64
    with jax.enable_x64(wide == np.float64):
        want = answer(case, driver, widened(given, wide), widened(out, wide))
    # 8 bits of mantissa; layer_norm of a state near its zero start magnifies what is lost.
    close(got.values, want.values, 0.02)
    close(got.gradients, want.gradients, 0.3 if "layer_norm" in case.name else 0.06)


# Without noise: JAX draws other masks in float64.
@over_few(lambda case, driver: broad(case, driver) and not case.noisy, of_drivers)
def test_float32_is_near_float64(case, driver):
    """All results in float32, and equal to the float64 walk to float32's rounding."""
    got = answer(case, driver, problem(case, np.float32))
    assert dtypes(got) == {jnp.dtype(np.float32)}
    with jax.enable_x64(True):
        want = answer(case, driver, problem(case))
        assert dtypes(want) == {jnp.dtype(np.float64)}
    close(got.values, want.values, 2e-6)
    close(got.gradients, want.gradients, 2e-4 if "layer_norm" in case.name else 1e-5)

"""A training step that is fed with its own results is compiled once."""

from __future__ import annotations

import jax
import numpy as np
from cases import B, broad, of_drivers, over_few
from walking import perturbed, problem


@over_few(broad, of_drivers)  # either drifts by itself
def test_a_carry_handed_on_compiles_nothing(case, driver):
    """Parameters and carry come out as they went in: no dtype, shape or weak type drifts."""
    given = problem(case, np.float32)

    def step(params, xs, carry, lengths, resets):
        def loss(params):
            carry_and_hs = driver.drive(
                case.cell, *perturbed(case, params, xs), lengths, carry, resets=resets
            )
            return carry_and_hs[1].sum(), carry_and_hs[0]

        (_, last), slope = jax.value_and_grad(loss, has_aux=True)(params)
        return jax.tree.map(lambda p, g: p - 0.1 * g, params, slope), last

    def began(params):
        return params, case.cell.start(params, (B,))

    params, carry = jax.eval_shape(began, given.params)
    assert jax.eval_shape(step, params, given.xs, carry, *given[3:]) == (params, carry)

"""Walks of equal shapes are compiled once."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from cases import B, broad, of_drivers, over_few
from compiled_programs import COMPILED, listening
from walking import perturbed, problem, quick


@over_few(broad, of_drivers)  # either drifts by itself
def test_a_carry_handed_on_compiles_nothing(case, driver):
    """A training step fed with its own parameters and carry is traced once: no dtype drifts."""
    given, traces = problem(case, np.float32), []

    def step(params, xs, carry, lengths, resets):
        traces.append(1)

        def loss(params):
            carry_and_hs = driver.drive(
                case.cell, *perturbed(case, params, xs), lengths, carry, resets=resets
            )
            return carry_and_hs[1].sum(), carry_and_hs[0]

        (_, last), slope = jax.value_and_grad(loss, has_aux=True)(params)
        return jax.tree.map(lambda p, g: p - 0.1 * g, params, slope), last

    step = quick(step)
    params, carry = given.params, case.cell.start(given.params, (B,))
    compilations = []
    with listening(COMPILED, lambda: compilations.append(1)):
        for shift in range(3):
            params, carry = step(
                params, given.xs, carry, jnp.roll(given.lengths, shift), given.resets
            )
            if shift == 0:
                jnp.roll(given.lengths, 1), jnp.roll(given.lengths, 2)
                assert compilations
                compilations.clear()
    assert len(traces) == 1
    assert not compilations

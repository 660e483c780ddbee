"""The driver native on every case of the contracts that it serves, beside ``sequential``."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from cases import CASES, REFERENCE, B, Case, Driver
from native_toys import doubled
from walking import KEY, close, cotangents, problem, quick

from seqjax.drivers import native
from seqjax.drivers.inputs import prepare
from seqjax.drivers.native import build, compiler, recurrence

pytestmark = [
    pytest.mark.skipif(jax.default_backend() != "cpu", reason="the kernels are for CPU"),
    pytest.mark.skipif(compiler.compiler() is None, reason="there is no C++ compiler"),
]
SERVED = [case for case in CASES if not native.unsupported(case.cell, None)]
NATIVE = Driver("native", native, lambda case: True)


def noisy(case: Case, given: Any) -> Any:
    """The problem with the noise of one pass in its parameters and inputs."""
    if not case.noisy:
        return given
    params, xs = case.cell.noise(given.params, given.xs, jax.random.key(KEY))
    return given._replace(params=params, xs=xs)


@pytest.fixture(scope="module")
def compiled() -> None:
    """All gates in one library, in a hurry."""
    bodies = []
    for case in SERVED:
        given = noisy(case, problem(case, np.float32))
        inputs = prepare(case.cell, given.params, given.xs, carry=given.carry)
        bodies.append(recurrence.functor_of(case.cell, inputs).body)
    build.load_gates(bodies, "-O0")


def answer(case: Case, driver: Driver, given: Any, out: Any) -> Any:
    """Values, and gradients by all that is a float."""

    def of(floats: list) -> tuple:
        whole = [a if b is None else b for a, b in zip(leaves, floats, strict=True)]
        moved = given._replace(**structure.unflatten(whole))
        result = driver.drive(
            case.cell, moved.params, moved.xs, moved.lengths, moved.carry,
            resets=moved.resets, reverse=case.broad, states=True,
        )  # fmt: skip
        return tuple(result)

    moving = {name: getattr(given, name) for name in ("params", "xs", "carry")}
    leaves, structure = jax.tree.flatten(moving)
    floats = [a if jnp.issubdtype(a.dtype, jnp.floating) else None for a in leaves]

    def both(floats: list) -> tuple:
        values, pull = jax.vjp(of, floats)
        return values, pull(out)

    return quick(both)(floats)


def test_most_gated_cells_are_served():
    """All but those with a reduction or a product inside their gate, or a diagonal w_h."""
    left = {case.name for case in CASES if hasattr(case.cell.recurrence, "gate")}
    left -= {case.name for case in SERVED}
    assert left == {
        "layer_norm_lstm", "layer_norm_gru_heads", "lstm_projection_learned",
        "peephole_lstm_projection", "cifg_lstm_projection", "ind_rnn",
        "ind_rnn_bounded_tanh_learned",
    }  # fmt: skip


@pytest.mark.parametrize("case", SERVED, ids=lambda case: case.name)
def test_values_and_gradients(compiled, case):
    """With padding, documents, states, noise; broad cases backwards."""
    plain = problem(case, np.float32)
    out, given = cotangents(case, plain), noisy(case, plain)
    got = answer(case, NATIVE, given, out)
    with jax.enable_x64(True):
        want = answer(case, REFERENCE, doubled(given), doubled(out))
    close(got, want, 2e-6)
    assert got[0][1].shape[1] == B

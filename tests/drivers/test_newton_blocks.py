"""Which entries of a state depend on which, and the Jacobians that come of it."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from covering import marked
from newton_problems import (
    D,
    H,
    begun,
    both,
    elementwise,
    of_step,
    problem,
)
from walking import close, quick

from seqjax.basics.cell import advance
from seqjax.cells import (
    Cell,
    Step,
    gru,
    gru_reset_before,
    layer_norm,
    locked_dropout,
    lru,
    lstm,
    residual,
    rnn,
    zoneout,
)
from seqjax.drivers import newton
from seqjax.drivers.inputs import prepare
from seqjax.drivers.newton.blocks import blocks_of, dependencies, diagonal
from seqjax.drivers.newton.jacobians import jacobians
from seqjax.drivers.newton.system import System, equations, next_states, previous


def sizes(cell: Cell, batch: int = 2, d: int = D) -> dict[int, int]:
    """Size of blocks -> how many there are, for a pass with noise where the cell has some."""

    def first_step() -> Any:
        params, xs = cell.init(jax.random.key(0), d), jnp.ones((5, batch, d))
        if cell.noise:
            params, xs = cell.noise(params, xs, jax.random.key(1))
        return params, jax.tree.map(lambda a: a[0], cell.project(params, xs))

    shapes = jax.eval_shape(first_step)
    return {block.shape[1]: len(block) for block in blocks_of(dependencies(cell, *shapes))}


def test_blocks_come_from_the_step() -> None:
    """Whole cells, heads, single units; what wrappers hand past the cell is by itself."""
    assert sizes(rnn(H)) == {H: 1}
    assert sizes(lstm(H)) == {2 * H: 1}
    assert sizes(lstm(6, heads=3)) == {4: 3}
    assert sizes(elementwise(rnn(H, activation="relu"))) == {1: H}
    assert sizes(elementwise(lstm(H))) == {2: H}
    assert sizes(layer_norm(gru(H, heads=2))) == {H: 1}
    assert sizes(residual(gru(H, heads=2)), d=H) == {1: H, 2: 2}
    assert sizes(zoneout(elementwise(gru(H)))) == {1: H}
    assert sizes(locked_dropout(gru(H, heads=2)), batch=3) == {2: 2}


def test_debugging_nans_does_not_stop_the_search() -> None:
    with jax.debug_nans(True):
        assert sizes(rnn(H, heads=2)) == {2: 2}


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize(
    "cell",
    [lstm(6, heads=3), residual(gru(D)), gru_reset_before(H)],
    ids=lambda cell: cell.name,
)
def test_the_jacobian_is_that_of_the_step(cell: Cell) -> None:
    """Blocks put back into matrices equal jax.jacfwd of all steps, padding and resets included."""
    params, xs = problem(cell, 5)
    resets = np.zeros((5, 2), bool)
    resets[2, 0] = True
    projected = jax.eval_shape(cell.project, params, xs)
    z = jax.tree.map(lambda a: jax.ShapeDtypeStruct(a.shape[1:], a.dtype), projected)
    system = System(cell, blocks_of(dependencies(cell, params, z)), exact=True)
    size = sum(block.size for block in system.blocks)
    rough = system._replace(blocks=diagonal(size), exact=False)

    @quick
    def everything(params: Any, xs: Any, states: Any) -> Any:
        inputs = prepare(cell, params, xs, jnp.array([5, 3]), resets=resets)
        args, fixed = equations(cell, inputs)
        earlier = previous(system, args, states)
        whole = jax.jacfwd(lambda earlier: next_states(system, args, fixed, earlier))(earlier)
        return whole, *(jacobians(each, args, fixed, earlier) for each in (system, rough))

    states = np.random.default_rng(2).normal(size=(5, 2, size))
    whole, parts, (rough_part,) = everything(params, xs, states)
    whole = np.einsum("tbitbj->tbij", whole)
    got = np.zeros_like(whole)
    for block, part in zip(system.blocks, parts, strict=True):
        for n, entries in enumerate(block):
            got[:, :, entries[:, None], entries] = part[:, :, n]
    close(got, whole, 1e-14)
    assert (got[3:, 1] == np.eye(size)).all() and not got[2, 0].any()
    close(rough_part[..., 0, 0], np.einsum("tbii->tbi", whole))


@pytest.mark.usefixtures("x64")
def test_a_complex_state_that_is_not_linear() -> None:
    """z' = tanh(λ z + x), written as a step of any kind."""
    inner = lru(H)

    def step(params: Any, carry: Any, z: Any) -> Any:
        return jnp.tanh(advance(inner, params, carry, z))

    cell = inner._replace(recurrence=Step(step))
    xs = np.random.default_rng(1).normal(size=(20, 2, D))
    params = jax.tree.map(np.float64, begun(cell))
    got, want = both(cell, params, xs)
    close(got, want, 1e-11)
    assert sizes(cell) == {2: H // 2}


CHOOSING = {
    "by the state": lambda p, c, z: jnp.where(
        c.max(-1, keepdims=True) > 4, -0.3 * c @ p["w"], 0.9 * c + z
    ),
    "by the input": lambda p, c, z: jnp.where(z > 2, 0.5 * jnp.roll(c, 1, -1), 0.8 * c + z),
    "for all rows": lambda p, c, z: jax.lax.cond(
        jnp.sum(c) > 0, lambda c: jnp.tanh(c @ p["w"]) + z, lambda c: 0.5 * c + z, c
    ),
    "with a mean over rows": lambda p, c, z: jnp.tanh(c - c.mean(0)) + z,
}
"""Steps that choose by numbers, or look at the whole batch, of which blocks know nothing."""


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize(
    "name", marked([(n,) for n in CHOOSING], [("by the state",), ("with a mean over rows",)])
)
def test_steps_that_choose_have_exact_gradients(name: str) -> None:
    """What the blocks lack is noticed where the gradient is made, and it goes step by step."""
    cell = of_step(CHOOSING[name])
    params = jax.tree.map(np.float64, begun(cell))
    xs = np.abs(np.random.default_rng(1).normal(size=(7, 3, D)))
    got, want = both(cell, params, xs)
    close(got, want, 1e-11)


def test_a_step_with_a_traced_value_of_its_own_is_refused() -> None:
    xs = jnp.ones((5, 2, D))

    def walk(alpha: Any) -> Any:
        cell = of_step(lambda p, c, z: jnp.tanh(alpha * c + z))
        return newton(cell, cell.init(jax.random.key(0), D), xs).hs.sum()

    with pytest.raises(ValueError, match="mine, whose step uses a traced value that is not among"):
        jax.jit(walk)(0.7)

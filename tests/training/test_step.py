"""One step of training, on a task with a batch of points and a carry that counts."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from compiled_programs import COMPILED, listening
from training_toys import STEADY, Points, compiled, loss, start
from walking import same

from seqjax.training.adaptation import Adaptation
from seqjax.training.checkpoints import Checkpoints
from seqjax.training.config import Optimization
from seqjax.training.optimizers import optimizer
from seqjax.training.step import begin, chosen, train_step

SGD = Optimization(optimizer="sgd", rate=0.1)


@pytest.fixture(scope="module")
def sgd():
    return compiled(SGD)


def state_of(config=SGD, **options):
    options = {"carry": {"seen": jnp.int32(0)}, "key": jax.random.key(3)} | options
    return begin(start(), optimizer(config, 4, 12), **options)


def by_hand(params, batch, step, scale=1.0, seed=3):
    """(θ - scale 0.1 g, ‖g‖) of the mean squared error, in float64."""
    noise = jax.random.normal(jax.random.fold_in(jax.random.key(seed), step), (5, 3))
    x = np.asarray(batch["x"] + 0.01 * noise, np.float64)
    w, b = np.asarray(params["w"], np.float64), float(params["b"])
    slope = 2 / 5 * (x @ w + b - batch["y"])
    dw, db = slope @ x, slope.sum()
    return {"w": w - scale * 0.1 * dw, "b": b - scale * 0.1 * db}, np.sqrt(dw @ dw + db**2)


def test_steps_are_those_computed_by_hand(sgd) -> None:
    state, points, want = state_of(), Points(), start()
    for n, scale in enumerate((1.0, 0.25, 1.0)):
        batch = next(points)
        want, norm = by_hand(want, batch, n, scale)
        state, metrics = sgd(state, batch, Adaptation(scale, False))
        np.testing.assert_allclose(state.params["w"], want["w"], atol=1e-6)
        np.testing.assert_allclose(state.params["b"], want["b"], atol=1e-6)
        assert float(metrics["gradient_norm"][0]) == pytest.approx(norm, rel=1e-5)
        assert float(metrics["rate"][0]) == pytest.approx(scale * 0.1)
        assert (int(state.step), int(state.carry["seen"])) == (n + 1, n + 1)
    assert {float(count) for _, count in metrics.values()} == {1.0, 5.0}


def test_the_norm_is_that_before_clipping() -> None:
    config, batch = Optimization(optimizer="sgd", rate=0.1, clip=0.01), next(Points())
    state, metrics = compiled(config)(state_of(config), batch, STEADY)
    assert float(metrics["gradient_norm"][0]) == pytest.approx(by_hand(start(), batch, 0)[1])
    moved = np.sqrt(sum(float((leaf**2).sum()) for leaf in state.params.values()))
    assert moved == pytest.approx(0.1 * 0.01, rel=1e-4)


def test_the_average_is_that_of_the_steps_at_which_it_is_switched_on(sgd) -> None:
    state, points, seen = state_of(average=True), Points(), []
    for on in (False, False, True, True, False, True):
        state, _ = sgd(state, next(points), Adaptation(1.0, on))
        seen += [np.asarray(state.params["w"], np.float64)] if on else []
        assert int(state.averaged) == len(seen)
        assert chosen(state) is (state.average if seen else state.params)
        if seen:
            np.testing.assert_allclose(state.average["w"], np.mean(seen, 0), atol=1e-6)


def test_noise_depends_on_key_and_step_alone(sgd) -> None:
    batch = next(Points())

    def carried(seed: int, at: int):
        state = state_of(key=jax.random.key(seed))
        return sgd(state._replace(step=jnp.int32(at)), batch, STEADY)[0].params["w"]

    same(carried(3, 7), carried(3, 7))
    assert not np.array_equal(carried(3, 7), carried(3, 8))
    assert not np.array_equal(carried(3, 7), carried(4, 7))
    np.testing.assert_allclose(carried(4, 7), by_hand(start(), batch, 7, seed=4)[0]["w"], atol=1e-6)


def test_a_task_without_carry() -> None:
    step = train_step(loss, optax.sgd(0.1))
    state, metrics = step(
        begin(start(), optax.sgd(0.1), (), key=jax.random.key(3)), next(Points()), STEADY
    )
    assert state.carry == ()
    assert set(metrics) == {"loss", "gradient_norm"}


def test_buffers_are_reused_and_those_of_the_caller_are_not() -> None:
    """Also where one array stands in several places, which no donation would allow."""
    params, carry, key = start(), jnp.zeros(3), jax.random.key(0)
    state = begin(params, optax.sgd(0.1), (carry, carry, params["w"]), key=key)
    after, _ = train_step(loss, optax.sgd(0.1))(state, next(Points()), STEADY)
    assert all(leaf.is_deleted() for leaf in jax.tree.leaves(state.params))
    assert not any(leaf.is_deleted() for leaf in jax.tree.leaves((params, carry, key, after)))


def test_only_the_first_step_compiles(tmp_path) -> None:
    config = Optimization(optimizer="adam", accumulate=2)
    chain, points = optimizer(config, 4, 12), Points()
    step = train_step(loss, chain, lambda n: 0.1)
    state = begin(start(), chain, {"weak": jnp.asarray(0.0)}, average=True, key=jax.random.key(0))
    state, _ = step(state, next(points), STEADY)
    with Checkpoints(tmp_path) as checkpoints:
        checkpoints.save(1, {"state": state}, {}, {})
        restored = checkpoints.restore(1, {"state": state})["state"]
    compilations: list[int] = []
    with listening(COMPILED, lambda: compilations.append(1)):
        for each in (state, restored):
            for adaptation in (STEADY, Adaptation(0.125, True)):
                each, _ = step(each, next(points), adaptation)
    assert not compilations

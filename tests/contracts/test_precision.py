"""Float32 parameters, inputs and states, products of 16 bits: cells, layers, and all tasks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import launches
import numpy as np
import pytest
from cases import CASES, DRIVERS, REFERENCE
from covering import marked
from jax.extend.core import jaxprs_in_params
from short_data import shorten
from task_cases import CASES as TASK_CASES
from training_toys import STEADY
from walking import answer, close, cotangents, problem, quick, random_like

import seqjax
from seqjax import cells, layers, runs
from seqjax.basics import precision
from seqjax.objectives import chunked_cross_entropy
from seqjax.runs.prepare import prepare
from seqjax.tasks import TASKS
from seqjax.tasks.settings import from_settings

BITS = {"bfloat16": 8, "float16": 11}
CELLS = {case.name: case for case in CASES}
HOISTED = next(driver for driver in DRIVERS if driver.name == "hoisted")
POINTS = jnp.asarray(np.random.default_rng(0).normal(size=(5, 2, 3)), jnp.float32)


def at(name: str, driver: Any) -> Any:
    """The driver, in whose walks and gradients products are made at that precision."""
    return driver._replace(
        name=f"{driver.name} {name}", drive=precision.applied(driver.drive, name)
    )


@pytest.mark.parametrize(
    "cell, driver, name",
    [
        ("lstm_projection_learned", HOISTED, "bfloat16"),
        ("gru_heads_learned", HOISTED, "float16"),
        ("min_gru_learned", REFERENCE, "float16"),
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_walks_and_gradients_stay_float32(cell: str, driver: Any, name: str) -> None:
    """And are as near to those of float32 products as the bits of the factors allow."""
    case = CELLS[cell]
    given = problem(case, np.float32)
    out = cotangents(case, given)
    got = answer(case, at(name, driver), given, out)
    want = answer(case, REFERENCE, given, out)
    assert {leaf.dtype for leaf in jax.tree.leaves(got)} == {jnp.dtype(np.float32)}
    step = 2.0 ** -BITS[name]
    close(got.values, want.values, 5 * step)
    close(got.gradients, want.gradients, 15 * step)
    assert abs(got.dparams["w_x"] - want.dparams["w_x"]).max() > step / 100


def equations(jaxpr: Any) -> Iterator[Any]:
    """All equations, those of inner programs too."""
    for equation in jaxpr.eqns:
        yield equation
        for inner in jaxprs_in_params(equation.params):
            yield from equations(inner)


def products_of(jaxpr: Any) -> Iterator[tuple[str, ...]]:
    """Dtypes of the factors and the sum of each product."""
    for each in equations(jaxpr):
        if each.primitive.name == "dot_general":
            yield tuple(str(v.aval.dtype) for v in (*each.invars, *each.outvars))


def dense(name: str) -> Any:
    return layers.dense(4, precision=name)


def network(name: str) -> Any:
    return layers.stack([layers.recurrent(cells.gru(4)), layers.dense(3)], precision=name)


def walked(driver: str, cell: Any, name: str) -> Any:
    return layers.recurrent(cell, driver, precision=name)


@pytest.mark.parametrize(
    "make",
    [
        dense,
        network,
        partial(walked, "hoisted", cells.lstm(4, projection=2)),
        partial(walked, "sequential", cells.gru(4, heads=2)),
        partial(walked, "chunked", cells.lstm(4)),
        partial(walked, "associative", cells.min_gru(4)),
    ],
)
def test_all_products_of_a_layer_are_at_its_precision(make: Any) -> None:
    """Those of its gradient too, which is taken outside, and none where another is asked for."""
    for name in ("bfloat16", "float32"):
        layer = make(name)
        params = jax.eval_shape(lambda layer=layer: layer.init(jax.random.key(0), 3))

        def loss(params: Any, xs: Any, layer: Any = layer) -> Any:
            return jnp.sum(layer.apply(params, xs)[1] ** 2)

        with precision.using("float16"):
            jaxpr = jax.make_jaxpr(jax.grad(loss, (0, 1)))(params, POINTS).jaxpr
        assert set(products_of(jaxpr)) == {(name, name, "float32")}


def test_weights_are_rounded_before_the_loops() -> None:
    """Once each way, not at every step."""
    layer = walked("hoisted", cells.gru(4), "bfloat16")
    params = jax.eval_shape(lambda: layer.init(jax.random.key(0), 3))

    def loss(params: Any) -> Any:
        return jnp.sum(layer.apply(params, POINTS)[1] ** 2)

    jaxpr = jax.make_jaxpr(jax.grad(loss))(params).jaxpr
    loops = [each for each in equations(jaxpr) if each.primitive.name in ("while", "scan")]
    inside = [
        each for loop in loops for body in jaxprs_in_params(loop.params) for each in equations(body)
    ]
    shapes = [
        each.invars[0].aval.shape for each in inside
        if each.primitive.name == "convert_element_type"
    ]  # fmt: skip
    assert (2, 4) in shapes  # states and their cotangents are
    assert not {(4, 12), (12, 4)} & set(shapes)


def test_a_layer_keeps_its_own_precision_and_none_is_that_around() -> None:
    inner = layers.dense(4, precision="float16")
    outer = layers.stack([inner, layers.dense(2)], precision="bfloat16")
    params = jax.eval_shape(lambda: outer.init(jax.random.key(0), 3))
    for function, args in ((outer.apply, (POINTS,)), (outer.step, (((), ()), POINTS[0]))):
        found = list(products_of(jax.make_jaxpr(function)(params, *args).jaxpr))
        assert [factor for factor, _, _ in found] == ["float16", "bfloat16"]
    for make in (layers.dense, lambda n, **o: layers.recurrent(cells.rnn(n), **o)):
        with pytest.raises(ValueError, match="precision: got 'half'"):
            make(4, precision="half")
    with pytest.raises(ValueError, match="precision: got bfloat16, but native has float32 alone"):
        layers.recurrent(cells.lstm(4), "native", precision="bfloat16")


def test_auto_passes_over_a_driver_without_the_precision(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEQJAX_NATIVE", "1")
    layer = layers.recurrent(cells.lstm(4), precision="float16")
    params = jax.eval_shape(lambda: layer.init(jax.random.key(0), 3))
    found = set(products_of(jax.make_jaxpr(layer.apply)(params, POINTS).jaxpr))
    assert found == {("float16", "float16", "float32")}


def test_cross_entropy_over_a_vocabulary() -> None:
    """Its gradient is made in the forward pass, in blocks."""
    params = {"w": jnp.ones((9, 3)), "b": jnp.zeros(9)}
    weights = jnp.ones((5, 2))

    def total(params: Any, hs: Any) -> Any:
        return chunked_cross_entropy.total(params, hs, jnp.zeros((5, 2), int), weights)[0]

    gradient = precision.applied(jax.grad(total, (0, 1)), "float16")
    matrices = [
        dtypes for dtypes in products_of(jax.make_jaxpr(gradient)(params, POINTS).jaxpr)
        if dtypes[0] != "float32"
    ]  # fmt: skip
    assert matrices == [("float16", "float16", "float32")] * 3
    want = quick(jax.grad(total, (0, 1)))(params, POINTS)
    close(quick(gradient)(params, POINTS), want, 4 * 2.0**-11)


@pytest.fixture(scope="module", autouse=True)
def sooner() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        launches.quick(patch)
        shorten(patch.setattr)
        yield


SUMS = {"language_model": 2, "translation": 2, "word_vectors": 1}
"""Products that are sums in truth, of exponentials and of masks, and stay float32."""


def two_steps(task: str) -> tuple[list[Any], list[Any], Any]:
    """(the products of a step in float16, metrics of two of them, the state after)."""
    (case,) = (case for case in TASK_CASES if case.name == task)
    settings = {**case.settings, "workdir": "nowhere", "precision": "float16"}
    prepared = prepare(TASKS[task], from_settings(TASKS[task].configs, settings))
    training, source = prepared.training, prepared.data_set.parts["train"].source
    # Drawn here: to draw initial weights takes longer than the steps.
    params = random_like(jax.eval_shape(training.init, jax.random.key(0)), 0, 0.1)
    state, metrics = jax.jit(training.begin)(params, jax.random.key(1)), []
    jaxpr = training.step.trace(state, source[0], STEADY).jaxpr.jaxpr
    for n in range(2):
        state, figures = training.step(state, source[n % len(source)], STEADY)
        metrics.append(figures)
    return list(products_of(jaxpr)), metrics, state


# What others have of layers and losses is in these.
FIRST = ("tagging", "language_model", "regression", "word_vectors")


@pytest.mark.parametrize("task", marked([(t,) for t in TASKS], [(t,) for t in FIRST]))
def test_every_task_trains_in_float16(task: str) -> None:
    """All products of a step, forward and back, are narrow; what is kept is float32."""
    found, metrics, state = two_steps(task)
    exact = [dtypes for dtypes in found if dtypes[0] == "float32"]
    assert len(exact) == SUMS.get(task, 0)
    narrow = set(found) - set(exact)
    assert narrow == {("float16", "float16", "float32")}
    for figures in metrics:
        assert all(np.isfinite(float(total)) for total, _ in figures.values())
        if task != "word_vectors":
            assert float(figures["loss_scale"][0]) == 2.0**15
    kept = jax.tree.leaves((state.params, state.optimizer, state.carry))
    floats = {leaf.dtype for leaf in kept if jnp.issubdtype(leaf.dtype, jnp.floating)}
    assert floats == {jnp.dtype(np.float32)}


def test_a_run_keeps_its_precision(tmp_path: Path) -> None:
    """It is loaded and predicts as it was trained; resumed with another, it says what it had."""
    (case,) = (case for case in TASK_CASES if case.name == "regression")
    settings = {**case.settings, "workdir": str(tmp_path / "run")}

    def begun(precision: str) -> Any:
        again = {**settings, "precision": precision}
        return runs.begun(TASKS["regression"], from_settings(TASKS["regression"].configs, again))

    def resume(precision: str) -> None:
        with begun(precision):
            pass

    with begun("bfloat16") as run:
        assert run.train(quiet=True)
    loaded = seqjax.load(tmp_path / "run")
    assert loaded.record["config"]["precision"] == "bfloat16"
    batch = {"inputs": jnp.ones((3, 2, 1)), "lengths": jnp.array([3, 2])}
    found = set(products_of(jax.make_jaxpr(loaded.model.predict)(loaded.params, batch).jaxpr))
    assert found == {("bfloat16", "bfloat16", "float32")}
    (predicted,) = loaded.predict(np.sin(np.arange(12.0))[:, None])
    assert np.isfinite(predicted.values).all()
    resume("bfloat16")
    with pytest.raises(ValueError, match=r"precision: got 'float16', but the run in .*'bfloat16'"):
        resume("float16")
    # A run that is older than the setting was one of float32.
    path = tmp_path / "run" / "run.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    del record["config"]["precision"]
    path.write_text(json.dumps(record), encoding="utf-8")
    with pytest.raises(ValueError, match=r"precision: got 'bfloat16', but the run in .*'float32'"):
        resume("bfloat16")
    resume("float32")


def test_settings_that_cannot_be() -> None:
    for settings, words in (
        ({"precision": "half"}, "precision: got 'half', want one of bfloat16, float16"),
        ({"precision": "bfloat16", "objective": "glove"}, "glove has no products"),
        ({"precision": "float16", "objective": "neural_lm"}, "neural_lm .* want bfloat16"),
    ):
        with pytest.raises(ValueError, match=words):
            seqjax.train("word_vectors", **settings)
    with pytest.raises(ValueError, match="precision: got bfloat16, but native has float32 alone"):
        seqjax.train("regression", workdir="nowhere", driver="native", precision="bfloat16")

"""Regression models: values against float64 NumPy, padding, units, refusals."""

from __future__ import annotations

import jax
import numpy as np
import pytest
import references
from covering import marked
from walking import close, quick, random_like

from seqjax.cells import CELLS
from seqjax.layers.pooling import POOLINGS
from seqjax.models.regressor import RegressorConfig, regressor

H, D, K = 4, 3, 2
LENGTHS = np.array([5, 2, 0, 1], np.int32)
T, B = 5, 4
UNITS = [2.0, 0.5]


def model_of(output="one", **options):
    config = RegressorConfig(**{"cell": "gru", "hidden": H, "output": output, **options})
    return regressor(config, D, K, UNITS)


def batch(output="one", dtype=np.float64):
    draw = np.random.default_rng(3)
    shape = (B, K) if output == "one" else (T, B, K)
    return {
        "inputs": draw.normal(size=(T, B, D)).astype(dtype),
        "targets": draw.normal(size=shape).astype(dtype),
        "lengths": LENGTHS,
        "rows": np.array([1, 1, 0, 1], np.float32),
    }


def params_of(model, dtype=np.float64):
    shapes = jax.eval_shape(model.init, jax.random.key(0))
    shapes = jax.tree.map(lambda a: jax.ShapeDtypeStruct(a.shape, dtype), shapes)
    return random_like(shapes, 1)


def predictions(params, made):
    """[T, B, K] from the published GRU, row by row; zeros in the padding."""
    cell, p = references.gru(H), jax.tree.map(np.asarray, params)
    found = np.zeros((T, B, K))
    for b in range(B):
        carry = cell.start(p["body"]["1"])
        for t in range(LENGTHS[b]):
            carry = cell.step(p["body"]["1"], carry, made["inputs"][t, b])
            found[t, b] = cell.read(carry) @ p["head"]["w"] + p["head"]["b"]
    return found


ERRORS = {"mse": np.square, "mae": np.abs}


@pytest.mark.parametrize(("output", "loss"), [("one", "mse"), ("each", "mae"), ("forecast", "mse")])
def test_against_the_equations(output, loss, x64):
    model, made = model_of(output, loss=loss), batch(output)
    params = params_of(model)
    ys = predictions(params, made)
    real = np.arange(T)[:, None] < LENGTHS
    if output == "one":
        ys, real = ys[LENGTHS - 1, np.arange(B)], made["rows"] > 0
    errors = (ys - made["targets"])[real]
    found, (value, (carry, summed)), (_, metrics) = quick(
        lambda *given: (model.predict(*given[::2]), model.loss(*given), model.evaluate(*given))
    )(params, (), made)
    close(np.asarray(found)[real], ys[real])
    assert (carry, summed["loss"][1]) == ((), errors.size)
    close(value, ERRORS[loss](errors).mean())
    want = {name: function(errors * UNITS) for name, function in ERRORS.items()}
    want["loss"] = ERRORS[loss](errors)
    for name, elements in want.items():
        values, weights = metrics[name]
        np.testing.assert_array_equal(weights, np.repeat(real[..., None], K, -1))
        close(np.asarray(values)[real], elements)


@pytest.mark.parametrize("output", ["one", "each"])
def test_padding_means_nothing(output):
    model, made = model_of(output, bidirectional=True), batch(output, np.float32)
    params = params_of(model, np.float32)
    real = np.arange(T)[:, None] < LENGTHS
    other = {**made, "inputs": np.where(real[..., None], made["inputs"], np.float32(np.nan))}
    there = made["rows"] > 0 if output == "one" else real
    other["targets"] = np.where(there[..., None], made["targets"], np.float32(1e30))
    loss = quick(jax.value_and_grad(model.loss, has_aux=True))
    jax.tree.map(np.testing.assert_array_equal, loss(params, (), made), loss(params, (), other))


@pytest.mark.parametrize("output", ["one", "each"])
def test_alone_or_in_a_batch(output):
    model, made = model_of(output), batch(output, np.float32)
    params, predict = params_of(model, np.float32), quick(model.predict)
    whole = predict(params, made)
    for b in (0, 1, 3):
        n = LENGTHS[b]
        one = {"inputs": made["inputs"][:n, [b]], "lengths": LENGTHS[[b]]}
        found, want = predict(params, one), whole[b] if output == "one" else whole[:n, b]
        found = found[0] if output == "one" else found[:, 0]
        np.testing.assert_allclose(found, want, rtol=1e-5, atol=1e-6)


def test_the_last_state_of_the_layer_that_walks_back_has_seen_the_whole_row():
    model, made = model_of(bidirectional=True), batch(dtype=np.float32)
    params, predict = params_of(model, np.float32), quick(model.predict)
    params["head"]["w"] = params["head"]["w"].at[:H].set(0)  # nothing of the forward layer
    before = np.asarray(predict(params, made))  # waits: JAX may read made where it lies
    made["inputs"][0] += 1
    moved = np.abs(predict(params, made) - before).max(1)
    assert (moved[[0, 1, 3]] > 1e-3).all()


# What is pooled is outputs, of which cells have one kind: each cell once, and each pooling once.
EVERY = [(cell, {"pooling": "last"}) for cell in CELLS]
EVERY += [("gru", {"pooling": name}) for name in POOLINGS if name != "last"]
EVERY += [(cell, {"output": "each"}) for cell in ("lstm", "min_gru")]
# Tests of the body walk each cell.
KEPT = [row for row in EVERY if row[0] in ("lstm", "lru") or row[1].get("pooling") != "last"]


@pytest.mark.parametrize(("cell", "options"), marked(EVERY, KEPT))
def test_every_cell_and_pooling(cell, options):
    model = model_of(cell=cell, layers=2, bidirectional=True, dropout=0.5, **options)
    made = batch(options.get("output", "one"), np.float32)

    def once(key):
        params = model.init(key)
        return model.loss(params, (), made, key=key)[0], model.predict(params, made)

    loss, found = jax.eval_shape(once, jax.random.key(0))
    assert (loss.shape, found.shape) == ((), made["targets"].shape)


REFUSED = {
    "bidirectional: got True, but the targets are ahead": {
        "output": "forecast", "bidirectional": True
    },
    "output: got 'all', want one of": {"output": "all"},
    "pooling: got 'mean', but output=one alone": {"output": "each", "pooling": "mean"},
    "pooling: got 'top', want one of": {"output": "one", "pooling": "top"},
    "ahead: got 2, but output=forecast alone": {"output": "one", "ahead": 2},
    "ahead: got 0, want an integer of 1": {"output": "forecast", "ahead": 0},
    "delta: got 2.0, but loss=huber alone": {"delta": 2.0},
    "delta: got 0.0, want": {"loss": "huber", "delta": 0.0},
    "loss: got 'l2', want one of": {"loss": "l2"},
}  # fmt: skip


@pytest.mark.parametrize("words", REFUSED)
def test_refused(words):
    with pytest.raises(ValueError, match=words):
        regressor(RegressorConfig(**REFUSED[words]), D, K)


def test_sizes_that_are_refused():
    for sizes, words in (((0, K), "inputs: got 0"), ((D, 0), "outputs: got 0")):
        with pytest.raises(ValueError, match=words):
            regressor(RegressorConfig(), *sizes)
    with pytest.raises(ValueError, match=r"deviation: got shape \(3,\), want 2 numbers"):
        regressor(RegressorConfig(), D, K, [1.0, 1.0, 1.0])

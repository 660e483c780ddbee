"""Classifiers against a float64 loop by hand, one at a time or batched, over cells and outputs."""

from __future__ import annotations

from functools import cache
from typing import Any

import jax
import numpy as np
import pytest
import references
from covering import marked
from walking import close, quick, random_like

from seqjax.cells import CELLS
from seqjax.data.buckets import buckets
from seqjax.models.classifier import Classifier, averaged, classifier
from seqjax.models.classifier_config import ClassifierConfig, numbers
from seqjax.objectives import accumulate, means

V, C, E, H = 9, 3, 4, 3
SMALL = {"hidden": H, "embedding": E, "dropout": 0.0}
PLAIN = ClassifierConfig(**SMALL)
NOISY = ClassifierConfig(
    cell="rnn", bidirectional=False, hidden=H, embedding=E, dropout_words=0.3, dropout_output=0.3
)
x64 = pytest.mark.usefixtures("x64")


@cache
def model_of(config: ClassifierConfig, classes: int = C, baseline: bool = False) -> Classifier:
    return (averaged if baseline else classifier)(config, V, classes)


@cache
def looked(model: Classifier) -> Any:
    """(params, batch) -> what it predicts, and how it is evaluated."""
    return quick(lambda p, batch: (model.predict(p, batch), model.evaluate(p, (), batch)))


def params_of(model: Classifier, dtype: Any = np.float64) -> Any:
    """Nothing at zero."""
    shapes = jax.eval_shape(model.init, jax.random.key(0))
    return random_like(jax.tree.map(lambda a: jax.ShapeDtypeStruct(a.shape, dtype), shapes), 0)


def rows_of(count: int = 6, longest: int = 5) -> list[np.ndarray]:
    draw = np.random.default_rng(1)
    return [draw.integers(1, V, size=1 + n % longest).astype(np.int32) for n in range(count)]


def batches(targets: Any, batch: int, shapes: int = 8) -> Any:
    rows = rows_of(len(targets))
    examples = [{"words": w, "targets": t} for w, t in zip(rows, targets, strict=True)]
    return buckets(examples, batch, sides={"": ("words",)}, shapes=shapes)


def logits_by_hand(params: Any, row: np.ndarray, baseline: bool = False) -> np.ndarray:
    """Embedding, an LSTM from each end, the maximum over time, the output layer."""
    p = jax.tree.map(np.asarray, params)
    xs = p["words"]["w"][row][:, None]
    if baseline:
        pooled = xs[:, 0].mean(0)
    else:
        sides = []
        for name, reverse in (("forward", False), ("backward", True)):
            reference, steps = references.lstm(H), len(row)
            inputs = xs[::-1] if reverse else xs
            start = references.pile([reference.start({})])
            weights = p["body"]["1"][name]
            full, no = np.full(1, steps), np.zeros((steps, 1), bool)
            _, hs, _ = references.walk(reference, weights, inputs, full, start, no)
            sides.append(hs[::-1] if reverse else hs)
        pooled = np.concatenate(sides, -1)[:, 0].max(0)
    return pooled @ p["head"]["1"]["w"] + p["head"]["1"]["b"]


@x64
@pytest.mark.parametrize("baseline", [False, True])
def test_equals_the_loop_by_hand(baseline: bool) -> None:
    """Probabilities, nats and errors of ragged rows, a filler among them."""
    targets = np.array([0, 1, 2, 1, 0], np.int32)
    model = model_of(PLAIN, C, baseline)
    params = params_of(model)
    (batch,) = batches(targets, 6, shapes=1)
    found, (_, metrics) = looked(model)(params, batch)
    want = np.stack([logits_by_hand(params, row, baseline) for row in rows_of(5)])
    want = np.exp(want) / np.exp(want).sum(-1, keepdims=True)
    np.testing.assert_allclose(found[:5], want, rtol=1e-12)
    np.testing.assert_allclose(
        metrics["loss"][0][:5], -np.log(want[np.arange(5), targets]), rtol=1e-12
    )
    np.testing.assert_array_equal(metrics["error"][0][:5], want.argmax(-1) != targets)
    for _, weights in metrics.values():
        np.testing.assert_array_equal(weights, [1, 1, 1, 1, 1, 0])


@x64
def test_batches_do_not_matter() -> None:
    """Figures and predictions one at a time, in buckets, and all in one padded batch."""
    targets = np.array([0, 1, 2, 1, 0, 2], np.int32)
    model = model_of(ClassifierConfig(**SMALL, pooling="attention"))
    params = params_of(model)
    look = looked(model)
    figures, found = [], np.zeros((2, 6, C))
    for n, source in enumerate([batches(targets, 1, shapes=2), batches(targets, 8, shapes=1)]):
        sums: Any = {}
        for item in source:
            probabilities, (_, metrics) = look(params, item)
            sums = accumulate(sums, metrics)
            real = item["index"] >= 0
            found[n][item["index"][real]] = np.asarray(probabilities)[real]
        figures.append(means(sums))
    assert figures[0]["loss"] == pytest.approx(figures[1]["loss"], rel=1e-13)
    assert figures[0]["error"] == figures[1]["error"]
    np.testing.assert_allclose(found[0], found[1], rtol=1e-12)


@x64
def test_binary_is_one_sigmoid() -> None:
    model = model_of(ClassifierConfig(**SMALL, output="binary"), 2, baseline=True)
    params = params_of(model)
    assert params["head"]["1"]["w"].shape == (E, 1)
    targets = np.array([0, 1, 1, 0], np.int32)
    (batch,) = batches(targets, 4, shapes=1)
    found, (_, metrics) = jax.tree.map(np.asarray, looked(model)(params, batch))
    np.testing.assert_allclose(found.sum(-1), 1, rtol=1e-14)
    want = -np.log(found[np.arange(4), targets])
    np.testing.assert_allclose(metrics["loss"][0], want, rtol=1e-12)
    one_hot = {**batch, "targets": np.eye(2)[targets]}
    close(looked(model)(params, one_hot)[1][1], metrics, 1e-15)


@x64
def test_multilabel_has_a_sigmoid_a_label() -> None:
    """The loss is the mean over labels; an example with one wrong label is an error."""
    model = model_of(ClassifierConfig(**SMALL, output="multilabel"), C, baseline=True)
    params = params_of(model)
    targets = np.array([[0, 0, 0], [1, 1, 1], [1, 0, 0], [0, 1, 0]], np.float32)
    (batch,) = batches(targets, 5, shapes=1)
    p, (_, metrics) = looked(model)(params, batch)
    p = np.asarray(p)[:4]
    want = -np.log(np.where(targets > 0, p, 1 - p)).mean(-1)
    np.testing.assert_allclose(metrics["loss"][0][:4], want, rtol=1e-11)
    wrong = [((p[n] > 0.5) != (targets[n] > 0.5)).any() for n in range(4)]
    np.testing.assert_array_equal(metrics["error"][0][:4], wrong)


@x64
@pytest.mark.parametrize("output", ["multiclass", "binary", "multilabel"])
def test_class_weights_and_smoothing_are_of_training_alone(output: str) -> None:
    """loss is a mean over examples, each weighted by its class; evaluate knows neither."""
    classes, weights = (2, [0.5, 4.0]) if output == "binary" else (3, [0.5, 4.0, 1.0])
    config = ClassifierConfig(**SMALL, output=output, smoothing=0.2)
    model = averaged(config, V, classes, weights=weights)
    params = params_of(model)
    targets = np.array([0, 1, 1, 0], np.int32)
    hot = np.eye(classes)[targets]
    (batch,) = batches(hot if output == "multilabel" else targets, 5, shapes=1)
    p, (_, metrics), (loss, (_, trained)) = quick(
        lambda *given: (model.predict(*given[::2]), model.evaluate(*given), model.loss(*given))
    )(params, (), batch)
    p = np.asarray(p)[:4]
    if output == "multiclass":
        q = 0.8 * hot + 0.2 / 3
        want = -(np.array(weights) * q * np.log(p)).sum(-1)
    elif output == "binary":
        q = 0.8 * targets + 0.1
        want = -4 * q * np.log(p[:, 1]) - 0.5 * (1 - q) * np.log(p[:, 0])
    else:
        q = 0.8 * hot + 0.1
        want = (-np.array(weights) * q * np.log(p) - (1 - q) * np.log(1 - p)).mean(-1)
    plain = (hot * np.log(p)).sum(-1)
    if output == "multilabel":
        plain = np.log(np.where(hot > 0, p, 1 - p)).mean(-1)
    np.testing.assert_allclose(metrics["loss"][0][:4], -plain, rtol=1e-12)
    assert float(loss) == pytest.approx(want.mean(), rel=1e-12)
    assert [float(x) for x in trained["loss"]] == pytest.approx([want.sum(), 4], rel=1e-12)


def test_noise_needs_a_key_and_a_filler_counts_nothing() -> None:
    model = model_of(NOISY)
    params = params_of(model, np.float32)
    (batch,) = batches(np.array([0, 1, 2], np.int32), 4, shapes=1)
    run = quick(jax.value_and_grad(model.loss, has_aux=True))
    (quiet, _), _ = run(params, (), batch)
    again = [run(params, (), batch, key=jax.random.key(seed))[0][0] for seed in (0, 0, 1)]
    assert again[0] == again[1] != again[2]
    assert quiet not in again
    # Whatever stands in the row that is none.
    batch["words"][:, 3] = 5
    batch["targets"][3] = -1
    found, slope = run(params, (), batch)
    assert float(found[0]) == pytest.approx(float(quiet), rel=1e-6)
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(slope))


def test_words_are_dropped_to_the_unknown_one() -> None:
    """With a rate near 1 the gradient reaches row 0 of the embedding alone."""
    config = ClassifierConfig(**SMALL, dropout_words=0.999999, pooling="mean")
    model = model_of(config, C, baseline=True)
    params = params_of(model, np.float32)
    (batch,) = batches(np.array([0, 1, 2], np.int32), 3, shapes=1)
    slope, _ = quick(jax.grad(model.loss, has_aux=True))(params, (), batch, key=jax.random.key(0))
    changed = np.flatnonzero(np.abs(slope["words"]["w"]).sum(-1))
    np.testing.assert_array_equal(changed, [0])


def test_positions_tell_equal_words_apart() -> None:
    """Added to the embedding: one word at two places becomes the other way round, and back."""
    config = ClassifierConfig(**SMALL, positions=5)
    model, plain = model_of(config), model_of(PLAIN)
    params = params_of(model, np.float32)
    places = params["body"]["0"]["w"]
    assert places.shape == (5, E)
    (batch,) = batches(np.array([0, 1], np.int32), 2, shapes=1)
    batch = {**batch, "words": np.full((4, 2), 3, np.int32), "lengths": np.array([4, 2], np.int32)}
    rows = params["words"]["w"]
    by_place = {"w": np.concatenate([rows[:4], rows[3] + places[:4], rows[8:]])}
    without = {**params, "words": by_place, "body": params["body"]["1"]}
    moved = {**batch, "words": np.tile(np.arange(4, 8, dtype=np.int32)[:, None], 2)}
    close(quick(model.predict)(params, batch), quick(plain.predict)(without, moved))
    with pytest.raises(ValueError, match="got 6 steps, want at most 5"):
        model.predict(params, {**batch, "words": np.ones((6, 2), np.int32)})


# A bidirectional layer walks forward, too: alone that is done by a cell of each kind of carry.
EVERY = [*((cell, True) for cell in CELLS), ("lstm", False), ("gru", False)]
# Of a cell a classifier sees outputs alone, and tests of the body walk them all.
KEPT = [row for row in EVERY if row[0] in ("lstm", "gru", "lru")]


@pytest.mark.parametrize(("cell", "both"), marked(EVERY, KEPT))
def test_every_cell_in_one_or_both_directions(cell: str, both: bool) -> None:
    """Shapes alone: what a cell computes is tested with the cells."""
    even = {**SMALL, "hidden": 4}  # as cells of complex states want it
    config = ClassifierConfig(**even, cell=cell, bidirectional=both, layers=2, pooling="last")
    model = classifier(config, V, C)
    (batch,) = batches(np.array([0, 1], np.int32), 2, shapes=1)

    def once(key: Any) -> Any:
        params = model.init(key)
        return model.loss(params, (), batch, key=key)[0], model.predict(params, batch)

    loss, found = jax.eval_shape(once, jax.random.key(0))
    assert loss.shape == ()
    assert found.shape == (2, C)


@pytest.mark.parametrize(
    ("options", "classes", "named"),
    [
        ({"output": "binary"}, 3, "classes: got 3, want 2"),
        ({}, 1, "classes: got 1, want 2 or more"),
        ({"output": "both"}, 2, "output: got 'both'"),
        ({"pooling": "first"}, 2, "pooling: got 'first'"),
        ({"dropout_words": 1.0}, 2, "dropout_words"),
        ({"smoothing": -0.1}, 2, "smoothing"),
        ({"embedding": 0}, 2, "embedding"),
        ({"positions": -1}, 2, "positions"),
        ({"cell": "gruu"}, 2, "cell: got 'gruu'.*did you mean 'gru'"),
    ],
)
def test_refuses(options: dict, classes: int, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        classifier(ClassifierConfig(**options), V, classes)


def test_class_weights_by_hand() -> None:
    assert numbers("1, 2.5", 2) == [1, 2.5]
    for wrong in ("1", "1,x", "1,0", "1,inf", "1,2,3"):
        with pytest.raises(ValueError, match="class_weights: got"):
            numbers(wrong, 2)

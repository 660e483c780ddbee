"""Taggers against a float64 loop by hand, one sentence at a time or batched, with all cells."""

from __future__ import annotations

import itertools
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
from seqjax.models.tagger import Tagger, TaggerConfig, tagger
from seqjax.objectives import accumulate, means
from seqjax.objectives.tag_schemes import legal

V, A, C, E, H, W = 9, 7, 3, 4, 3, 5
SMALL = {
    "hidden": H, "embedding": E, "dropout": 0.0, "character_embedding": 2, "character_hidden": 2,
}  # fmt: skip
QUICK = {**SMALL, "cell": "rnn", "bidirectional": False, "characters": "none"}
HEADS = ("softmax", "crf", "sigmoid")
x64 = pytest.mark.usefixtures("x64")


@cache
def model_of(config: TaggerConfig, masked: bool = False) -> Tagger:
    return tagger(config, V, A, C, legal=legal(["O", "B-x", "I-x"], "IOB2") if masked else None)


def params_of(model: Tagger, dtype: Any = np.float64) -> Any:
    """Nothing at zero."""
    shapes = jax.eval_shape(model.init, jax.random.key(0))
    return random_like(jax.tree.map(lambda a: jax.ShapeDtypeStruct(a.shape, dtype), shapes), 0)


@cache
def examples(several: bool = False) -> list[dict[str, np.ndarray]]:
    """Sentences of 0 to 4 words of 0 to 5 characters."""
    draw, found = np.random.default_rng(1), []
    for size in (3, 0, 1, 4, 2, 4):
        letters = draw.integers(1, A, size=(size, W)).astype(np.int32)
        letters[np.arange(W) >= draw.integers(0, W + 1, size=(size, 1))] = 0
        tags = (
            draw.integers(2, size=(size, C)).astype(float)
            if several
            else draw.integers(C, size=size)
        )
        words = draw.integers(V, size=size).astype(np.int32)
        found.append({"words": words, "characters": letters, "tags": tags})
    return found


def batches(found: list, batch: int, shapes: int = 8) -> Any:
    return buckets(found, batch, sides={"": ("words", "characters", "tags")}, shapes=shapes)


def both_ways(weights: Any, xs: np.ndarray, width: int) -> np.ndarray:
    """LSTMs from both ends over xs [n, d]."""
    sides, reference, steps = [], references.lstm(width), len(xs)
    for name in ("forward", "backward"):
        inputs = (xs if name == "forward" else xs[::-1])[:, None]
        start = references.pile([reference.start({})])
        _, hs, _ = references.walk(
            reference, weights[name], inputs, np.full(1, steps), start, np.zeros((steps, 1), bool)
        )
        sides.append(hs[:, 0] if name == "forward" else hs[::-1, 0])
    return np.concatenate(sides, -1)


def spelled(kind: str, p: Any, letters: np.ndarray) -> np.ndarray:
    """The vector of one word."""
    xs = p["characters"]["w"][letters[letters > 0]]
    if kind == "recurrent":
        if not len(xs):
            return np.zeros(4)
        hs = both_ways(p["walk"], xs, 2)
        return np.concatenate([hs[-1, :2], hs[0, 2:]])
    if not len(xs):
        return np.zeros(len(p["b"]))
    filters = p["w"].reshape(3, 2, -1)
    around = np.concatenate([np.zeros((1, 2)), xs, np.zeros((1, 2))])
    places = [sum(around[t + k] @ filters[k] for k in range(3)) for t in range(len(xs))]
    return np.tanh(np.max(places, 0) + p["b"])


def scores_by_hand(params: Any, kind: str, head: str, example: Any) -> np.ndarray:
    """[n, C]: embedding beside spelling, an LSTM from each end, the output layer."""
    p = jax.tree.map(np.asarray, params)
    vectors = [spelled(kind, p["spelling"], row) for row in example["characters"]]
    if not vectors:
        return np.zeros((0, C))
    xs = np.concatenate([p["words"]["w"][example["words"]], vectors], -1)
    out = p["head"]["emissions"] if head == "crf" else p["head"]
    return both_ways(p["body"]["1"], xs, H) @ out["w"] + out["b"]


@x64
@pytest.mark.parametrize("kind", ["recurrent", "convolutional"])
def test_equals_the_loop_by_hand(kind: str) -> None:
    """Probabilities, nats, errors and the loss of ragged rows, an empty one and a filler."""
    model = model_of(TaggerConfig(**SMALL, characters=kind))
    params = params_of(model)
    (batch,) = batches(examples(), 7, shapes=1)
    found, best, (_, metrics), (loss, _) = quick(
        lambda p, item: (
            model.probabilities(p, item),
            model.predict(p, item),
            model.evaluate(p, (), item),
            model.loss(p, (), item),
        )
    )(params, batch)
    nats = []
    for b, example in enumerate(examples()):
        scores, n, tags = scores_by_hand(params, kind, "softmax", example), *_shape(example)
        want = np.exp(scores) / np.exp(scores).sum(-1, keepdims=True)
        np.testing.assert_allclose(found[:n, b], want, rtol=1e-12)
        np.testing.assert_array_equal(best[:n, b], want.argmax(-1))
        nats += [each := -np.log(want[np.arange(n), tags])]
        np.testing.assert_allclose(metrics["loss"][0][:n, b], each, rtol=1e-11)
        np.testing.assert_array_equal(metrics["error"][0][:n, b], want.argmax(-1) != tags)
    real = np.arange(4)[:, None] < batch["lengths"]
    for _, weights in metrics.values():
        np.testing.assert_array_equal(weights, real)
    assert float(loss) == pytest.approx(np.concatenate(nats).mean(), rel=1e-12)


def _shape(example: Any) -> tuple[int, np.ndarray]:
    return len(example["words"]), example["tags"]


@x64
def test_several_labels_are_a_sigmoid_each() -> None:
    """Nats of a word are the sum over labels; one wrong label makes it wrong."""
    model = model_of(TaggerConfig(**SMALL, head="sigmoid"))
    params = params_of(model)
    (batch,) = batches(examples(True), 6, shapes=1)
    _, metrics = quick(model.evaluate)(params, (), batch)
    for b, example in enumerate(examples(True)):
        p = 1 / (1 + np.exp(-scores_by_hand(params, "convolutional", "sigmoid", example)))
        n, tags = _shape(example)
        want = -np.log(np.where(tags > 0, p, 1 - p)).sum(-1)
        np.testing.assert_allclose(metrics["loss"][0][:n, b], want, rtol=1e-11)
        wrong = ((p > 0.5) != (tags > 0.5)).any(-1)
        np.testing.assert_array_equal(metrics["error"][0][:n, b], wrong)


@x64
def test_a_chain_counts_each_word_once() -> None:
    """The loss is Σ nll / Σ words, of the elements and of training alike."""
    model = model_of(TaggerConfig(**SMALL, head="crf"))
    params = params_of(model)
    (batch,) = batches(examples(), 6, shapes=1)
    loss, (_, metrics) = quick(model.loss)(params, (), batch)
    total = 0.0
    chain = jax.tree.map(np.asarray, params["head"]["chain"])
    for example in examples():
        scores, (n, tags) = scores_by_hand(params, "convolutional", "crf", example), _shape(example)
        paths = [np.array(path, int) for path in itertools.product(range(C), repeat=n)]
        each = [_score(chain, scores, path) for path in paths]
        total += np.logaddexp.reduce(each) - _score(chain, scores, tags) if n else 0
    assert float(metrics["loss"][0]) == pytest.approx(total, rel=1e-12)
    assert float(metrics["loss"][1]) == 14
    assert float(loss) == pytest.approx(total / 14, rel=1e-12)


def _score(chain: Any, scores: np.ndarray, tags: np.ndarray) -> float:
    moves = chain["transitions"][tags[:-1], tags[1:]].sum()
    ends = chain["starts"][tags[0]] + chain["ends"][tags[-1]] if len(tags) else 0
    return scores[np.arange(len(tags)), tags].sum() + moves + ends


@x64
@pytest.mark.parametrize(
    ("head", "spelling"), [("softmax", "recurrent"), ("crf", "convolutional"), ("sigmoid", "none")]
)
def test_batches_do_not_matter(head: str, spelling: str) -> None:
    """Figures and predictions one at a time, in buckets, and all in one padded batch."""
    model = model_of(
        TaggerConfig(**{**QUICK, "bidirectional": True, "characters": spelling}, head=head)
    )
    params, found = params_of(model), examples(head == "sigmoid")
    run = quick(
        lambda p, item: (
            model.evaluate(p, (), item)[1],
            model.predict(p, item),
            model.probabilities(p, item),
        )
    )
    outcomes = []
    for source in (batches(found, 1, shapes=2), batches(found, 8, shapes=1)):
        sums: Any = {}
        rows: dict[int, tuple] = {}
        for item in source:
            metrics, *arrays = run(params, item)
            sums = accumulate(sums, metrics)
            for b, index in enumerate(item["index"]):
                n = item["lengths"][b]
                rows[int(index)] = tuple(np.asarray(a)[:n, b] for a in arrays)
        outcomes.append((means(sums), [rows[n] for n in range(len(found))]))
    (each, alone), (whole, batched) = outcomes
    assert each["loss"] == pytest.approx(whole["loss"], rel=1e-13)
    assert each["error"] == whole["error"]
    close(alone, batched, 1e-12)


def test_tags_that_training_does_not_have() -> None:
    """They are in no loss (of a chain, their sentence is not), and wrong whatever is said."""
    for head in HEADS:
        model = model_of(TaggerConfig(**QUICK, head=head))
        params = params_of(model, np.float32)
        found = [dict(example) for example in examples(head == "sigmoid")]
        found[3]["tags"] = found[3]["tags"].copy()
        found[3]["tags"][1] = -1
        (batch,) = batches(found, 6, shapes=1)
        _, metrics = quick(model.evaluate)(params, (), batch)
        (nats, weights), (wrong, counted) = metrics["loss"], metrics["error"]
        assert np.isfinite(np.asarray(nats)[np.asarray(weights) > 0]).all()
        assert weights.sum() == (10 if head == "crf" else 13)
        assert counted.sum() == 14
        assert wrong[1, 3] == 1


def test_noise_needs_a_key_and_padding_counts_nothing() -> None:
    noisy = {"dropout": 0.3, "dropout_words": 0.3, "head": "crf", "characters": "convolutional"}
    model = model_of(TaggerConfig(**{**QUICK, **noisy}), masked=True)
    params = params_of(model, np.float32)
    (batch,) = batches(examples()[:1] + examples()[3:4], 3, shapes=1)
    batch["tags"][:, :2] = [[1, 0], [2, 0], [2, 1], [0, 2]]  # legal
    run = quick(jax.value_and_grad(model.loss, has_aux=True))
    (quiet, _), _ = run(params, (), batch)
    again = [run(params, (), batch, key=jax.random.key(seed))[0][0] for seed in (0, 0, 1)]
    assert again[0] == again[1] != again[2]
    assert quiet not in again
    past = np.arange(4)[:, None] >= batch["lengths"]
    batch["words"][past], batch["tags"][past], batch["characters"][past] = 5, -1, 3
    found, slope = run(params, (), batch)
    assert float(found[0]) == pytest.approx(float(quiet), rel=1e-6)
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(slope))


def test_words_are_dropped_to_the_unknown_one() -> None:
    """With a rate near 1 the gradient reaches row 0 of the embedding alone."""
    model = model_of(TaggerConfig(**QUICK, dropout_words=0.999999))
    params = params_of(model, np.float32)
    (batch,) = batches(examples(), 6, shapes=1)
    slope, _ = quick(jax.grad(model.loss, has_aux=True))(params, (), batch, key=jax.random.key(0))
    np.testing.assert_array_equal(np.flatnonzero(np.abs(slope["words"]["w"]).sum(-1)), [0])


def test_one_word_alone_is_tagged() -> None:
    """One-to-one: T = 1; a sentence of no words has no tags."""
    model = model_of(TaggerConfig(**QUICK, head="crf"), masked=True)
    params = params_of(model, np.float32)
    (batch,) = batches([examples()[2]], 1)
    assert batch["words"].shape == (1, 1)
    params["head"]["emissions"]["b"] = np.array([0, 9, 99], np.float32)
    predict = quick(model.predict)
    assert predict(params, batch).tolist() == [[1]]  # no I at the start
    batch["lengths"][0] = 0
    assert predict(params, batch).tolist() == [[0]]


EVERY = [(cell, "auto", True) for cell in CELLS]
# A bidirectional layer walks forward, too: alone that is done by a cell of each kind of carry.
EVERY += [(cell, "sequential", False) for cell in ("lstm", "gru")]


# Of a cell a tagger sees outputs alone, and tests of the body walk them all.
KEPT = [row for row in EVERY if row[0] in ("lstm", "gru", "lru")]


@pytest.mark.parametrize(("cell", "driver", "both"), marked(EVERY, KEPT))
def test_every_cell_and_driver_in_one_or_both_directions(
    cell: str, driver: str, both: bool
) -> None:
    """Shapes alone: what a cell computes is tested with the cells."""
    even = {**SMALL, "hidden": 4}  # as cells of complex states want it
    config = TaggerConfig(**even, cell=cell, driver=driver, bidirectional=both, layers=2)
    model = tagger(config, V, A, C)
    (batch,) = batches(examples(), 6, shapes=1)

    def once(key: Any) -> Any:
        params = model.init(key)
        return model.loss(params, (), batch, key=key)[0], model.predict(params, batch)

    loss, found = jax.eval_shape(once, jax.random.key(0))
    assert loss.shape == ()
    assert found.shape == (4, 6)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"head": "crfs"}, "head: got 'crfs'.*did you mean 'crf'"),
        ({"characters": "cnn"}, "characters: got 'cnn', want one of"),
        ({"dropout_words": 1.0}, "dropout_words"),
        ({"character_window": 0}, "character_window"),
        ({"embedding": 0}, "embedding"),
        ({"cell": "gruu"}, "cell: got 'gruu'.*did you mean 'gru'"),
    ],
)
def test_refuses(options: dict, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        tagger(TaggerConfig(**options), V, A, C)

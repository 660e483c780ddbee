"""One-to-many models: values against float64 NumPy, labels, sampling step by step, refusals."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import references
from covering import marked
from walking import close, quick, random_like

from seqjax.cells import CELLS
from seqjax.models.composer import ComposerConfig, composer
from seqjax.models.output_spaces import frames, tokens

H, E, LABELS, K, V = 4, 3, 2, 6, 5
LENGTHS = np.array([5, 2, 0, 1], np.int32)
T, B = 5, 4
SMALL = {"hidden": H, "embedding": E, "cell": "gru"}


def music(**options):
    return composer(ComposerConfig(cell="gru", hidden=H, **options), frames(K))


def text(condition="input", **options):
    given = {**SMALL, "condition": condition, **options}
    if condition == "input":
        given["label_embedding"] = 2
    return composer(ComposerConfig(**given), tokens(V, E), LABELS)


def batch(labels=False):
    draw = np.random.default_rng(3)
    made = {"lengths": LENGTHS}
    if labels:
        made["targets"] = draw.integers(0, V, (T, B)).astype(np.int32)
        made["labels"] = np.array([1, 0, 0, 1], np.int32)
    else:
        made["targets"] = draw.random((T, B, K)) < 0.4
    return made


def params_of(model, dtype=np.float64):
    shapes = jax.eval_shape(model.init, jax.random.key(0))
    shapes = jax.tree.map(lambda a: jax.ShapeDtypeStruct(a.shape, dtype), shapes)
    return random_like(shapes, 1)


def rows(params, made, feed, nats):
    """Nats of each step from the published GRU, row by row; what is fed comes from ``feed``."""
    cell, p = references.gru(H), jax.tree.map(np.asarray, params)
    found = np.zeros((T, B))
    for b in range(B):
        carry, before = cell.start(p["body"]["1"]), None
        for t in range(LENGTHS[b]):
            x, carry = feed(p, b, before, carry, t)
            carry = cell.step(p["body"]["1"], carry, x)
            before = made["targets"][t, b]
            found[t, b] = nats(cell.read(carry) @ p["head"]["w"] + p["head"]["b"], before)
    return found


def check(model, params, made, want):
    both = quick(lambda *given: (model.evaluate(*given), model.loss(*given)))
    (_, metrics), (loss, (carry, summed)) = both(params, (), made)
    values, weights = metrics["loss"]
    np.testing.assert_array_equal(weights, np.arange(T)[:, None] < LENGTHS)
    close(np.where(weights > 0, values, 0), want, 1e-12)
    assert carry == ()
    total, count = summed["loss"]
    assert count == LENGTHS.sum()
    close(total, want.sum(), 1e-12)
    close(loss, want.sum() / LENGTHS.sum(), 1e-12)


def test_music_against_the_equations(x64):
    model, made = music(), batch()
    params = params_of(model)

    def feed(p, b, before, carry, t):
        return (np.zeros(K) if before is None else before.astype(float)), carry

    def nats(logits, frame):
        p = 1 / (1 + np.exp(-logits))
        return -sum(np.log(p[k] if frame[k] else 1 - p[k]) for k in range(K))

    check(model, params, made, rows(params, made, feed, nats))


@pytest.mark.parametrize("condition", ["input", "start"])
def test_text_against_the_equations(condition, x64):
    model, made = text(condition), batch(labels=True)
    params = params_of(model)

    def feed(p, b, before, carry, t):
        x = np.zeros(E) if before is None else p["words"]["w"][before]
        if condition == "input":
            return np.concatenate([x, p["label"]["w"][made["labels"][b]]]), carry
        return x, carry + p["label"]["0"][made["labels"][b]] if t == 0 else carry

    def nats(logits, token):
        return np.log(np.exp(logits).sum()) - logits[token]

    check(model, params, made, rows(params, made, feed, nats))


@pytest.mark.parametrize("condition", ["", "input", "start"])
def test_steps_are_the_walk(condition, x64):
    """Fed what stands in the batch, ``step`` gives the same nats as the whole walk."""
    model = text(condition) if condition else music()
    made, params = batch(labels=bool(condition)), params_of(model)
    (_, metrics), carry = quick(
        lambda p: (model.evaluate(p, (), made), model.start(p, B, made.get("labels")))
    )(params)
    before = np.full(B, -1) if condition else np.zeros((B, K), bool)
    step = quick(model.step)
    for t in range(T):
        carry, logits = step(params, carry, before)
        before = made["targets"][t]
        logits = np.asarray(logits)
        if condition:
            nats = np.logaddexp.reduce(logits, -1) - logits[np.arange(B), before]
        else:
            nats = np.logaddexp(0, np.where(before, -logits, logits)).sum(-1)
        real = t < LENGTHS
        close(nats[real], metrics["loss"][0][t][real], 1e-12)


def test_padding_means_nothing():
    model, made = music(), batch()
    params = params_of(model, np.float32)
    there = (np.arange(T)[:, None] < LENGTHS)[..., None]
    other = {**made, "targets": np.where(there, made["targets"], ~made["targets"])}
    loss = jax.value_and_grad(model.loss, has_aux=True)
    both = quick(lambda *given: (loss(*given), model.evaluate(*given)))
    found, (_, metrics) = both(params, (), other)
    jax.tree.map(np.testing.assert_array_equal, found, both(params, (), made)[0])
    values, weights = metrics["accuracy"]
    assert not weights[~there[..., 0]].any()
    assert weights.max() == values.max() == 1


def test_alone_or_in_a_batch():
    model, made = text(), batch(labels=True)
    params, function = params_of(model, np.float32), quick(model.evaluate)
    _, whole = function(params, (), made)
    for b in (0, 1, 3):
        one = {name: a[:, [b]] if name == "targets" else a[[b]] for name, a in made.items()}
        _, found = function(params, (), one)
        n = LENGTHS[b]
        np.testing.assert_allclose(
            found["loss"][0][:n, 0], whole["loss"][0][:n, b], rtol=1e-5, atol=1e-6
        )


def test_a_start_of_its_own_begins_as_the_cells_do():
    model, plain = text("start", cell="lstm"), composer(
        ComposerConfig(hidden=H, embedding=E), tokens(V, E)
    )  # fmt: skip
    params = quick(model.init)(jax.random.key(0))
    first, _ = model.start(params, 2, np.array([0, 1]))
    want, _ = plain.start(params, 2)
    jax.tree.map(np.testing.assert_array_equal, first, want)
    params["label"] = {name: np.array([[0.0] * H, [1.0] * H]) for name in params["label"]}
    moved, _ = model.start(params, 2, np.array([1, 1]))
    assert all(np.asarray(leaf).min() == 1 for leaf in jax.tree.leaves(moved))


@pytest.mark.parametrize("cell", ["lstm", "slstm"])
def test_a_label_reaches_all_of_the_state(cell):
    """From what it begins with, zeros, on: no part of it is dead."""
    model, made = text("start", cell=cell), batch(labels=True)
    gradient = quick(jax.grad(lambda p: model.loss(p, (), made)[0]))(params_of(model, np.float32))
    for part, leaf in gradient["label"].items():
        assert abs(leaf).max() > 1e-6, part


EVERY = [(condition, cell) for condition in ("input", "start") for cell in CELLS]
# A label is added to each part of the state, of which cells have others; tests of the body walk
# each cell with whatever inputs.
KEPT = [row for row in EVERY if row[0] == "start" or row[1] in ("lstm", "lru")]


@pytest.mark.parametrize(("condition", "cell"), marked(EVERY, KEPT))
def test_every_cell(condition, cell):
    model = text(condition, cell=cell, layers=2, residual=True, dropout=0.5)
    made = batch(labels=True)

    def once(key):
        params = model.init(key)
        start = model.start(params, B, made["labels"])
        return model.loss(params, (), made, key=key), model.step(params, start, jnp.zeros(B, int))

    (loss, _), (_, logits) = jax.eval_shape(once, jax.random.key(0))
    assert (loss.shape, logits.shape) == ((), (B, V))


def test_noise_only_with_a_key():
    model, made = music(dropout=0.5), batch()
    params, loss = params_of(model, np.float32), quick(model.loss)
    values = {
        float(loss(params, (), made, key=key)[0])
        for key in (None, jax.random.key(0), jax.random.key(0), jax.random.key(1))
    }
    assert len(values) == 3


REFUSED = {
    "bidirectional: got True, but what is to be composed": {"bidirectional": True},
    "condition: got 'inputs', want one of": {"condition": "inputs"},
    "label_embedding: got 3 with condition=start": {"condition": "start", "label_embedding": 3},
    "cell: got 'grru'": {"cell": "grru"},
    "embedding: got 0": {"embedding": 0},
}


@pytest.mark.parametrize("words", REFUSED)
def test_refused(words):
    with pytest.raises(ValueError, match=words):
        composer(ComposerConfig(**REFUSED[words]), tokens(V, E), LABELS)


def test_labels_that_do_not_fit():
    for name, value in (("condition", "start"), ("label_embedding", 3)):
        with pytest.raises(ValueError, match=f"{name}: got .* without labels"):
            composer(ComposerConfig(**{name: value}), frames(K))
    model = text()
    params = params_of(model, np.float32)
    with pytest.raises(ValueError, match="labels: got none, but the model was made for 2 labels"):
        model.start(params, 2)
    with pytest.raises(ValueError, match=r"labels: got shape \[3\], want \[2\]"):
        model.start(params, 2, np.zeros(3, int))
    with pytest.raises(ValueError, match="labels: got id 2"):
        model.start(params, 2, np.array([0, 2]))
    model = music()
    with pytest.raises(ValueError, match="made for no labels"):
        model.start(params_of(model, np.float32), 1, np.zeros(1, int))

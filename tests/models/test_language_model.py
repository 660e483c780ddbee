"""Language models against a float64 loop by hand, by windows, by options and by what they learn."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache, partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import references
from walking import close, dot, quick, random_like

from seqjax.data import sentences, windows
from seqjax.models.language_model import LanguageModel, language_model
from seqjax.models.language_model_config import LanguageModelConfig
from seqjax.objectives import perplexity
from seqjax.tasks.language_model.batches import packed_lines
from seqjax.training.adaptation import Adaptation
from seqjax.training.evaluate import evaluate
from seqjax.training.step import begin, train_step

V, E, H = 14, 7, 8
T, B = 6, 2
TWO_LAYERS = LanguageModelConfig(layers=2, hidden=H, embedding=E)
TIED = LanguageModelConfig(layers=2, hidden=H, embedding=E, head="tied")
ADAPTIVE = LanguageModelConfig(layers=2, hidden=H, embedding=E, head="adaptive", cutoffs=(5,))
NOISY = {"cell": "rnn", "layers": 2, "hidden": H, "embedding": E, "locked": True}
x64 = pytest.mark.usefixtures("x64")


@cache
def model_of(config: LanguageModelConfig) -> LanguageModel:
    return language_model(config, V)


def seed(number: int) -> Any:
    """A key whose random numbers take little to compile."""
    return jax.random.key(number, impl="unsafe_rbg")


@cache
def evaluating(config: LanguageModelConfig) -> Any:
    return quick(model_of(config).evaluate)


@cache
def training(config: LanguageModelConfig) -> Any:
    """(params, carry, batch, key=...) -> ((loss, (carry, metrics)), gradient)."""
    return quick(jax.value_and_grad(model_of(config).loss, has_aux=True))


def params_of(config: LanguageModelConfig) -> Any:
    """float64, nothing at zero."""
    shapes = jax.eval_shape(model_of(config).init, jax.random.key(0))
    return random_like(jax.tree.map(lambda a: jax.ShapeDtypeStruct(a.shape, np.float64), shapes), 0)


def batch_of(batch: int = B, fresh: bool = True, **more: Any) -> dict[str, Any]:
    """Every input is another id, so that the gradient for its row is that for this one step."""
    draw = np.random.default_rng(1)
    inputs = draw.permutation(V)[: T * batch].reshape(T, batch)
    targets, weights = draw.integers(0, V, (T, batch)), np.ones((T, batch))
    weights[[1, 4], 0] = 0
    return {
        "inputs": inputs, "targets": targets, "weights": weights, "fresh": np.bool_(fresh), **more
    }  # fmt: skip


def outputs_by_hand(
    params: Any, inputs: Any, carry: Any = None, cell: Any = references.lstm
) -> np.ndarray:
    """What the last layer gives, [T, B, H]; inputs below 0 are zero vectors."""
    p = jax.tree.map(np.asarray, params)
    xs = np.stack([[p["embed"]["w"][i] if i >= 0 else np.zeros(E) for i in row] for row in inputs])
    full, no = np.full(len(xs[0]), len(xs)), np.zeros(xs.shape[:2], bool)
    for layer in (1, 3):
        weights = p["body"][str(layer)]
        reference = cell(weights["w_h"].shape[0])
        start = references.pile([reference.start({})] * len(xs[0]))
        start = start if carry is None else carry[layer]
        _, xs, _ = references.walk(reference, weights, xs, full, start, no)
    return xs


def nats_by_hand(params: Any, hs: np.ndarray, targets: np.ndarray) -> np.ndarray:
    p = jax.tree.map(np.asarray, params)
    nats = np.zeros(targets.shape)
    for place in np.ndindex(targets.shape):
        logits = p["head"].get("w", p["embed"]["w"]) @ hs[place] + p["head"]["b"]
        nats[place] = np.log(np.exp(logits).sum()) - logits[targets[place]]
    return nats


def mean(values: np.ndarray, weights: np.ndarray) -> float:
    return float((values * weights).sum() / weights.sum())


@x64
@pytest.mark.parametrize("config", [TWO_LAYERS, TIED], ids=["plain", "tied"])
def test_equals_the_loop_by_hand(config: LanguageModelConfig) -> None:
    """Embedding, two LSTM layers from a given state, softmax: nats, total and loss; input -1."""
    params, batch = params_of(config), batch_of(fresh=False)
    batch["inputs"][2, 1] = -1
    carry = random_like(model_of(config).start(params, B), 3)
    hs = outputs_by_hand(params, batch["inputs"], jax.tree.map(np.asarray, carry))
    want = nats_by_hand(params, hs, batch["targets"])
    _, metrics = evaluating(config)(params, carry, batch)
    np.testing.assert_allclose(metrics["loss"][0], want, rtol=1e-13)
    np.testing.assert_array_equal(metrics["loss"][1], batch["weights"])
    (loss, (_, metrics)), gradient = training(config)(params, carry, batch)
    assert float(loss) == pytest.approx(mean(want, batch["weights"]), rel=1e-13)
    assert float(metrics["loss"][0]) == pytest.approx((want * batch["weights"]).sum(), rel=1e-13)
    assert metrics["loss"][1] == batch["weights"].sum()
    direction = random_like(params, 4)

    def along(by: float) -> Any:
        moved = jax.tree.map(lambda p, d: p + by * d, params, direction)
        return training(config)(moved, carry, batch)[0][0]

    slope = (along(1e-5) - along(-1e-5)) / 2e-5
    assert dot(gradient, direction) == pytest.approx(float(slope), rel=1e-7)


@x64
@pytest.mark.parametrize("config", [TIED, ADAPTIVE], ids=lambda c: c.head)
def test_the_nats_of_a_sentence_are_those_of_its_steps(config: LanguageModelConfig) -> None:
    """Decoding, one token at a time, gives the nats of evaluate, by a softmax of its own."""
    params, batch, model = params_of(config), batch_of(), model_of(config)
    inputs = batch["inputs"]
    inputs[0], targets = -1, np.concatenate([inputs[1:], inputs[1:2]])
    start = model.start(params, B)
    _, metrics = evaluating(config)(params, start, {**batch, "targets": targets})
    step, carry, logs = quick(partial(model.step, params)), start, []
    for fed, wanted in zip(inputs, targets, strict=True):
        carry, logits = step(carry, fed)
        p = np.exp(logits)
        logs.append(np.log(p[np.arange(B), wanted] / p.sum(-1)))
    np.testing.assert_allclose(-metrics["loss"][0], logs, rtol=1e-12)


PACKED = {"activation_penalty": 2.0, "change_penalty": 3.0}


@x64
def test_lines_behind_each_other_have_the_loss_that_each_has_alone() -> None:
    """Nats of each line, and loss and gradient of all with both penalties: packed as padded."""
    config = LanguageModelConfig(layers=2, hidden=H, embedding=E, **PACKED)
    params, model = params_of(config), model_of(config)
    draw = np.random.default_rng(6)
    lines = [draw.integers(2, V, size) for size in (4, 1, 6, 2, 1, 3)]
    padded = sentences(lines, len(lines), eos=1, first=-1, limit=8)
    (alone,), (item,) = padded, packed_lines(replace(padded, batch=3))
    assert item["resets"].sum() == len(lines) > item["resets"].shape[1]
    assert padded[0]["weights"].mean() < 0.6 < item["weights"].mean()
    run, other = evaluating(config), random_like(model.start(params, 3), 5)
    want = run(params, model.start(params, len(lines)), alone)[1]["loss"][0]
    found = np.asarray(run(params, other, item)[1]["loss"][0])
    for n, line in enumerate(lines):
        np.testing.assert_allclose(found[item["index"] == n], want[: len(line) + 1, n], rtol=1e-13)
    (loss, (_, metrics)), gradient = training(config)(params, other, item)
    (one, (_, sums)), slopes = training(config)(params, model.start(params, len(lines)), alone)
    assert float(loss) == pytest.approx(float(one), rel=1e-13)
    close(metrics, sums, 1e-13)
    close(gradient, slopes, 1e-12)


TEXT = np.random.default_rng(2).integers(0, V, 31)


def of_text(params: Any, batch: int, steps: int, **options: Any) -> float:
    """Nats a token of TEXT, by the whole of the evaluation."""
    start = model_of(TWO_LAYERS).start(params, batch)
    items = windows(TEXT, batch, steps, **options)
    return evaluate(evaluating(TWO_LAYERS), params, start, items)["loss"]


@x64
def test_a_text_has_one_perplexity() -> None:
    """Batch 1 for any window length, any batch with all of the text before each row."""
    params = params_of(TWO_LAYERS)
    hs = outputs_by_hand(params, TEXT[:-1, None])
    want = perplexity(float(nats_by_hand(params, hs, TEXT[1:, None]).mean()))
    found = [
        of_text(params, 1, 30),
        of_text(params, 1, 7),
        of_text(params, 1, 6, random=(0, 3, 2)),
        of_text(params, 4, 7, overlap=30),
    ]
    np.testing.assert_allclose([perplexity(nats) for nats in found], want, rtol=1e-12)
    assert of_text(params, 4, 7) != pytest.approx(found[0], rel=1e-4)  # without what came before


@x64
def test_a_unigram_model_has_the_perplexity_of_the_counts() -> None:
    """All weights 0 and b = log counts: exp(entropy), whatever batch and window."""
    words = np.concatenate([TEXT, np.arange(V)])
    params = jax.tree.map(jnp.zeros_like, params_of(TWO_LAYERS))
    counts = np.bincount(words[1:], minlength=V)
    p = counts / counts.sum()
    want = math.exp(-(p * np.log(p)).sum())
    params["head"]["b"] = jnp.asarray(np.log(counts))
    start = model_of(TWO_LAYERS).start
    for batch, steps in [(1, 30), (1, 7), (4, 7)]:
        items = windows(words, batch, steps)
        found = evaluate(evaluating(TWO_LAYERS), params, start(params, batch), items)["loss"]
        assert perplexity(found) == pytest.approx(want, rel=1e-12)


@x64
def test_fresh_goes_back_and_lengths_stop() -> None:
    params, model, run = params_of(TWO_LAYERS), model_of(TWO_LAYERS), evaluating(TWO_LAYERS)
    start = model.start(params, B)
    other = random_like(start, 5)
    after, begun = run(params, start, batch_of(fresh=False))
    close(run(params, other, batch_of(fresh=True)), (after, begun), 0)
    _, handed_on = run(params, other, batch_of(fresh=False))
    assert (np.abs(handed_on["loss"][0] - begun["loss"][0]) > 1e-6).all()

    lengths = np.array([4, 0])
    stopped, metrics = run(params, other, batch_of(fresh=False, lengths=lengths))
    np.testing.assert_allclose(metrics["loss"][0][:4, 0], handed_on["loss"][0][:4, 0], rtol=1e-13)
    poisoned = batch_of(fresh=False, lengths=lengths)
    poisoned["inputs"][4:, 0] = poisoned["inputs"][:, 1] = V + 5
    close(run(params, other, poisoned)[0], stopped, 0)
    short = {k: v if k == "fresh" else v[:4, :1] for k, v in batch_of(fresh=False).items()}
    want, _ = run(params, jax.tree.map(lambda a: a[:1], other), short)
    close(jax.tree.map(lambda a: a[:1], stopped), want)
    close(jax.tree.map(lambda a: a[1:], stopped), jax.tree.map(lambda a: a[1:], other), 0)


@x64
def test_no_word_sees_the_future_or_another_row() -> None:
    """d nats[t, b] / d input[s, c] is 0 but for s <= t and b = c, and there it is not."""
    config = LanguageModelConfig(**NOISY)
    params, batch, model = params_of(config), batch_of(), model_of(config)
    start = model.start(params, B)

    def nats(w: Any) -> Any:
        return model.evaluate({**params, "embed": {"w": w}}, start, batch)[1]["loss"][0]

    slopes = quick(jax.jacrev(nats))(params["embed"]["w"])[:, :, batch["inputs"]]  # [T, B, T, B, E]
    there = np.abs(slopes).max(-1) > 0
    seen = np.tri(T, dtype=bool)[:, None, :, None] & np.eye(B, dtype=bool)[None, :, None, :]
    np.testing.assert_array_equal(there, seen)


# Options. A mask that is the same at all steps of the only row is a mask on a parameter.

KEY = 4
INPUT, HIDDEN, OUTPUT = (("embed", "w"), 1), (("body", "3", "w_x"), 0), (("head", "w"), 1)
WORDS = ("embed", "w"), 0
W_H = [(("body", "1", "w_h"), None), (("body", "3", "w_h"), None)]
NOISE = {
    "dropout": 0.5, "dropout_input": 0.25, "dropout_hidden": 0.6,
    "dropout_words": 0.4, "weight_drop": 0.3,
}  # fmt: skip
PLACES: dict[Any, float] = {
    INPUT: 0.25, HIDDEN: 0.6, OUTPUT: 0.5, WORDS: 0.4, W_H[0]: 0.3, W_H[1]: 0.3,
}  # fmt: skip


def leaf(tree: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        tree = tree[name]
    return np.asarray(tree)


def masks(gradient: Any, path: tuple[str, ...], axis: int | None) -> np.ndarray:
    """Where the parameter had an effect, by entry (None) or by index along an axis."""
    used = leaf(gradient, path) != 0
    return used if axis is None else used.any(1 - axis, keepdims=True)


def scaled(params: Any, path: tuple[str, ...], factor: np.ndarray) -> Any:
    first, *rest = path
    inner = scaled(params[first], tuple(rest), factor) if rest else params[first] * factor
    return {**params, first: inner}


@x64
def test_noise_is_a_mask_in_its_place_and_nowhere_else() -> None:
    """With its mask on the parameters the model without noise has the same loss."""
    config = LanguageModelConfig(**NOISY, **NOISE)
    params, batch = params_of(config), batch_of(1)
    start = model_of(config).start(params, 1)
    (noisy, _), gradient = training(config)(params, start, batch, key=seed(KEY))
    plain = LanguageModelConfig(**NOISY)
    assert noisy != training(plain)(params, start, batch)[0][0]
    whole = training(plain)(params, start, batch)[1]
    for (path, axis), rate in PLACES.items():
        kept, possible = (masks(each, path, axis) for each in (gradient, whole))
        assert 0 < kept.sum() < possible.sum()
        params = scaled(params, path, kept / (1 - rate))
    same = training(plain)(params, start, batch)[0][0]
    assert float(noisy) == pytest.approx(float(same), rel=1e-13)


@x64
def test_dropout_that_is_not_locked_has_a_mask_a_step() -> None:
    """Every input is another id: the gradient of its row is zero where that input was dropped."""
    config = LanguageModelConfig(**{**NOISY, "locked": False}, dropout_input=0.5)
    params, batch = params_of(config), batch_of()
    start = model_of(config).start(params, B)
    _, gradient = training(config)(params, start, batch, key=seed(1))
    kept = leaf(gradient, ("embed", "w"))[batch["inputs"]] != 0  # [T, B, E]
    assert (kept != kept[:1]).any((0, 2)).all()
    assert (kept[:, 0] != kept[:, 1]).any()


OUTPUT_NOISE = {**NOISY, "dropout": 0.5, "dropout_input": 0.0, "dropout_hidden": 0.0}
PENALTIES = {"activation_penalty": 2.0, "change_penalty": 3.0}


@x64
@pytest.mark.parametrize("per", ["token", "row"])
def test_penalties_by_hand(per: str) -> None:
    """AR sees the outputs after dropout, TAR before; both over real words, and a row as nats."""
    config = LanguageModelConfig(**OUTPUT_NOISE, **PENALTIES, loss_per=per)
    params, batch, key = params_of(config), batch_of(), seed(KEY)
    start, weights = model_of(config).start(params, B), batch["weights"]
    weights[:, 1] = 0  # so that the gradient shows the mask of one row
    (loss, (_, metrics)), gradient = training(config)(params, start, batch, key=key)
    raw = outputs_by_hand(params, batch["inputs"], cell=references.rnn)
    kept = masks(gradient, *OUTPUT)
    assert 0 < kept.sum() < H
    hs = raw * kept / 0.5
    nats = mean(nats_by_hand(params, hs, batch["targets"]), weights)
    both = weights[1:] * weights[:-1]
    want = nats + 2 * mean((hs**2).mean(-1), weights)
    want += 3 * mean(((raw[1:] - raw[:-1]) ** 2).mean(-1), both)
    factor = weights.sum() / B if per == "row" else 1
    assert float(loss) == pytest.approx(factor * want, rel=1e-13)
    assert float(metrics["loss"][0] / metrics["loss"][1]) == pytest.approx(nats, rel=1e-13)


@x64
def test_a_batch_of_padding_has_loss_and_gradient_zero() -> None:
    config = LanguageModelConfig(**OUTPUT_NOISE, **PENALTIES)
    params, batch = params_of(config), batch_of(weights=np.zeros((T, B)))
    start = model_of(config).start(params, B)
    (loss, _), gradient = training(config)(params, start, batch, key=seed(KEY))
    assert loss == 0
    assert not any(each.any() for each in jax.tree.leaves(gradient))


def test_a_tiny_text_is_learned_by_heart() -> None:
    """One sentence, read again and again: its nats go to zero."""
    sentence = "the quick brown fox jumps over a lazy dog"
    letters = sorted(set(sentence))
    ids = np.array([letters.index(letter) for letter in sentence])
    config = LanguageModelConfig(cell="rnn", hidden=24)
    model, optimizer = language_model(config, len(letters)), optax.adam(0.03)
    params = quick(model.init)(seed(0))
    state = begin(params, optimizer, model.start(params, 1), key=seed(1))
    step, (batch,) = quick(train_step(model.loss, optimizer)), windows(ids, 1, len(ids) - 1)
    losses = []
    for _ in range(60):
        state, metrics = step(state, batch, Adaptation(1.0, False))
        losses.append(float(metrics["loss"][0] / metrics["loss"][1]))
    assert losses[0] == pytest.approx(math.log(len(letters)), rel=0.1)
    assert losses[-1] < 0.01

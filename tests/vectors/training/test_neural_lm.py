"""The neural language model against NumPy in float64, one word at a time."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads
from walking import quick

from seqjax.vectors.training.build import build
from seqjax.vectors.training.config import VectorsConfig
from seqjax.vectors.training.context_windows import Geometry
from seqjax.vectors.training.neural_lm import CONTEXTS, neural_lm

V, D, H, N, LENGTH, CHUNK = 6, 3, 4, 2, 15, 8
LINES = (0, 5, 6)
"""Where lines begin; there are 13 words."""
REACH = {"last": (-2, -1), "both": (-2, -1, 1, 2), "previous": (-1,)}


def piece() -> dict[str, Any]:
    count = LENGTH - 2
    place = np.arange(LENGTH)
    begin = np.array([max(b for b in LINES if b <= t) for t in place])
    end = np.array([min(b for b in (*LINES, count, 99) if b > t) for t in place])
    here = place < count
    return {
        "ids": np.random.default_rng(0).integers(0, V, LENGTH).astype(np.int32),
        "left": np.where(here, np.minimum(N, place - begin), 0).astype(np.int32),
        "right": np.where(here, np.minimum(N, end - 1 - place), 0).astype(np.int32),
        "count": np.array(count, np.int32),
    }


def model(context: str, direct: bool = False) -> Any:
    return neural_lm(V, D, H, Geometry(N, CHUNK, CHUNK), context=context, direct=direct)


def parameters(objective: Any) -> dict[str, np.ndarray]:
    draw = np.random.default_rng(1)
    shapes = jax.eval_shape(objective.init, jax.random.key(0))
    return {name: draw.normal(size=leaf.shape) for name, leaf in shapes.items()}


def backward(p: dict[str, Any], given: dict, context: str, places: Any) -> tuple[list, dict]:
    """-log p of those of the words at ``places`` that have their whole context; gradients."""
    found, slopes = [], {name: np.zeros_like(leaf) for name, leaf in p.items()}
    for t in places:
        near = [t + offset for offset in REACH[context]]
        if min(near) < t - given["left"][t] or max(near) > t + given["right"][t]:
            continue
        x = np.concatenate([p["input"][given["ids"][c]] for c in near])
        y = np.tanh(x @ p["hidden"] + p["hidden_bias"])
        logits = p["output"] @ y + p["output_bias"]
        if "direct" in p:
            logits = logits + p["direct"] @ x
        dlogits = np.exp(logits) / np.exp(logits).sum()
        found.append(-np.log(dlogits[given["ids"][t]]))
        dlogits[given["ids"][t]] -= 1
        inner = (dlogits @ p["output"]) * (1 - y**2)
        dx = p["hidden"] @ inner
        if "direct" in p:
            dx = dx + dlogits @ p["direct"]
            slopes["direct"] += np.outer(dlogits, x)
        slopes["output"] += np.outer(dlogits, y)
        slopes["output_bias"] += dlogits
        slopes["hidden"] += np.outer(x, inner)
        slopes["hidden_bias"] += inner
        for c, part in zip(near, dx.reshape(-1, D), strict=True):
            slopes["input"][given["ids"][c]] += part
    return found, slopes


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize(
    ("context", "direct"), [*((name, False) for name in REACH), ("last", True)]
)
def test_losses_and_updates_are_those_of_the_equations(context: str, direct: bool) -> None:
    given, objective = piece(), model(context, direct)
    params = parameters(objective)
    values, weights = quick(objective.evaluate)(params, given)
    want, _ = backward(params, given, context, range(LENGTH - 2))
    np.testing.assert_allclose(values[weights > 0], want, rtol=1e-10)
    got, total, count = quick(objective.update)(
        params, given, jnp.array([0.5, 0.25]), jax.random.key(0)
    )
    # Two chunks: the mean loss of each goes down along its gradient.
    after, want_total, want_count = params, 0.0, 0
    for begin, rate in ((0, 0.5), (CHUNK, 0.375)):
        places = range(begin, min(begin + CHUNK, LENGTH - 2))
        some, slopes = backward(after, given, context, places)
        after = {name: after[name] - rate / len(some) * slopes[name] for name in after}
        want_total, want_count = want_total + sum(some), want_count + len(some)
    for name, want_leaf in after.items():
        np.testing.assert_allclose(got[name], want_leaf, rtol=1e-9, atol=1e-12, err_msg=name)
    np.testing.assert_allclose([total, count], [want_total, want_count], rtol=1e-6)


@pytest.mark.usefixtures("x64")
def test_gradient_is_that_of_differences() -> None:
    given, objective = piece(), model("both", True)

    def loss(params: Any) -> Any:
        values, weights = objective.evaluate(params, given)
        return (values * weights).sum()

    check_grads(jax.jit(loss), (parameters(objective),), order=1, modes=["rev"])


def test_nearby_takes_one_word_of_the_window_each_as_often() -> None:
    """Only the vector of one word is not zero: a word that predicts with it stands near it."""
    given, objective = piece(), model("nearby")
    given["ids"] = np.where(np.arange(LENGTH) == 8, 1, 0).astype(np.int32)
    params = {name: np.float32(leaf) for name, leaf in parameters(objective).items()}
    params["input"][0], params["input"][1] = 0, 5
    params["hidden_bias"][:] = 0
    plain, weights = quick(objective.evaluate)(
        {**params, "input": np.zeros_like(params["input"])}, given
    )
    update, draws, moved = quick(objective.update), 300, 0
    for key in range(draws):
        total = update(params, given, np.zeros(2, np.float32), jax.random.key(key))[1]
        moved += float(total) != pytest.approx(float((plain * weights).sum()), rel=1e-6)
    # Words 6, 7, 9 and 10 see word 8, in windows of 2, 3, 4 and 4 words.
    chance = 1 - (1 - 1 / 2) * (1 - 1 / 3) * (1 - 1 / 4) * (1 - 1 / 4)
    assert abs(moved / draws - chance) < 4 * (chance * (1 - chance) / draws) ** 0.5
    assert np.asarray(weights).ravel()[5] == 0  # alone in its line
    assert weights.sum() == LENGTH - 3


def test_a_rule_of_the_text_is_learned() -> None:
    """Words that follow from the two before: the perplexity of held-out text goes to 1."""
    draw = np.random.default_rng(0)
    rule, text = draw.integers(0, V, (V, V)), [0, 1]
    for k in range(600):
        text.append(draw.integers(V) if k % 25 == 0 else int(rule[text[-2], text[-1]]))
    ids, place = np.array(text, np.int32), np.arange(len(text))
    given = {
        "ids": ids, "left": np.minimum(2, place).astype(np.int32),
        "right": np.zeros(len(ids), np.int32), "count": np.array(len(ids), np.int32),
    }  # fmt: skip
    config = VectorsConfig(objective="neural_lm", size=6, window=2, hidden=40, chunk=16)
    objective = build(config, np.arange(V, 0, -1))
    params, update = objective.init(jax.random.key(0)), quick(objective.update)
    perplexity = []
    for epoch in range(12):
        params, total, count = update(
            params, given, np.full(2, 0.5, np.float32), jax.random.key(epoch)
        )
        perplexity.append(float(np.exp(total / count)))
    assert perplexity[-1] < 1.4 < 2.0 < perplexity[0]


def test_wrong_options_are_refused() -> None:
    assert set(CONTEXTS) == {*REACH, "nearby"}
    with pytest.raises(ValueError, match="context: got 'next'"):
        model("next")
    with pytest.raises(ValueError, match="hidden: got 0"):
        neural_lm(V, D, 0, Geometry(N, CHUNK, CHUNK))
    with pytest.raises(ValueError, match="frozen"):
        config = VectorsConfig(objective="neural_lm", size=2)
        build(config, np.arange(V, 0, -1), frozen=np.ones(V, bool))

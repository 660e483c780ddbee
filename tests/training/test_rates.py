"""Parts of the parameters with rates of their own, held against chains that see the rest alone."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from covering import marked
from training_toys import STEADY
from walking import quick

from seqjax.training.config import Optimization
from seqjax.training.optimizers import OPTIMIZERS, optimizer
from seqjax.training.rates import grouped, thawing
from seqjax.training.step import begin, moved, train_step

SHAPES = {"words": {"w": (5, 3), "unseen": (4, 3)}, "body": {"w": (3, 2), "b": (2,)}}
WORDS, UNSEEN = ("words", "w"), ("words", "unseen")


def draw(seed: int) -> Any:
    """Parameters or gradients."""
    numbers = np.random.default_rng(seed)
    return jax.tree.map(
        lambda shape: jnp.asarray(numbers.normal(size=shape)),
        SHAPES,
        is_leaf=lambda shape: isinstance(shape, tuple),
    )


START, GRADIENTS = draw(99), [draw(seed) for seed in range(6)]


def walk(chain: Any, gradients: list | None = None, start: Any = None) -> list:
    """Parameters before the first and after each gradient."""
    params = START if start is None else start
    state, path = chain.init(params), [params]

    @quick
    def step(gradient: Any, state: Any, params: Any) -> tuple:
        updates, state = chain.update(gradient, state, params)
        return moved(params, updates), state

    for gradient in GRADIENTS if gradients is None else gradients:
        params, state = step(gradient, state, params)
        path.append(params)
    return path


def close(got: Any, want: Any, tolerance: float = 1e-6) -> None:
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance), got, want
    )


def body(tree: Any) -> Any:
    return {"body": tree["body"]}


CONFIGS = {
    name: Optimization(optimizer=name, rate=0.05, clip=1.5, weight_decay=0.2)
    for name in ("sgd", "nesterov", "adam", "adamw", "rmsprop")
}
# That each optimizer is what it should be is held against torch: here are momentum, and two moments
# with a decay of their own.
FIRST = [("nesterov",), ("adamw",)]
each = pytest.mark.parametrize("name", marked([(name,) for name in CONFIGS], FIRST))


@pytest.mark.usefixtures("x64")
@each
def test_what_is_frozen_stands_still_and_the_rest_moves_as_if_it_were_alone(name: str) -> None:
    """Clipping too: a global norm that counted frozen gradients would shorten the others."""
    chain = optimizer(CONFIGS[name], 6, 6)
    want = walk(chain, [body(g) for g in GRADIENTS], body(START))
    for frozen in (0.0, lambda step: 0.0, lambda step: jnp.zeros((5, 1))):
        factors = {WORDS: frozen, UNSEEN: 0.0}
        path = walk(grouped(chain, factors))
        close([body(params) for params in path], want, 1e-12)
        for params in path[1:]:
            jax.tree.map(np.testing.assert_array_equal, params["words"], START["words"])


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("name", ["nesterov", "adamw"])
def test_rows_that_are_frozen_are_as_if_they_were_not_there(name: str) -> None:
    rows = np.array([0, 1, 1, 0, 1])

    def cut(tree: Any) -> Any:
        return {**body(tree), "words": {"w": tree["words"]["w"][rows == 1]}}

    chain = optimizer(CONFIGS[name], 6, 6)
    path = walk(grouped(chain, {WORDS: lambda step: jnp.asarray(rows[:, None]), UNSEEN: 0.0}))
    close([cut(p) for p in path], walk(chain, list(map(cut, GRADIENTS)), cut(START)), 1e-12)
    np.testing.assert_array_equal(path[-1]["words"]["w"][rows == 0], START["words"]["w"][rows == 0])


@pytest.mark.usefixtures("x64")
@each
def test_after_the_thaw_it_is_an_optimizer_that_begins(name: str) -> None:
    """Nothing has gathered before, no decay either; without clipping each group walks alone."""
    tiny = {"epsilon": 1e-12} if name not in {"sgd", "nesterov"} else {}
    decay = 0.0 if name == "adamw" else 0.2  # where the factor would be that of the decay too
    config = Optimization(optimizer=name, rate=0.05, weight_decay=decay, **tiny)
    chain, frozen = optimizer(config, 6, 6), 3
    path = walk(grouped(chain, {("words",): thawing(config, frozen)}))
    for params in path[: frozen + 1]:
        jax.tree.map(np.testing.assert_array_equal, params["words"], START["words"])
    want = walk(chain, GRADIENTS[frozen:])
    close([p["words"] for p in path[frozen:]], [p["words"] for p in want], 1e-6)
    close([body(p) for p in path], [body(p) for p in walk(chain)], 1e-12)
    assert thawing(config, 0, 0.1)(jnp.int32(0)) == np.float32(0.1)


@pytest.mark.usefixtures("x64")
def test_accumulation_thaws_at_a_whole_update() -> None:
    config = Optimization(optimizer="adam", rate=0.05, accumulate=2)
    chain = optimizer(config, 6, 6)
    path = walk(grouped(chain, {WORDS: thawing(config, 3)}))
    went = [not np.array_equal(p["words"]["w"], START["words"]["w"]) for p in path]
    assert went == [False] * 6 + [True]  # 3 steps are 2 updates; the third comes after step 6
    once = optimizer(Optimization(optimizer="adam", rate=0.05), 6, 6)
    mean = jax.tree.map(lambda *g: sum(g) / 2, *GRADIENTS[4:])
    close(path[-1]["words"]["w"], walk(once, [mean])[-1]["words"]["w"], 1e-6)


def test_factors_multiply_and_the_longer_path_counts() -> None:
    factors = {("words",): 3.0, UNSEEN: lambda step: 0.5 * step}
    path = walk(grouped(optax.sgd(0.1), factors), GRADIENTS[:2])
    for part, leaf, by in (("words", "w", 6), ("words", "unseen", 0.5), ("body", "b", 2)):
        # The gradient is the same in both steps, whose factors add up to ``by``.
        first, second = (g[part][leaf] for g in GRADIENTS[:2])
        halves = {6: (3, 3), 0.5: (0, 0.5), 2: (1, 1)}[by]
        want = START[part][leaf] - 0.1 * (halves[0] * first + halves[1] * second)
        np.testing.assert_allclose(path[-1][part][leaf], want, rtol=1e-5, atol=1e-6)


def test_what_is_frozen_for_ever_has_no_moments_and_nan_there_harms_nothing() -> None:
    chain = grouped(optax.adam(0.1), {UNSEEN: 0.0, WORDS: lambda step: 0.0})
    state = chain.init(START)
    assert [leaf.shape for leaf in jax.tree.leaves(state)].count((4, 3)) == 0
    assert [leaf.shape for leaf in jax.tree.leaves(state)].count((5, 3)) == 2
    wild = {**GRADIENTS[0], "words": jax.tree.map(lambda a: a * jnp.nan, START["words"])}
    updates, state = chain.update(wild, state, START)
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves((updates, state)))
    assert updates["words"]["unseen"] is None
    assert moved(START, updates)["words"]["unseen"] is START["words"]["unseen"]


def test_a_step_of_training_compiles_once_and_keeps_its_structure() -> None:
    """The state has the structure that a checkpoint is restored into, in float32."""
    chain = grouped(optimizer(CONFIGS["adamw"], 6, 6), {WORDS: thawing(CONFIGS["adamw"], 1)})
    params = jax.tree.map(lambda a: a.astype(jnp.float32), START)

    def loss(params: Any, carry: Any, batch: Any, *, key: Any) -> Any:
        value = sum(jnp.sum(leaf**2) for leaf in jax.tree.leaves(params))
        return value, (carry, {"loss": (value, jnp.float32(1))})

    step = train_step(loss, chain)
    before = state = begin(params, chain, (), key=jax.random.key(0))
    shapes = jax.tree.map(lambda a: (a.shape, a.dtype), before)
    words = []
    for _ in range(3):
        state, _ = step(state, (), STEADY)
        words.append(np.asarray(state.params["words"]["w"]))
        assert jax.tree.map(lambda a: (a.shape, a.dtype), state) == shapes
    np.testing.assert_array_equal(words[0], params["words"]["w"])
    assert (words[1] != words[0]).all() and (words[2] != words[1]).all()
    assert step._cache_size() == 1


def test_refuses() -> None:
    with pytest.raises(ValueError, match="factors: got word/w, but the parameters are body/b, "):
        grouped(optax.sgd(1.0), {("word", "w"): 0.0}).init(START)
    with pytest.raises(ValueError, match="steps: got -1"):
        thawing(Optimization(), -1)
    with pytest.raises(ValueError, match="factor: got 0, want a number above 0"):
        thawing(Optimization(), 1, 0)
    assert set(CONFIGS) < set(OPTIMIZERS)

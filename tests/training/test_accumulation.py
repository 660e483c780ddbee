"""Several batches that make one update: as one batch of all of them, whatever their sizes."""

from __future__ import annotations

import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from training_toys import STEADY
from walking import quick, same

from seqjax.models.language_model import language_model
from seqjax.models.language_model_config import LanguageModelConfig
from seqjax.training.accumulation import Groups, groups
from seqjax.training.config import Optimization
from seqjax.training.optimizers import optimizer
from seqjax.training.rates import grouped, thawing
from seqjax.training.schedules import schedule
from seqjax.training.step import begin, train_step


@pytest.mark.parametrize(("size", "period"), [(1, 5), (3, 4), (4, 4), (15, 19), (5, 11)])
def test_groups_hold_each_batch_once_and_end_with_the_period(size: int, period: int) -> None:
    of_batches = Groups(size, period)
    batches = range(3 * period)
    numbers = [of_batches.update(batch) for batch in batches]
    members = [[b for b in batches if numbers[b] == update] for update in range(numbers[-1] + 1)]
    assert [batch for group in members for batch in group] == list(batches)
    assert [len(group) for group in members] == 3 * (
        [size] * (period // size) + [period % size] * (period % size > 0)
    )
    assert [of_batches.first(update) for update in range(len(members))] == [g[0] for g in members]
    assert [b for b in batches if of_batches.ends(b)] == [group[-1] for group in members]


def test_a_group_longer_than_an_epoch_ends_with_the_run() -> None:
    assert groups(Optimization(accumulate=15), 10, 40) == Groups(15, 40)
    assert groups(Optimization(accumulate=10), 10, 40) == Groups(10, 10)


CONFIG = LanguageModelConfig(cell="rnn", hidden=4, driver="sequential", activation_penalty=2.0)
DRAW = np.random.default_rng(0)
TOKENS = DRAW.integers(0, 9, (17, 8, 2))
REAL = np.zeros((17, 8), np.float32)
REAL[:, :4], REAL[:2, 4:] = 1, 1  # 68 and 8 words


def rows(part: slice, weights: np.ndarray = REAL) -> dict[str, Any]:
    return {
        "inputs": TOKENS[:, part, 0], "targets": TOKENS[:, part, 1], "weights": weights[:, part],
    }  # fmt: skip


@functools.cache
def stepped(loss_per: str, count: int, factor: Any = None) -> tuple:
    """(model, optimizer, step) of ``count`` batches an update, clipped to a small norm."""
    config = Optimization(optimizer="sgd", rate=1.0, clip=0.05, weight_decay=0.1, accumulate=count)
    model = language_model(LanguageModelConfig(**{**vars(CONFIG), "loss_per": loss_per}), 9)
    chain = optimizer(config, count, count)
    if factor is not None:
        chain = grouped(chain, {("embed", "w"): factor})
    return model, chain, quick(train_step(model.loss, chain).__wrapped__)


def updated(batches: list[dict[str, Any]], loss_per: str = "token", factor: Any = None) -> Any:
    """The parameters after one update by these batches, and before."""
    model, chain, step = stepped(loss_per, len(batches), factor)
    params = model.init(jax.random.key(0))
    state = begin(params, chain, model.start(params, 4), key=jax.random.key(1))
    for batch in batches:
        start = model.start(params, batch["inputs"].shape[1])
        state, _ = step(state._replace(carry=start), batch, STEADY)
    return state.params, params


def distance(a: Any, b: Any) -> float:
    return float(optax.tree.norm(jax.tree.map(jnp.subtract, a, b)))


LEFT, RIGHT, ALL = slice(0, 4), slice(4, 8), slice(0, 8)


@pytest.mark.parametrize("loss_per", ["token", "row"])
def test_batches_of_68_and_8_words_are_one_batch_of_76(loss_per: str) -> None:
    """With clipping, decay and the penalty of activations; a mean of both means is another one."""
    got, start = updated([rows(LEFT), rows(RIGHT)], loss_per)
    want, _ = updated([rows(ALL)], loss_per)
    assert distance(got, want) < 1e-5 * distance(want, start)


def test_so_are_they_where_a_file_of_vectors_learns_more_slowly() -> None:
    got, start = updated([rows(LEFT), rows(RIGHT)], factor=0.25)
    want, _ = updated([rows(ALL)], factor=0.25)
    assert distance(got, want) < 1e-5 * distance(want, start)
    free, _ = updated([rows(ALL)])
    assert distance(got["embed"], free["embed"]) > 0.1 * distance(free["embed"], start["embed"])


def test_a_batch_of_padding_counts_for_nothing() -> None:
    nothing = rows(RIGHT, np.zeros_like(REAL))
    got, start = updated([rows(LEFT), nothing])
    want, _ = updated([rows(LEFT)])
    assert distance(got, want) < 1e-5 * distance(want, start)
    alone, _ = updated([nothing, nothing])
    want, _ = updated([nothing])
    assert distance(alone, want) < 1e-6
    assert 0 < distance(alone, start) < 1  # by the decay


def test_weights_below_one_are_counted_as_they_are() -> None:
    """A hundredth of a word and all of one: the mean is over 1.01, of one batch and of two."""
    weights = np.zeros_like(REAL)
    weights[0, 0], weights[0, 4] = 0.01, 1
    got, start = updated([rows(LEFT, weights), rows(RIGHT, weights)])
    want, _ = updated([rows(ALL, weights)])
    assert distance(got, want) < 1e-5 * distance(want, start)


def walk(config: Optimization, epoch: int, steps: int, weights: Any = None) -> list[float]:
    """What each gradient n + 1 = 1, 2, ... adds to a number that begins at 0."""
    chain = optimizer(config, epoch, steps)
    update, moved, params = quick(chain.update), [], jnp.float32(0)
    state = chain.init(params)
    for n in range(steps):
        change, state = update(jnp.float32(n + 1), state, params)
        moved.append(float(change))
    return moved


@pytest.mark.parametrize("epochs", [1, 2])
def test_what_is_left_of_an_epoch_makes_an_update_at_the_rate_of_its_place(epochs: int) -> None:
    """19 batches in groups of 15: the four that are left count as much as others do."""
    config = Optimization(optimizer="sgd", rate=1.0, schedule="cosine", accumulate=15)
    moved, rate = walk(config, 19, 19 * epochs), schedule(config, 19, 19 * epochs)
    want = {}
    for epoch in range(epochs):
        first = 19 * epoch
        want[first + 14] = -rate(first) * np.mean(np.arange(first, first + 15) + 1)
        want[first + 18] = -rate(first + 15) * np.mean(np.arange(first + 15, first + 19) + 1)
    assert [n for n, change in enumerate(moved) if change] == list(want)
    np.testing.assert_allclose([moved[n] for n in want], list(want.values()), rtol=1e-5)


def test_and_what_is_left_of_a_run_whose_epochs_are_shorter_than_a_group() -> None:
    moved = walk(Optimization(optimizer="sgd", rate=1.0, accumulate=3), 2, 8)
    assert [n for n, change in enumerate(moved) if change] == [2, 5, 7]
    assert moved[7] == -7.5


def test_a_thaw_counts_the_updates_of_epochs_that_end_within_a_group() -> None:
    """2 epochs of 5 batches by 3 are 4 updates; adam then begins as if it were new."""
    config = Optimization(optimizer="adam", rate=0.1, accumulate=3)
    chain = grouped(optimizer(config, 5, 15), {("w",): thawing(config, 10, epoch=5)})
    update, params = quick(chain.update), {"w": jnp.float32(0), "b": jnp.float32(0)}
    state, moved = chain.init(params), []
    for _ in range(15):
        change, state = update({"w": jnp.float32(1), "b": jnp.float32(1)}, state, params)
        moved.append({name: float(value) for name, value in change.items()})
    assert [n for n, change in enumerate(moved) if change["b"]] == [2, 4, 7, 9, 12, 14]
    assert [n for n, change in enumerate(moved) if change["w"]] == [12, 14]
    assert moved[12]["w"] == pytest.approx(-0.1, rel=1e-4)


def test_batches_that_are_left_out_are_as_if_they_were_not_there() -> None:
    """In the middle of a group, at its end, and all of a group, which then makes no update."""
    config = Optimization(optimizer="adam", rate=0.1, schedule="cosine", accumulate=3)
    chain, rate = optimizer(config, 9, 9, skip=True), schedule(config, 9, 9)
    update, params = quick(chain.update), jnp.float32(0)
    state, moved, wild = chain.init(params), [], {1, 3, 4, 5, 8}
    for n in range(9):
        gradient = jnp.float32(jnp.nan if n in wild else 1 + n)
        change, state = update(gradient, state, params, weight=1.0 + n, usable=n not in wild)
        moved.append(float(change))
    assert [n for n, change in enumerate(moved) if change] == [2, 8]
    means = [(1 * 1 + 3 * 3) / 4, (7 * 7 + 8 * 8) / 15]
    adam = optax.adam(1.0)
    moments, want = adam.init(params), []
    for mean, place in zip(means, (0, 6), strict=True):
        change, moments = adam.update(jnp.float32(mean), moments, params)
        want.append(float(change * rate(place)))
    np.testing.assert_allclose([moved[2], moved[8]], want, rtol=1e-5)


def test_the_state_of_a_run_that_learns_to_skip_is_the_same() -> None:
    config = Optimization(optimizer="adam", schedule="step")
    states = [optimizer(config, 9, 9, skip=skip).init(jnp.zeros(3)) for skip in (False, True)]
    same(*states)
    assert jax.tree.structure(states[0]) == jax.tree.structure(states[1])

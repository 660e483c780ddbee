"""The claims about GRU, LSTM and depth: small tasks, learning curves and rules."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from instruments import made, run

from experiments.claims.cells import depth, gru_and_lstm
from experiments.claims.cells.adding_task import adding_task
from experiments.claims.cells.cell_trials import SIZES, at_equal_time
from experiments.claims.cells.character_task import character_task
from experiments.claims.cells.motif_task import f1, motif_task
from experiments.claims.cells.small_task import clearly_better, equal_width, parameters, width_of
from experiments.claims.claim import FAILS, HOLDS, IN_PART
from experiments.claims.shared.learning_curves import at, learning_curve
from seqjax.basics.types import Array, Params
from seqjax.cells import gru, lstm
from seqjax.data.builtin.motifs import motif_tags


def test_the_width_is_the_one_nearest_to_the_budget() -> None:
    for budget in (1, 5, 99, 100, 1000):
        found = width_of(lambda width: 3 * width * width + width, budget)
        others = range(1, 40)
        assert found == min(others, key=lambda width: abs(3 * width * width + width - budget))


def test_networks_of_equal_size_have_nearly_as_many_parameters() -> None:
    task = motif_task()
    budget = parameters(task.network([lstm(12)], "sequential"), task.inputs)
    assert equal_width(task, lstm, 1, budget) == (12, budget)
    hidden, count = equal_width(task, gru, 1, budget)
    assert hidden > 12
    assert abs(count - budget) < 0.06 * budget


@pytest.mark.parametrize("make", [adding_task, character_task, motif_task])
def test_a_task_has_a_loss_with_a_gradient_and_a_quality(make: object) -> None:
    task = make()  # type: ignore[operator]
    network = task.network([gru(4)], "sequential")
    rows = jax.tree.map(lambda array: array[:4], task.rows)

    def answers(key: Array) -> tuple[Array, Params]:
        params = network.init(key, task.inputs)
        return jax.value_and_grad(lambda p: task.loss(network, p, rows))(params)

    loss, gradients = run(answers, jax.random.key(0))
    assert np.isfinite(loss)
    assert all(np.abs(leaf).max() > 0 for leaf in jax.tree.leaves(gradients)[-2:])
    assert task.better(1.0, 2.0) == (1 if task.lower else -1)


def test_guessing_has_the_quality_that_tasks_say_it_has() -> None:
    adding, text = adding_task(), character_task()
    network = adding.network([gru(2)], "sequential")
    params = made(network, 2, 0.0)
    params["1"]["b"] = np.ones(1)
    assert abs(run(partial(adding.evaluate, network), params) - 1) < 0.15
    network = text.network([gru(2)], "sequential")
    bits = run(partial(text.evaluate, network), made(network, text.inputs, 0.0))
    assert np.isclose(bits, np.log2(text.inputs), atol=1e-4)


def test_training_and_held_out_sequences_are_not_the_same_ones() -> None:
    letters, tags, lengths = motif_task().rows
    assert letters.shape == tags.shape and (lengths <= letters.shape[1]).all()
    parts = motif_tags()
    train, test = ({sentence.words for sentence in parts[part]} for part in ("train", "test"))
    assert not train & test


def test_letters_in_the_padding_do_not_count() -> None:
    guessed, tags = jnp.array([1, 2, 1]), jnp.array([1, 2, 2])
    assert f1(guessed, tags, jnp.array([True, True, False])) == 1
    assert f1(tags, tags, jnp.array([True, True, False])) == 1
    assert np.isclose(f1(guessed, tags, jnp.array([True, True, True])), 2 / 3)


def test_a_curve_is_that_of_gradient_descent_from_each_seed() -> None:
    data = np.full((4, 1), 3.0, np.float32)

    def loss(params: dict[str, Array], rows: Array, key: Array) -> Array:
        return jnp.mean((params["w"] - rows) ** 2) / 2

    params, values = learning_curve(
        lambda key: {"w": jax.random.normal(key, ())},
        loss,
        lambda params: params["w"],
        data,
        seeds=(5, 9),
        points=2,
        every=3,
        batch=2,
        optimizer=optax.sgd(0.5),
    )
    draw = jax.jit(lambda seed: jax.random.normal(jax.random.split(jax.random.key(seed))[0], ()))
    start = np.array([draw(seed) for seed in (5, 9)])
    wanted = 3 + (start[:, None] - 3) * 0.5 ** np.array([3, 6])
    assert np.allclose(values, wanted, atol=1e-6)
    assert np.allclose(params["w"], wanted[:, 1], atol=1e-6)


def test_a_curve_is_read_between_its_points() -> None:
    assert at([4.0, 2.0], 10, 15) == 3
    assert at([4.0, 2.0], 10, 5) == 4
    assert at([4.0, 2.0], 10, 99) == 2


def test_better_means_beyond_twice_the_standard_error() -> None:
    task = character_task()
    assert clearly_better(task, [1.0, 1.1], [2.0, 2.1])
    assert not clearly_better(task, [2.0, 2.1], [1.0, 1.1])
    assert not clearly_better(task, [1.0, 2.0], [1.5, 2.5])
    assert not clearly_better(task, [1.0], [2.0])


def cells(lstm_ends: float, gru_ends: float, slower: float = 0.8) -> dict[str, object]:
    """Results in which the LSTM and the GRU end at these numbers, the same on all tasks."""

    def cell(end: float, seconds: float) -> dict[str, object]:
        return {
            "hidden": 8,
            "parameters": 1000,
            "curves": [[end + 1, end], [end + 1, end + 0.01]],
            "seconds": seconds,
        }

    tasks = {}
    for name in SIZES:
        lower = SIZES[name].task().lower
        ends = (lstm_ends, gru_ends) if lower else (-lstm_ends, -gru_ends)
        tasks[name] = {
            "every": 10,
            "cells": {"lstm": cell(ends[0], 0.02), "gru": cell(ends[1], 0.01)},
            "same_width": {"parameters": 750, "seconds": 0.02 * slower},
        }
    return {"seeds": [0, 1], "tasks": tasks}


def test_the_gru_is_cheaper_and_neither_wins_everywhere() -> None:
    assert gru_and_lstm.verdict(cells(1.0, 1.0)).kind == HOLDS
    assert gru_and_lstm.verdict(cells(1.0, 2.0)).kind == IN_PART
    assert gru_and_lstm.verdict(cells(1.0, 1.0, slower=1.1)).kind == IN_PART
    assert gru_and_lstm.verdict(cells(2.0, 1.0, slower=1.1)).kind == FAILS


def test_the_slower_cell_has_fewer_updates_in_the_same_time() -> None:
    found = at_equal_time(cells(1.0, 1.0)["tasks"]["adding"])  # type: ignore[index]
    assert np.allclose(found["gru"], [1.0, 1.01])
    assert np.allclose(found["lstm"], [2.0, 2.0])


def layers(*ends: float) -> dict[str, object]:
    """Results in which one, two and three layers reach these qualities, more being better."""
    parts = {
        name: [
            {
                "hidden": 8,
                "parameters": 100,
                "quality": [-end, -end - 0.01] if SIZES[name].task().lower else [end, end + 0.01],
            }
            for end in ends
        ]
        for name in depth.TASKS
    }
    return {"seeds": [0, 1], "tasks": parts}


def test_depth_helps_where_more_layers_are_clearly_better() -> None:
    assert depth.verdict(layers(0.5, 0.6, 0.4)).kind == HOLDS
    assert depth.verdict(layers(0.5, 0.5, 0.4)).kind == FAILS
    both = layers(0.5, 0.6, 0.4)
    both["tasks"]["motifs"] = layers(0.5, 0.4, 0.4)["tasks"]["motifs"]  # type: ignore[index]
    assert depth.verdict(both).kind == IN_PART


@pytest.mark.parametrize(
    ("claim", "results"),
    [(gru_and_lstm.CLAIM, cells(1.0, 2.0)), (depth.CLAIM, layers(0.5, 0.6, 0.4))],
)
def test_tables_and_picture_are_complete(claim: object, results: dict[str, object]) -> None:
    for table in claim.tables(results):  # type: ignore[attr-defined]
        assert table.rows and all(len(row) == len(table.head) for row in table.rows)
    for axes in claim.draw(results, "en").axes:  # type: ignore[attr-defined]
        assert axes.get_title() and axes.get_xlabel() and axes.get_ylabel()
        assert axes.get_legend() is not None

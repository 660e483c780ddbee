"""Tasks: figures of outputs that are right, of guesses, and of networks of equal size."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from experiments.quality_trials.catalogue import COMPARED, LINEAR, TASKS
from experiments.quality_trials.network import equal_size, inputs_of, network
from experiments.quality_trials.task import Rows, accuracy, at_the_end, bits_each, rows_legal
from seqjax.basics.cell import Affine
from seqjax.cells import CELLS

BUILT = (
    "parity", "permutations", "reber", "selective_copying", "two_strings", "adding", "long_adding",
)  # fmt: skip


@pytest.fixture(scope="module")
def tasks() -> dict:
    return {name: TASKS[name]() for name in BUILT}


def judged(task: Any, outputs: np.ndarray) -> float:
    """The figure of outputs [T, B, C] for the rows that decide."""
    return float(task.measure(jnp.asarray(outputs), next(iter(task.tests.values()))))


@pytest.mark.parametrize("name", ["permutations", "reber", "two_strings", "adding", "long_adding"])
def test_right_outputs_solve_a_task_and_none_do_not(name: str, tasks: dict) -> None:
    task = tasks[name]
    rows = next(iter(task.tests.values()))
    right = np.eye(task.outputs)[np.int32(rows.targets.T)] if task.vocabulary else None
    if right is None:
        right = rows.targets.T[..., None]
    assert judged(task, right) == (0 if task.lower else 1)
    assert task.is_solved(judged(task, right))
    assert not task.is_solved(judged(task, np.zeros(right.shape)))
    assert not task.is_solved(float("nan"))


def test_chance_is_the_figure_of_a_guess(tasks: dict) -> None:
    task = tasks["adding"]
    steps, count = next(iter(task.tests.values())).targets.T.shape
    assert abs(judged(task, np.ones((steps, count, 1))) - task.chance) < 0.2
    task = tasks["permutations"]
    steps, count = next(iter(task.tests.values())).targets.T.shape
    drawn = np.random.default_rng(0).normal(size=(steps, count, task.outputs))
    assert abs(judged(task, drawn) - task.chance) < 5 * 0.38 / (steps * count) ** 0.5


def test_symbols_are_asked_for_in_their_places(tasks: dict) -> None:
    rows = tasks["selective_copying"].train
    for given, targets, scored in zip(
        rows.inputs[:20], rows.targets[:20], rows.scored[:20], strict=True
    ):
        assert (given[given > 1] - 2 == targets[scored == 1]).all()
        assert (given[scored == 1] == 1).all()


def test_a_string_is_told_by_its_first_symbol(tasks: dict) -> None:
    task = tasks["two_strings"]
    (rows,) = task.tests.values()
    asked = rows.targets[rows.scored == 1]
    assert (asked == rows.inputs[:, 0]).all()
    assert len({*asked.tolist()}) == 2
    assert not (rows.inputs[:, 1:] == asked[:, None]).any()


def test_figures_look_at_what_is_scored_alone() -> None:
    rows = at_the_end(np.zeros((2, 4)), np.array([1, 0]), np.array([4, 2]))
    assert rows.scored.tolist() == [[0, 0, 0, 1], [0, 1, 0, 0]]
    ys = np.zeros((4, 2, 2), np.float32)
    ys[3, 0, 1] = ys[1, 1, 1] = 1.0  # the first row right, the second wrong
    assert float(accuracy(jnp.asarray(ys), rows)) == 0.5
    ys[...] = 0
    assert float(bits_each(jnp.asarray(ys), rows)) == pytest.approx(1.0)
    legal = np.ones((2, 4, 2), bool)
    legal[1, 1, 0] = False
    assert float(rows_legal(jnp.asarray(ys), rows._replace(legal=legal))) == 0.5
    rest = Rows(rows.inputs, rows.targets, 1 - rows.scored, legal)
    assert float(rows_legal(jnp.asarray(ys), rest)) == 1.0


def test_linear_cells_are_those_whose_recurrence_is() -> None:
    for cell in COMPARED:
        assert (cell in LINEAR) == isinstance(CELLS[cell](4).recurrence, Affine)


@pytest.mark.parametrize("cell", ["lstm", "min_gru", "lru"])
def test_networks_have_equally_many_parameters(cell: str, tasks: dict) -> None:
    task = tasks["parity"]
    size = equal_size(task, cell, 5000)
    made = network(task, cell, size.hidden, size.features)
    shapes = jax.eval_shape(lambda: made.init(jax.random.key(0), inputs_of(task)))
    assert sum(leaf.size for leaf in jax.tree.leaves(shapes)) == size.parameters
    assert abs(size.parameters - 5000) <= 100


def test_too_small_a_budget_is_refused(tasks: dict) -> None:
    with pytest.raises(ValueError, match="parameters: got 40, of which lstm has no network"):
        equal_size(tasks["parity"], "lstm", 40)

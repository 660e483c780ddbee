"""The reference of a case, against loops in NumPy, and how differences to it are measured."""

from __future__ import annotations

import jax
import numpy as np
import pytest
import references
from benchmarks import PADDED, PLAIN, answer, expected

from experiments.benchmark.cases import Case
from experiments.benchmark.problem import (
    Unsupported,
    differences,
    make_problem,
    peer,
    reference,
)

CELLS = ("lstm", "gru", "rnn")


def loops(case: Case, params: list, xs: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """The network in NumPy, row by row."""
    cell = getattr(references, case.cell)(case.shape.hidden)
    for layer in params:
        ys = np.zeros((*xs.shape[:2], len(layer) * case.shape.hidden))
        for direction, p in enumerate(layer):
            part = slice(direction * case.shape.hidden, (direction + 1) * case.shape.hidden)
            for row, length in enumerate(lengths):
                carry = cell.start(p)
                for t in range(length)[:: -1 if direction else 1]:
                    carry = cell.step(p, carry, xs[t, row])
                    ys[t, row, part] = cell.read(carry)
        xs = ys
    return xs


@pytest.mark.parametrize("cell", CELLS)
def test_reference_by_numpy_loops(cell) -> None:
    case = Case(cell, PADDED, "float32", "gradient")
    given, want = answer(case)
    assert sorted(given.lengths) == [1, 3, 5] != list(given.lengths)
    point = jax.tree.map(lambda a: a.astype(np.float64), {"params": given.params, "xs": given.xs})
    outputs = loops(case, *point.values(), given.lengths)
    np.testing.assert_allclose(want.outputs, outputs, atol=1e-12)
    draw = np.random.default_rng(0)
    way = jax.tree.map(lambda a: draw.normal(size=a.shape), point)

    def loss(size: float) -> float:
        moved = jax.tree.map(lambda a, b: a + size * b, point, way)
        return (loops(case, *moved.values(), given.lengths) ** 2).sum()

    slope = sum(jax.tree.leaves(jax.tree.map(lambda a, b: (a * b).sum(), want.gradients, way)))
    assert slope == pytest.approx((loss(1e-5) - loss(-1e-5)) / 2e-5, rel=1e-8)


def test_differences_see_one_wrong_entry() -> None:
    case = Case("gru", PADDED, "float32", "gradient")
    want = answer(case)[1]
    assert differences(want, want) == (0, 0)
    outputs = want.outputs.copy()
    outputs[2, 1, 3] += 0.5 * np.abs(outputs).max()
    params = jax.tree.map(np.copy, want.gradients["params"])
    params[1][1]["b_n"][0] += 0.25 * np.abs(params[1][1]["b_n"]).max()
    wrong = want._replace(outputs=outputs, gradients={"params": params, "xs": want.gradients["xs"]})
    assert differences(wrong, want) == pytest.approx((0.5, 0.25))
    params[0][0]["w_x"][0, 0] = np.nan
    assert np.isnan(differences(wrong, want)[1])


@pytest.mark.parametrize("mode", ["forward", "train", "latency"])
def test_reference_of_other_modes(mode) -> None:
    case = Case("rnn", PLAIN, "float32", mode)
    got, want = reference(case, make_problem(case)), expected(case)[1]
    np.testing.assert_allclose(got.outputs, want.outputs, atol=1e-15)
    jax.tree.map(np.testing.assert_allclose, got.gradients, want.gradients)


def test_what_no_side_can() -> None:
    with pytest.raises(Unsupported, match="token by token"):
        make_problem(Case("lstm", PADDED, "float32", "latency"))
    with pytest.raises(Unsupported, match="no_such_library is not installed"):
        peer("no_such_library")

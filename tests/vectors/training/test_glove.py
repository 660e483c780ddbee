"""GloVe against a port of the C tool's update to NumPy, entry by entry."""

from __future__ import annotations

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from walking import quick

from seqjax.data.words.cooccurrence import Cooccurrences
from seqjax.data.words.entries import WordEntries
from seqjax.vectors.training.build import build
from seqjax.vectors.training.config import VectorsConfig
from seqjax.vectors.training.glove import RULES, glove

V, D, N, X_MAX, RATE = 7, 3, 12, 10.0, 0.05


def entries(count: int = N) -> dict[str, Any]:
    draw = np.random.default_rng(0)
    ids = draw.integers(0, V, (2, N)).astype(np.int32)
    values = draw.exponential(12, N).astype(np.float32)
    return {"rows": ids[0], "columns": ids[1], "values": values, "count": np.array(count, np.int32)}


def start(scale: float = 1.0) -> dict[str, np.ndarray]:
    """Parameters, and sums that are not all 1."""
    draw = np.random.default_rng(1)
    drawn = [scale * draw.normal(size=(2 * V, D + 1)), 1 + draw.random((2 * V, D + 1))]
    return {"input": np.concatenate(drawn, axis=1).astype(np.float32)}


def ported(table: np.ndarray, given: dict, rates: list[float], rule: str) -> tuple:
    """(table, Σ cost) after each entry in turn, as glove.c has it: what it calls fdiff, gradsq."""
    table, cost = table.astype(np.float64), 0.0
    parameters, gradsq = table[:, : D + 1], table[:, D + 1 :]
    for k in range(int(given["count"])):
        i, j, x = int(given["rows"][k]), int(given["columns"][k]) + V, float(given["values"][k])
        w, c = parameters[i].copy(), parameters[j].copy()
        diff = w[:D] @ c[:D] + w[D] + c[D] - np.log(x)
        fdiff = diff if x > X_MAX else (x / X_MAX) ** 0.75 * diff
        cost += 0.5 * fdiff * diff
        for own, other in ((i, c), (j, w)):
            g = np.append(fdiff * other[:D], fdiff)
            eta = np.full(D + 1, rates[k])
            if rule == "glove":
                eta[D] = 1.0  # since 2019 biases have no rate
            if rule == "sgd":
                parameters[own] -= eta * g
                continue
            if rule == "glove":
                g[:D] = np.clip(g[:D], -100, 100)
            step = eta * g
            parameters[own] -= step / np.sqrt(gradsq[own])
            gradsq[own] += g**2 if rule == "adagrad" else step**2
    return table, cost


@pytest.mark.parametrize("rule", RULES)
def test_update_is_that_of_the_c_tool_entry_by_entry(rule: str) -> None:
    given, before = entries(N - 2), start()
    got, total, count = quick(glove(V, D, x_max=X_MAX, rule=rule, chunk=1).update)(
        before, given, np.array([RATE, 0], np.float32), jax.random.key(0)
    )
    rates = [RATE * (1 - k / (N - 2)) for k in range(N - 2)]
    want, cost = ported(before["input"], given, rates, rule)
    np.testing.assert_allclose(got["input"], want, rtol=2e-6, atol=2e-6)
    np.testing.assert_allclose(total, cost, rtol=1e-5)
    assert count == N - 2


def test_rules_differ() -> None:
    """The C tool's biases move without the rate; its sums grow by less than AdaGrad's."""
    given, after = entries(), {}
    for rule in RULES:
        update = glove(V, D, x_max=X_MAX, rule=rule, chunk=1).update
        after[rule] = np.asarray(
            update(start(), given, jnp.full(2, RATE), jax.random.key(0))[0]["input"]
        )
    before = start()["input"]
    moved = {rule: np.abs(table[:, D] - before[:, D]).sum() for rule, table in after.items()}
    sums = {rule: (table - before)[:, D + 1 : -1].sum() for rule, table in after.items()}
    assert moved["glove"] > 5 * moved["glove_2014"]
    assert moved["sgd"] > 1.1 * moved["glove_2014"] > 1.1 * 1.01 * moved["adagrad"]
    assert sums["adagrad"] > 50 * sums["glove"] > 0
    assert sums["sgd"] == 0


def test_components_of_a_gradient_are_clipped() -> None:
    given, before = entries(), start(40.0)
    got = glove(V, D, x_max=X_MAX, chunk=1).update(
        before, given, jnp.full(2, 0.5), jax.random.key(0)
    )[0]
    want, _ = ported(before["input"], given, [0.5] * N, "glove")
    clipped = want[:, D + 1 : -1].max()
    assert 50**2 < clipped < 50**2 * N < want[:, -1].max()  # each entry; and no end for biases
    np.testing.assert_allclose(got["input"], want, rtol=1e-4, atol=1e-3)


@pytest.mark.usefixtures("x64")
def test_update_of_a_chunk_is_the_gradient() -> None:
    given, objective = entries(N - 1), glove(V, D, x_max=X_MAX, rule="sgd", chunk=16)
    table = start()["input"].astype(np.float64)

    def cost(table: Any) -> Any:
        values, _ = objective.evaluate({"input": table}, given)
        return values.sum()

    moved, total, _ = objective.update({"input": table}, given, jnp.ones(2), jax.random.key(0))
    slope = jax.grad(cost)(jnp.asarray(table))
    np.testing.assert_allclose(table - moved["input"], slope, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(total, ported(table, given, [0] * N, "sgd")[1], rtol=1e-6)


def test_it_begins_and_ends_as_in_the_c_tool() -> None:
    objective = glove(200, 20)
    table = np.asarray(objective.init(jax.random.key(0))["input"])
    assert table.shape == (400, 42)
    assert (table[:, 21:] == 1).all()
    assert 0.99 * 0.5 / 21 < np.abs(table[:, :21]).max() <= 0.5 / 21  # biases too
    np.testing.assert_array_equal(
        objective.vectors({"input": table}), table[:200, :20] + table[200:, :20]
    )


def test_no_table_is_copied() -> None:
    objective = glove(997, D, chunk=8)
    shapes = jax.eval_shape(objective.init, jax.random.key(0))
    update = jax.jit(objective.update, donate_argnums=0)
    text = update.lower(shapes, entries(), jnp.ones(2), jax.random.key(0)).compile().as_text()
    size = f"= f32[{2 * 997},{2 * (D + 1)}]"
    assert size in text
    assert not [line for line in text.splitlines() if size in line and " copy(" in line]


def test_vectors_of_planted_counts_are_found() -> None:
    """log X = u · v + a + b of latent vectors: all of the loss can go, and does."""
    draw = np.random.default_rng(0)
    u, v = draw.normal(size=(2, 30, 4)) / 2
    logs = u @ v.T + draw.normal(size=(30, 1)) + 2
    i, j = np.divmod(draw.permutation(900), 30)
    given = {
        "rows": i.astype(np.int32), "columns": j.astype(np.int32),
        "values": np.exp(logs[i, j]).astype(np.float32), "count": np.array(900, np.int32),
    }  # fmt: skip
    config = VectorsConfig(objective="glove", size=4, x_max=10.0, chunk=32)
    objective = build(config, np.arange(30, 0, -1))
    tables, update, costs = objective.init(jax.random.key(0)), quick(objective.update), []
    for _ in range(100):
        tables, cost, _ = update(tables, given, np.full(2, 0.2, np.float32), jax.random.key(0))
        costs.append(float(cost))
    assert costs[-1] < 1e-2 * costs[0]


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"x_max": 0.0}, "x_max"),
        ({"x_max": float("nan")}, "x_max"),
        ({"alpha": -1.0}, "alpha"),
        ({"update": "adam"}, "rule"),
        ({"size": V + 1}, "no more dimensions"),
        ({"negatives": 3}, "negatives"),
        ({"chunk": -1}, "chunk"),
    ],
)
def test_wrong_options_are_refused(wrong: dict, named: str) -> None:
    config = dataclasses.replace(VectorsConfig(objective="glove", size=D), **wrong)
    with pytest.raises(ValueError, match=named):
        build(config, np.arange(V, 0, -1))


@pytest.mark.parametrize("value", [0.0, -1.0, float("nan"), float("inf")])
def test_counts_without_a_logarithm_are_refused(value: float) -> None:
    ids = np.arange(3, dtype=np.int32)
    counts = Cooccurrences(ids, ids[::-1], np.array([1, value, 2], np.float32))
    with pytest.raises(ValueError, match="for words 1 and 1, want finite counts above 0"):
        WordEntries(counts)


def test_entries_are_all_there_once_and_held_out_ones_apart() -> None:
    ids = np.arange(23, dtype=np.int32)
    counts = Cooccurrences(ids, ids[::-1], (ids + 1).astype(np.float32))
    found = []
    for part in ("train", "valid"):
        source = WordEntries(counts, part=part, held_out=0.3, length=5)
        items = [source[k] for k in range(len(source))]
        assert {item["rows"].shape for item in items} == {(5,)}
        rows = np.concatenate([item["rows"][: item["count"]] for item in items])
        assert len(rows) == source.entries == {"train": 17, "valid": 6}[part]
        assert not any(item["values"][item["count"] :].any() for item in items)
        assert rows.tolist() != sorted(rows)
        found += rows.tolist()
    assert sorted(found) == ids.tolist()
    with pytest.raises(ValueError, match="got 0 for valid"):
        WordEntries(counts, part="valid", held_out=0.0)

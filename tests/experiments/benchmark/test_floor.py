"""The matrix-product floor: every layout multiplies right, and the fastest counts."""

from __future__ import annotations

import time

import numpy as np
import pytest
from benchmarks import PADDED, PLAIN

from experiments.benchmark import measure
from experiments.benchmark.cases import Case
from experiments.benchmark.floor import candidates, factors, fastest, floor
from experiments.benchmark.work import Product, flops

pytestmark = pytest.mark.usefixtures("frozen")


@pytest.mark.parametrize(
    "case", [Case("gru", PADDED, "float32", "gradient"), Case("gru", PLAIN, "bfloat16", "latency")]
)
def test_floor(monkeypatch, case) -> None:
    monkeypatch.setattr(measure, "TURN", 1e-4)
    measured = floor(case, threads=1, seconds=0)
    assert measured.seconds == pytest.approx(
        sum(each["seconds"] * each["times"] for each in measured.products.values())
    )
    assert measured.seconds > 0
    assert measured.flops == flops(case)
    names = {name.split(",")[0] for name in measured.products}
    back = {"recurrence back", "gradient of w_x", "gradient of w_h", "gradient of inputs"}
    assert names == {"projection", "recurrence"} | (back if case.mode == "gradient" else set())


@pytest.mark.parametrize(("inner", "columns", "loop"), [(4, 6, 1), (4, 6, 3), (6, 4, 3), (4, 4, 3)])
def test_every_layout_multiplies(inner, columns, loop) -> None:
    product = Product("a", 5, inner, columns, loop, loop, 5)
    x, w = factors(product)
    part = min(inner, columns)
    assert loop == 1 or np.allclose(w[:part, :part] @ w[:part, :part].T, np.eye(part), atol=1e-5)
    for _ in range(loop if loop > 1 else 0):
        x = np.concatenate([(x @ w)[:, :part], x[:, part:]], -1)
    for name, run in candidates(product, "float32", 1, "cpu").items():
        want = x @ w if loop == 1 else x
        want = want.T if "left" in name else want
        # torch's loop walks on from where it was, so the first call counts.
        np.testing.assert_allclose(np.asarray(run()), want, rtol=1e-5, atol=1e-5)


def test_fastest_by_the_median() -> None:
    slow = {"slow": lambda: time.sleep(0.02), "fast": lambda: time.sleep(0.001)}
    name, seconds = fastest(slow, 0)
    assert name == "fast"
    assert 0.001 <= seconds < 0.02

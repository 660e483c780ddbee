"""Rows with made-up sides on a clock of the test."""

from __future__ import annotations

import json

import numpy as np
import pytest
from benchmarks import Time

from experiments.benchmark import log
from experiments.benchmark import row as row_module
from experiments.benchmark.cases import Case, Shape, Unsupported
from experiments.benchmark.floor import Floor
from experiments.benchmark.lines import block, fastest
from experiments.benchmark.measure import ROUNDS
from experiments.benchmark.problem import Problem, Results, Side
from experiments.benchmark.row import FLOOR, Sides, row

pytestmark = pytest.mark.usefixtures("frozen")

CASE = Case("lstm", Shape(2, 3, 4, 4), "float32", "gradient")


def fake(time, name, seconds, off=0.0, results=True, broken=None):
    """A builder of a side that takes so long and is wrong by ``off``."""

    def build(case, given):
        if broken:
            raise broken
        outputs, gradient = np.full((3, 2, 4), 1.0 + off), {"xs": np.full(3, 2.0 + 4 * off)}
        answer = lambda: Results(outputs, gradient if case.mode == "gradient" else {})  # noqa: E731
        return Side(name, time.side(name, seconds), answer if results else None, 1.5, 2**20, "")

    return build


@pytest.fixture
def exercise(monkeypatch):
    """No problem at all, and a reference of ones (outputs) and twos (gradients)."""
    given = Problem([], np.zeros((3, 2, 4)), None)
    monkeypatch.setattr(row_module.problem, "make_problem", lambda case: given)
    truth = Results(np.ones((3, 2, 4)), {"xs": np.full(3, 2.0)})
    monkeypatch.setattr(row_module.problem, "reference", lambda case, given: truth)


def measured(sides, case=CASE, floor=0.25, time=None):
    time = time or Time()
    made = {name: fake(time, name, **options) for name, options in sides.items()}
    what = {"recurrence": {"layout": "XLA", "seconds": floor, "times": 1}}
    lines = row(
        case, Sides(made, "seqjax auto", lambda case: Floor(floor, 1, what)), 0.0, time.clock
    )
    return {line["side"]: line for line in lines}


@pytest.mark.usefixtures("exercise")
def test_a_row_in_figures():
    found = measured({"seqjax auto": {"seconds": 0.5}, "torch": {"seconds": 1.0, "off": 1e-3}})
    ours, theirs = found["seqjax auto"], found["torch"]
    assert list(found) == ["seqjax auto", "torch", FLOOR]
    assert (ours["cell"], ours["shape"], ours["batch"], ours["mode"]) == (
        "lstm", "2x3x4", 2, "gradient"
    )  # fmt: skip
    assert ours["milliseconds"] == pytest.approx(500) and ours["rounds"] == ROUNDS
    assert ours["microseconds_per_step"] == pytest.approx(5e5 / 3)
    assert ours["tokens_per_second"] == pytest.approx(12)
    # 6 tokens, (4 + 4) x 16 products of two operations, three times.
    assert ours["teraflops"] == pytest.approx(1e-12 * 6 * 8 * 16 * 2 * 3 / 0.5)
    assert (ours["share_of_floor"], theirs["share_of_floor"]) == pytest.approx((0.5, 0.25))
    assert (ours["ratio"], theirs["ratio"]) == pytest.approx((1.0, 2.0))
    assert (ours["output_error"], ours["gradient_error"]) == (0, 0)
    assert (theirs["output_error"], theirs["gradient_error"]) == pytest.approx((1e-3, 2e-3))
    assert (ours["compile_seconds"], ours["temporary_bytes"]) == (1.5, 2**20)
    assert found[FLOOR]["milliseconds"] == 250 and "XLA" in found[FLOOR]["note"]
    assert not ours["wrong"] and not theirs["wrong"]


@pytest.mark.usefixtures("exercise")
def test_a_fast_wrong_answer_does_not_count():
    sides = {
        "seqjax auto": {"seconds": 1.0},
        "flax A": {"seconds": 0.9},
        "flax B": {"seconds": 0.1, "off": 0.1},
        "keras": {"seconds": 0.1, "off": np.nan},
        "torch": {"seconds": 0.5, "results": False},
    }
    found = measured(sides)
    assert [found[name]["wrong"] for name in sides] == [False, False, True, True, False]
    assert found["keras"]["output_error"] is None and found["torch"]["output_error"] is None
    json.dumps(list(found.values()), allow_nan=False)
    best = fastest(list(found.values()))
    assert best["flax"]["side"] == "flax A"
    assert set(best) == {"seqjax auto", "flax", "torch", FLOOR}
    assert "WRONG" in block([{"kind": "row", "title": ""} | line for line in found.values()])


@pytest.mark.usefixtures("exercise")
def test_sides_that_cannot_or_fail_leave_the_others():
    broken = {"seconds": 1.0, "broken": RuntimeError("no\nmemory")}
    unable = {"seconds": 1.0, "broken": Unsupported("has no lengths")}
    found = measured({"seqjax auto": {"seconds": 1.0}, "haiku": unable, "torch": broken})
    assert found["seqjax auto"]["status"] == log.MEASURED
    assert (found["haiku"]["status"], found["haiku"]["note"]) == (log.UNSUPPORTED, "has no lengths")
    assert (found["torch"]["status"], found["torch"]["note"]) == (
        log.FAILED, "RuntimeError: no memory"
    )  # fmt: skip
    alone = measured({"seqjax auto": broken, "torch": {"seconds": 1.0}})
    assert alone["torch"]["ratio"] is None and alone["torch"]["milliseconds"] == pytest.approx(1e3)


def test_a_row_without_a_problem(monkeypatch):
    for error, status in [(Unsupported("no"), log.UNSUPPORTED), (MemoryError("no"), log.FAILED)]:

        def make_problem(case, error=error):
            raise error

        monkeypatch.setattr(row_module.problem, "make_problem", make_problem)
        found = measured({"seqjax auto": {"seconds": 1.0}})
        assert {line["status"] for line in found.values()} == {status} and FLOOR in found
        assert found["seqjax auto"]["cell"] == "lstm"


@pytest.mark.usefixtures("exercise")
def test_a_row_without_a_floor():
    time = Time()
    lines = row(CASE, Sides({"a": fake(time, "a", 1.0)}, "a"), 0.0, time.clock)
    assert [line["side"] for line in lines] == ["a"] and lines[0]["share_of_floor"] is None


@pytest.mark.usefixtures("exercise")
def test_a_floor_that_fails():
    time = Time()

    def floor(case):
        raise RuntimeError("no")

    lines = row(CASE, Sides({"a": fake(time, "a", 1.0)}, "a", floor), 0.0, time.clock)
    assert [line["status"] for line in lines] == [log.MEASURED, log.FAILED]
    assert lines[0]["share_of_floor"] is None

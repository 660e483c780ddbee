"""What covering designs leave to the ordinary suite: each cell, driver, way and layer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cases import CASES, DRIVERS, FORMS, WALKS, kind
from covering import covering, marked, pairs
from layer_cases import ALIKE, LAYERS
from task_cases import BUCKETS
from task_cases import CASES as TASK_CASES

Rows = list[dict[str, Any]]

OF_CELLS = ("gradients", "padding", "resets", "resume", "values")
"""Suites of what a cell can be wrong in by itself."""
OF_KINDS = ("batching", "causality", "compile_once", "dtypes", "second_order")
"""Suites of what its kind alone can be wrong in."""


def rows_of(function: Any) -> tuple[Rows, Rows]:
    """The rows of the table of a test: (those of the ordinary suite, all)."""
    kept: Rows = []
    every: Rows = []
    for mark in getattr(function, "pytestmark", ()):
        if mark.name == "parametrize":
            names = mark.args[0]
            names = names.replace(" ", "").split(",") if isinstance(names, str) else names
            for row in mark.args[1]:
                given = row if hasattr(row, "marks") else pytest.param(row)
                every.append(dict(zip(names, given.values, strict=False)))
                if not any(mark.name == "product" for mark in given.marks):
                    kept.append(every[-1])
    return kept, every


@pytest.fixture
def suites(collected: list[pytest.Item]) -> dict[str, dict[str, tuple[Rows, Rows]]]:
    """Suite -> test -> its rows. Where only some were asked for, nothing can be said."""
    found: dict[str, dict[str, tuple[Rows, Rows]]] = {}
    for item in collected:
        if item.path.parent == Path(__file__).parent and isinstance(item, pytest.Function):
            tests = found.setdefault(item.path.stem.removeprefix("test_"), {})
            tests[item.function.__name__] = rows_of(item.function)
    if not {*OF_CELLS, *OF_KINDS, "layers", "tasks"} <= found.keys():
        pytest.skip("only some of the tests were collected")
    return found


def same(kept: Rows, every: Rows, of: Callable[[dict[str, Any]], Any]) -> bool:
    return {of(row) for row in kept} == {of(row) for row in every}


def test_the_tables_are_walked(suites: Any) -> None:
    """Each cell and each driver that takes part in the contracts, by each suite of cells."""
    for suite in OF_CELLS:
        kept, every = (
            [row for rows in suites[suite].values() for row in rows[n] if "case" in row]
            for n in (0, 1)
        )
        assert same(kept, every, lambda row: row["case"]), suite
        assert {*CASES} == {row["case"] for row in kept} or suite == "resets"  # without noise
        drivers = {row["driver"].name for row in kept if "driver" in row}
        assert drivers == {driver.name for driver in DRIVERS if driver.name != "native"}, suite


def test_each_test_keeps_each_driver_with_each_kind_of_cell(suites: Any) -> None:
    for suite in (*OF_CELLS, *OF_KINDS):
        for name, (kept, every) in suites[suite].items():
            if every and "driver" in every[0]:
                assert same(kept, every, lambda row: row["driver"].name), name
                assert same(kept, every, lambda row: kind(row["case"])), name
                assert same(kept, every, lambda row: row.get("way")), name


def test_each_driver_is_walked_with_each_form_of_cell(suites: Any) -> None:
    for suite, test in (
        ("values", "test_equals_the_loop_by_hand"),
        ("gradients", "test_every_parameter_has_a_gradient"),
        ("padding", "test_poison_in_the_padding_changes_nothing"),
    ):
        kept, _ = suites[suite][test]
        walked = {(row["driver"].name, form) for row in kept for form in FORMS[row["case"]]}
        assert walked == {(driver.name, form) for case, driver in WALKS for form in FORMS[case]}


def test_each_layer_or_one_like_it(suites: Any) -> None:
    assert {*ALIKE, *ALIKE.values()} <= {*LAYERS}
    assert not {*ALIKE} & {*ALIKE.values()}
    for name, (kept, every) in suites["layers"].items():
        there = [row["name"] for row in kept if "name" in row]
        for row in every:
            if "name" in row and row["name"] not in there:
                assert ALIKE[row["name"]] in there, name


def test_each_task(suites: Any) -> None:
    """By every test; stopped and resumed, one of those that share batches and steps."""
    for name, rows in suites["tasks"].items():
        kept, every = ([row["case"].name for row in part if "case" in row] for part in rows)
        names = [case.name for case in TASK_CASES]
        assert every in ([], names), name
        shared = BUCKETS if name == "test_stopped_and_resumed" else ()
        assert not {*every} - {*kept, *shared}, name


def test_a_covering_by_hand() -> None:
    rows = [(a, b, c) for a in "xy" for b in (1, 2) for c in (True, False)]
    kept = covering(rows, pairs([0, 1]))
    assert kept == [("x", 1, True), ("x", 2, True), ("y", 1, True), ("y", 2, False)]
    assert covering(rows, pairs(), given=[rows[-1]]) == [rows[0], rows[-1]]
    assert covering([], pairs()) == []
    marks = [row.marks for row in marked(rows, kept)]
    assert [bool(each) for each in marks] == [row not in kept for row in rows]
    assert marked(rows[:1], [])[0].id == "x-1-True"

"""One row: a case, all its sides by turns, and what there is to say about each of them."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from experiments.benchmark import measure, problem
from experiments.benchmark.cases import Case, Unsupported
from experiments.benchmark.floor import Floor
from experiments.benchmark.log import FAILED, MEASURED, UNSUPPORTED, Job, Line
from experiments.benchmark.problem import Problem, Results, Side
from experiments.benchmark.shapes import format_shape
from experiments.benchmark.work import work

Builder = Callable[[Case, Problem], Side]

FLOOR = "floor"
"""The line of the products alone."""
TOLERANCE = {"float32": 1e-2, "bfloat16": 2e-1, "float16": 5e-2}
"""A larger difference to the reference is more than rounding, tensor cores of ten bits included."""


class Sides(NamedTuple):
    """Who takes part in a row."""

    builders: Mapping[str, Builder]
    base: str
    """the name of the side that the others are compared with"""
    floor: Callable[[Case], Floor] | None = None
    """None where it is left out"""


class Checked(NamedTuple):
    """A side that can be measured."""

    side: Side
    errors: tuple[float | None, float | None]
    """the largest difference to the reference of outputs and of gradients, each over the largest
    entry of its array; None where there are none"""


def row_job(case: Case, sides: Sides, seconds: float) -> Job:
    """The row of a case, as something to run."""
    title = f"{case.cell} {format_shape(case.shape)} {case.dtype} {case.mode}"
    settings = {"sides": sorted(sides.builders), "base": sides.base, "seconds": seconds}
    return Job("row", title, settings, functools.partial(row, case, sides, seconds))


def row(case: Case, sides: Sides, seconds: float, clock: measure.Clock | None = None) -> list[Line]:
    """Measures a case: a line for the floor and each side, whether it could be measured or not."""
    checked, lines = _build(case, sides)
    runs = {name: each.side.run for name, each in checked.items()}
    times, failed = measure.measure(runs, seconds, clock)
    lines |= {name: {"status": FAILED, "note": note} for name, note in failed.items()}
    floor_seconds = None
    if sides.floor and FLOOR not in lines:
        lines[FLOOR], floor_seconds = _floor_line(case, sides.floor)
    for name, taken in times.items():
        base = times.get(sides.base)
        lines[name] = figures(checked[name], taken, case) | {
            "ratio": None if base is None else measure.ratio(taken, base),
            "share_of_floor": floor_seconds and floor_seconds / float(np.median(taken)),
        }
    head = {"cell": case.cell, "shape": format_shape(case.shape), **case.shape._asdict()}
    head |= {"dtype": case.dtype, "mode": case.mode, "base": sides.base}
    names = [*sides.builders, *([FLOOR] if sides.floor else [])]
    return [head | {"side": name} | lines[name] for name in names]


def _build(case: Case, sides: Sides) -> tuple[dict[str, Checked], dict[str, Line]]:
    """The sides that can be measured, and lines that say why the others cannot."""
    checked: dict[str, Checked] = {}
    lines: dict[str, Line] = {}
    try:
        given = problem.make_problem(case)
        truth = problem.reference(case, given)
    except Exception as error:
        return {}, dict.fromkeys((FLOOR, *sides.builders), _reason(error))
    for name, build in sides.builders.items():
        try:
            side = build(case, given)
            checked[name] = Checked(side, errors(side.results() if side.results else None, truth))
        except Exception as error:
            lines[name] = _reason(error)
    return checked, lines


def _floor_line(case: Case, measured: Callable[[Case], Floor]) -> tuple[Line, float | None]:
    """The line of the floor, and its seconds if it could be measured."""
    try:
        floor = measured(case)
    except Exception as error:
        return _reason(error), None
    layouts = [f"{name}: {product['layout']}" for name, product in floor.products.items()]
    return _speed(case, floor.seconds) | {"note": "; ".join(layouts)}, floor.seconds


def figures(checked: Checked, seconds: np.ndarray, case: Case) -> Line:
    """What is said of one side alone: its speed and its errors."""
    summary = measure.summary(seconds)
    # What is not finite is wrong, and JSON cannot say it.
    finite = [e if e is not None and math.isfinite(e) else None for e in checked.errors]
    return _speed(case, summary.median) | {
        "note": checked.side.note,
        "milliseconds_p10": 1e3 * summary.p10,
        "milliseconds_p90": 1e3 * summary.p90,
        "rounds": len(seconds),
        "compile_seconds": checked.side.compile_seconds,
        "temporary_bytes": checked.side.temporary_bytes,
        "output_error": finite[0],
        "gradient_error": finite[1],
        "wrong": not all(e is None or e <= TOLERANCE[case.dtype] for e in checked.errors),
    }


def _speed(case: Case, seconds: float) -> Line:
    """What the time of one run means."""
    amount = work(case)
    return {
        "status": MEASURED,
        "milliseconds": 1e3 * seconds,
        "microseconds_per_step": 1e6 * seconds / amount.steps,
        "tokens_per_second": amount.tokens / seconds,
        "teraflops": 1e-12 * amount.operations / seconds,
        "operations": amount.operations,
        "bytes": amount.bytes,
    }


def _reason(error: Exception) -> Line:
    if isinstance(error, Unsupported):
        return {"status": UNSUPPORTED, "note": " ".join(str(error).split())}
    return {"status": FAILED, "note": measure.error_text(error)}


def errors(results: Results | None, truth: Results) -> tuple[float | None, float | None]:
    """The differences of ``Checked``; a side that computes something else has none."""
    if results is None:
        return None, None
    outputs, gradients = problem.differences(results, truth)
    return outputs if results.outputs.size else None, gradients if results.gradients else None

"""One row: a case, all its sides by turns, and what there is to say about each of them."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from experiments.benchmark import measure as measuring
from experiments.benchmark import problem as problems
from experiments.benchmark.cases import Case
from experiments.benchmark.floor import Floor
from experiments.benchmark.log import FAILED, MEASURED, UNSUPPORTED, Job, Line
from experiments.benchmark.problem import Problem, Results, Side, Unsupported
from experiments.benchmark.shapes import words
from experiments.benchmark.work import work

Builder = Callable[[Case, Problem], Side]

FLOOR = "floor"
"""The line of the products alone."""
WRONG = {"float32": 1e-2, "bfloat16": 2e-1}
"""A difference to the reference that is more than rounding, tensor cores of ten bits included."""


class Sides(NamedTuple):
    """Who takes part in a row."""

    builders: Mapping[str, Builder]
    base: str
    """the name of the side that the others are compared with"""
    floor: Callable[[Case], Floor]


class Built(NamedTuple):
    """A side that can be measured."""

    side: Side
    errors: tuple[float | None, float | None]
    """the largest difference to the reference of outputs and of gradients, each over the largest
    entry of its array; None where there are none"""


def job(case: Case, sides: Sides, seconds: float) -> Job:
    """The row of a case, as something to run."""
    title = f"{case.cell} {words(case.shape)} {case.dtype} {case.mode}"
    settings = {"sides": sorted(sides.builders), "base": sides.base, "seconds": seconds}
    return Job("row", title, settings, functools.partial(row, case, sides, seconds))


def row(
    case: Case, sides: Sides, seconds: float, clock: measuring.Clock | None = None
) -> list[Line]:
    """Measures a case: a line for the floor and each side, whether it could be measured or not."""
    built: dict[str, Built] = {}
    missing: dict[str, Line] = {}
    try:
        given = problems.problem(case)
        truth = problems.reference(case, given)
    except Exception as error:
        missing = dict.fromkeys((FLOOR, *sides.builders), _reason(error))
    for name, build in sides.builders.items() if not missing else ():
        try:
            side = build(case, given)
            built[name] = Built(side, exact(side.results() if side.results else None, truth))
        except Exception as error:
            missing[name] = _reason(error)
    times, failed = measuring.measure({n: b.side.run for n, b in built.items()}, seconds, clock)
    missing |= {name: {"status": FAILED, "note": note} for name, note in failed.items()}
    found = dict(missing)
    least = None
    if FLOOR not in missing:
        try:
            floor = sides.floor(case)
            least = floor.seconds
            layouts = [f"{name}: {product['layout']}" for name, product in floor.what.items()]
            found[FLOOR] = _speed(case, least) | {"note": "; ".join(layouts)}
        except Exception as error:
            found[FLOOR] = _reason(error)
    for name, seconds_of in times.items():
        ratio = measuring.ratio(seconds_of, times[sides.base]) if sides.base in times else None
        found[name] = figures(built[name], seconds_of, case) | {"ratio": ratio}
        found[name]["share_of_floor"] = least and least / float(np.median(seconds_of))
    head = {"cell": case.cell, "shape": words(case.shape), **case.shape._asdict()}
    head |= {"dtype": case.dtype, "mode": case.mode, "base": sides.base}
    return [head | {"side": name} | found[name] for name in (*sides.builders, FLOOR)]


def figures(built: Built, seconds: np.ndarray, case: Case) -> Line:
    """What is said of one side alone: its speed and its errors."""
    found = measuring.summary(seconds)
    # What is not finite is wrong, and JSON cannot say it.
    shown = [e if e is not None and math.isfinite(e) else None for e in built.errors]
    return _speed(case, found.median) | {
        "note": built.side.note,
        "milliseconds_p10": 1e3 * found.low,
        "milliseconds_p90": 1e3 * found.high,
        "rounds": len(seconds),
        "compile_seconds": built.side.compile_seconds,
        "temporary_bytes": built.side.temporary_bytes,
        "output_error": shown[0],
        "gradient_error": shown[1],
        "wrong": not all(e is None or e <= WRONG[case.dtype] for e in built.errors),
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
    return {"status": FAILED, "note": measuring.said(error)}


def exact(results: Results | None, truth: Results) -> tuple[float | None, float | None]:
    """The differences of ``Built``; a side that computes something else has none."""
    if results is None:
        return None, None
    outputs, gradients = problems.differences(results, truth)
    return outputs if results.outputs.size else None, gradients if results.gradients else None

"""Rows of speed for a GPU: the gradient of one layer, beside cuDNN, flax and torch.

Products alone, the floor of other benchmarks, are left out: each would be compiled apart.
"""

from __future__ import annotations

import concurrent.futures
import functools
import time
from collections.abc import Iterator, Sequence

from experiments.benchmark.cases import LIBRARY_CELLS, Case
from experiments.benchmark.log import MEASURED, Job, Line
from experiments.benchmark.measure import error_text
from experiments.benchmark.problem import make_problem
from experiments.benchmark.row import Sides, row_job
from experiments.benchmark.shapes import parse_shape
from experiments.benchmark.sides import sides

PEERS = ("flax", "cudnn", "torch")
"""Of ``sides.PEERS``; in dtypes other than float32 torch alone."""
KINDS = ("float32", "bfloat16", "float16")
AHEAD = 8
"""Programs that are compiled at once."""


def cases(shapes: Sequence[str]) -> Iterator[Case]:
    """float32 of all cells first, then what other dtypes gain."""
    for dtype in KINDS:
        for cell in LIBRARY_CELLS:
            for shape in shapes:
                yield Case(cell, parse_shape(shape), dtype, "gradient")


def sides_of(case: Case, peers: Sequence[str], threads: int, seconds: float) -> Sides:
    """seqjax as it chooses, and peers: of flax's cells the first, which is the fastest.

    An LSTM of 16 bits also by ``hoisted``, which shows what ``fused`` gains.
    """
    short = case.dtype != "float32"
    wanted = [name for name in peers if name in (("torch",) if short else PEERS)]
    drivers = ["auto", "hoisted"] if short and case.cell == "lstm" else ["auto"]
    builders = dict(sides(case.cell, drivers, wanted, threads, seconds).builders)
    flax = [name for name in builders if name.startswith("flax")]
    for name in [*flax[1:], *(["torch TF32"] if short else [])]:
        builders.pop(name, None)
    return Sides(builders, "seqjax auto")


def speed_jobs(
    shapes: Sequence[str], peers: Sequence[str], seconds: float, threads: int
) -> list[Job]:
    """A job that compiles all programs, several at once, and a row for each case."""
    rows = [(case, sides_of(case, peers, threads, seconds)) for case in cases(shapes)]
    ahead = functools.partial(compile_ahead, rows)
    titles = ", ".join(dict.fromkeys(case.dtype for case, _ in rows))
    settings = {"shapes": list(shapes), "peers": list(peers)}
    return [
        Job("compilation", f"all rows: {titles}", settings, ahead),
        *(row_job(case, each, seconds) for case, each in rows),
    ]


def compile_ahead(rows: Sequence[tuple[Case, Sides]]) -> list[Line]:
    """Fills the cache of compiled programs, from which the rows then read theirs.

    What cannot be compiled says so in its row.
    """
    start = time.perf_counter()

    def build(case: Case, name: str, each: Sides) -> str:
        try:
            each.builders[name](case, make_problem(case))
        except Exception as error:
            return error_text(error)
        return ""

    programs = [
        (case, name, each)
        for case, each in rows
        for name in each.builders
        if not name.startswith("torch")
    ]
    with concurrent.futures.ThreadPoolExecutor(AHEAD) as pool:
        errors = [error for error in pool.map(lambda program: build(*program), programs) if error]
    return [
        {
            "status": MEASURED, "note": "", "programs": len(programs), "failed": len(errors),
            "seconds": time.perf_counter() - start, "at_once": AHEAD,
        }
    ]  # fmt: skip

"""What tests of the benchmark share: a machine, shapes, lines of results, jobs that count runs."""

from __future__ import annotations

from functools import cache

from experiments.benchmark import log
from experiments.benchmark.cases import Case, Shape
from experiments.benchmark.measure import PAUSE, Clock
from experiments.benchmark.problem import Problem, Results, make_problem, reference
from experiments.benchmark.row import FLOOR
from experiments.benchmark.shapes import parse_shape

MACHINE = {"processor": "P", "cores": 2, "threads": 1, "platform": "cpu", "devices": ["1 x cpu"],
           "system": "S", "python": "3", "versions": {"jax": "0.10"}, "xla_flags": ""}  # fmt: skip

PLAIN = Shape(2, 4, 5, 3)
DEEP = PLAIN._replace(layers=2)
PADDED = Shape(3, 5, 4, 3, layers=2, bidirectional=True, padded=True)
"""Its lengths are 1, 3 and 5."""


@cache
def answer(case: Case) -> tuple[Problem, Results]:
    """(problem, reference) of a gradient, which has in it what the other modes give."""
    problem = make_problem(case)
    return problem, reference(case, problem)


def expected(case: Case) -> tuple[Problem, Results]:
    """What a side of the case is given, and what it is to give."""
    problem, want = answer(case._replace(dtype="float32", mode="gradient"))
    names = {"gradient": ("params", "xs"), "train": ("params",)}.get(case.mode, ())
    return problem, want._replace(gradients={name: want.gradients[name] for name in names})


class Time:
    """A clock that moves when it is told to, and sides that move it."""

    def __init__(self):
        self.now, self.pauses, self.order = 0.0, 0, []

    def sleep(self, seconds):
        assert seconds == PAUSE
        self.pauses += 1
        self.now += seconds

    @property
    def clock(self):
        return Clock(lambda: self.now, self.sleep)

    def side(self, name, *seconds):
        """The times of its runs, the last again and again; an exception is raised."""
        left = list(seconds)

        def run():
            self.order.append(name)
            took = left.pop(0) if len(left) > 1 else left[0]
            if isinstance(took, Exception):
                raise took
            self.now += took

        return run


def line(title, side, status=log.MEASURED, **more):
    """A line of a row, as ``row`` gives it."""
    given = {"side": side, "status": status, "note": "" if status == log.MEASURED else "why"}
    cell, word, dtype, mode = title.split()
    given |= {
        "cell": cell,
        "shape": word,
        **parse_shape(word)._asdict(),
        "dtype": dtype,
        "mode": mode,
    }
    given |= {"base": "seqjax auto"}
    if status == log.MEASURED:
        given |= dict.fromkeys(["output_error", "gradient_error", "share_of_floor"], 0.5)
        given |= {"milliseconds": 1.0, "milliseconds_p10": 0.9, "milliseconds_p90": 1.1,
                  "microseconds_per_step": 1.0, "tokens_per_second": 1e6, "teraflops": 0.1,
                  "temporary_bytes": None, "compile_seconds": 2.0, "ratio": 1.0, "wrong": False,
                  "operations": 100, "bytes": 10}  # fmt: skip
    return given | more


class Counted:
    """Jobs that count their runs; a title in ``broken`` fails in this way."""

    def __init__(self, *titles, settings=1):
        self.runs, self.broken = [], {}
        self.jobs = [
            log.Job("row", title, {"seconds": settings}, lambda title=title: self.run(title))
            for title in titles
        ]

    def run(self, title):
        self.runs.append(title)
        if error := self.broken.get(title):
            if isinstance(error, Exception):
                raise error
            return [line(title, "seqjax auto"), line(title, "torch", error)]
        return [line(title, "seqjax auto"), line(title, "torch", ratio=2.0)]


ONE, TWO = "lstm 2x3x4 float32 gradient", "gru 2x3x4 float32 gradient"


def measured_rows():
    """Three rows of a mode: flax with two cells, torch missing in one, seqjax's two drivers."""
    rows = []
    for word, sequential, flax, torch in [
        ("2x3x4", 1.5, 2.0, 3.0), ("2x30x4", 0.9, 1.0, 0.8), ("2x30x40", 0.96, 4.0, None)
    ]:  # fmt: skip
        title = f"lstm {word} float32 gradient"
        lines = [
            line(title, "seqjax auto", share_of_floor=0.7),
            line(title, "seqjax sequential", milliseconds=sequential, ratio=sequential),
            line(title, "flax A", milliseconds=flax, ratio=flax),
            line(title, "flax B", milliseconds=9.0, ratio=9.0),
            line(title, "torch", milliseconds=torch, ratio=torch)
            if torch
            else line(title, "torch", log.UNSUPPORTED),
            line(title, FLOOR, milliseconds=0.5),
        ]
        job = log.Job("row", title, {}, lambda: [])
        rows.append(log.keyed(job, MACHINE, lines))
    return rows

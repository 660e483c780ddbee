"""What tests of the benchmark share: a machine, lines of results, jobs that count their runs."""

from __future__ import annotations

from experiments.benchmark import log as log
from experiments.benchmark.shapes import shape

MACHINE = {"processor": "P", "cores": 2, "threads": 1, "platform": "cpu", "devices": ["1 x cpu"],
           "system": "S", "python": "3", "versions": {"jax": "0.10"}, "xla_flags": ""}  # fmt: skip


def line(title, side, status=log.MEASURED, **more):
    """A line of a row, as ``row`` gives it."""
    given = {"side": side, "status": status, "note": "" if status == log.MEASURED else "why"}
    cell, word, dtype, mode = title.split()
    given |= {"cell": cell, "shape": word, **shape(word)._asdict(), "dtype": dtype, "mode": mode}
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

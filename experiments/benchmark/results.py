"""The way through all jobs of a benchmark, and the files that come of it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from experiments.benchmark import log as log
from experiments.benchmark import plots as benchmark_plots
from experiments.benchmark.lines import block, table
from experiments.benchmark.log import FAILED, Job, Line
from experiments.benchmark.measure import said
from experiments.benchmark.report import report


def work_through(
    jobs: Sequence[Job],
    folder: Path,
    lines: list[Line],
    machine: Mapping[str, Any],
    stop: Callable[[], bool],
    now: Callable[[], float] = time.monotonic,
) -> list[str]:
    """Runs what is not done, until ``stop()``; returns what failed, in a few words each.

    Lines are written to the folder and added to ``lines``, which has those of before.
    """
    left = [job for job in jobs if not log.done(lines, log.key(job, machine))]
    if len(left) < len(jobs):
        print(f"{len(jobs) - len(left)} of {len(jobs)} were measured before")
    failed, begun = [], now()
    for number, job in enumerate(left):
        if stop():
            break
        rest = f", {_time((now() - begun) / number * (len(left) - number))} left" if number else ""
        print(
            f"[{number + 1}/{len(left)}{rest}] {job.kind} {job.title}", file=sys.stderr, flush=True
        )
        try:
            found = job.run()
        except Exception as error:
            found = [{"status": FAILED, "note": said(error)}]
        found = log.stamped(job, machine, found)
        log.append(folder, found)
        lines += found
        print(f"\n{block(found)}", flush=True)
        for line in found:
            if line["status"] == FAILED:
                failed.append(f"{job.title}, {line.get('side', job.kind)}: {line['note']}")
    return failed


def write(folder: Path, lines: Sequence[Line], machine: Mapping[str, Any], plots: bool) -> str:
    """Writes results.csv, report.md and pictures, of that machine; returns what they are called."""
    measured = log.newest(lines, machine)
    rows = [each for each in measured if each[0]["kind"] == "row"]
    peaks = {line["dtype"]: line for (line, *_) in measured if line["kind"] == "peak"}
    flat = [line for each in measured for line in each]
    text = report(measured, machine, log.commands(lines, machine))
    (folder / "results.csv").write_text(table(flat), encoding="utf-8")
    (folder / "report.md").write_text(text, encoding="utf-8")
    names = ["report.md", "results.csv", log.RESULTS]
    try:
        names += benchmark_plots.draw(folder, rows, peaks) if plots else []
    except ImportError as error:
        names.append(f"no pictures: {error}")
    return f"{folder}: {', '.join(names)}"


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"

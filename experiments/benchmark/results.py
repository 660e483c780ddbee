"""From jobs to results: all that is not measured yet is, and its files are written."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from experiments.benchmark import log, plots
from experiments.benchmark.lines import block, is_row, to_csv
from experiments.benchmark.log import FAILED, Job, Line
from experiments.benchmark.measure import error_text
from experiments.benchmark.report import report
from seqjax.basics.whole_file import whole_file


def run_jobs(
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
    todo = [job for job in jobs if not log.done(lines, log.job_key(job, machine))]
    if len(todo) < len(jobs):
        print(f"{len(jobs) - len(todo)} of {len(jobs)} were measured before")
    failed, start = [], now()
    for number, job in enumerate(todo):
        if stop():
            break
        seconds = (now() - start) / number * (len(todo) - number) if number else None
        left = "" if seconds is None else f", {_duration(seconds)} left"
        counter = f"[{number + 1}/{len(todo)}{left}]"
        print(f"{counter} {job.kind} {job.title}", file=sys.stderr, flush=True)
        try:
            measured = job.run()
        except Exception as error:
            measured = [{"status": FAILED, "note": error_text(error)}]
        measured = log.keyed(job, machine, measured)
        log.append(folder, measured)
        lines += measured
        print(f"\n{block(measured)}", flush=True)
        failed += [
            f"{job.title}, {line.get('side', job.kind)}: {line['note']}"
            for line in measured
            if line["status"] == FAILED
        ]
    return failed


def write_results(
    folder: Path, lines: Sequence[Line], machine: Mapping[str, Any], draw: bool
) -> str:
    """Writes results.csv, report.md and pictures, of that machine; returns what they are called."""
    measured = log.newest(lines, machine)
    rows = [group for group in measured if is_row(group)]
    lines_of_peaks = [line for (line, *_) in measured if line["kind"] == "peak"]
    peaks = {line["dtype"]: line for line in lines_of_peaks if line["status"] == log.MEASURED}
    text = report(measured, machine, log.commands(lines, machine))
    csv = to_csv(line for group in measured for line in group)
    for name, content in {"results.csv": csv, "report.md": text}.items():
        with whole_file(folder / name) as temporary:
            temporary.write_text(content, encoding="utf-8")
    names = ["report.md", "results.csv", log.RESULTS]
    try:
        names += plots.draw(folder, rows, peaks) if draw else []
    except ImportError as error:
        names.append(f"no pictures: {error}")
    return f"{folder}: {', '.join(names)}"


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"

"""All that ``python -m experiments.gpu`` does, what matters most first."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Sequence

from experiments.benchmark.gpu.correctness import correctness_jobs
from experiments.benchmark.gpu.resume import resume_job
from experiments.benchmark.gpu.sizes import Sizes
from experiments.benchmark.gpu.speed import speed_jobs
from experiments.benchmark.language_models.compare import compare
from experiments.benchmark.language_models.setup import Setup
from experiments.benchmark.log import FAILED, MEASURED, Job, Line, newest


def gpu_jobs(sizes: Sizes, peers: Sequence[str], seconds: float, threads: int) -> list[Job]:
    """Is it right, does a run go on where it stopped, how fast are a model and single layers."""
    model = functools.partial(language_model, sizes.model, seconds, threads)
    settings = {"seconds": seconds, **sizes.model._asdict()}
    return [
        *correctness_jobs(sizes.check, sizes.wide),
        resume_job(sizes.hidden),
        Job("language model", "training", settings, model),
        *speed_jobs(sizes.shapes, peers, seconds, threads),
    ]


def language_model(setup: Setup, seconds: float, threads: int) -> list[Line]:
    """Training tokens/s from end to end: a line for each library, torch on the same device."""
    speeds = compare(setup, seconds, threads)
    head = {"status": MEASURED, "note": "", "hidden": setup.hidden, "layers": setup.layers}
    return [{**head, "library": name, **speed._asdict()} for name, speed in speeds.items()]


def in_time(minutes: float, now: Callable[[], float] = time.monotonic) -> Callable[[], bool]:
    """Whether so many minutes have gone by since now; 0: never."""
    end = now() + 60 * minutes
    return lambda: minutes > 0 and now() >= end


def verdict(jobs: Sequence[Job], lines: list[Line], machine: dict) -> tuple[str, bool]:
    """(what came of it, in Markdown; whether all that was tried is right)."""
    measured = newest(lines, machine)
    titles = {(group[0]["kind"], group[0]["title"]) for group in measured}
    left = [f"{job.kind} {job.title}" for job in jobs if (job.kind, job.title) not in titles]
    wrong = [
        f"{line['kind']} {line['title']}{_part(line)}: {line['note'] or 'differs from float64'}"
        for group in measured
        for line in group
        if line["status"] == FAILED or line.get("wrong")
    ]
    text = f"{len(jobs) - len(left)} of {len(jobs)} measured, {len(wrong)} wrong"
    parts = [f"## Verdict\n\n{text}."]
    parts += ["\n".join(f"- wrong: {each}" for each in wrong)] if wrong else []
    if left:
        parts.append("Not measured, as time was up; the same command goes on:")
        parts.append("\n".join(f"- {each}" for each in left))
    return "\n\n".join(parts) + "\n", not wrong


def _part(line: Line) -> str:
    """Which driver or side of a job it is."""
    name = line.get("driver", line.get("side", ""))
    return f" {name}" if name else ""

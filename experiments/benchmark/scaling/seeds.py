"""Several seeds together, one after another, and in processes side by side."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from experiments.benchmark.scaling.group import gathered, started
from seqjax.runs.prepare import prepare
from seqjax.runs.start import start
from seqjax.tasks import TASKS
from seqjax.tasks.settings import from_settings
from seqjax.training.adaptation import Adaptation
from seqjax.training.population import stacked

SIZES = {
    "H 8, B 16": {"hidden": 8, "batch": 16},
    "H 32, B 16": {"hidden": 32, "batch": 16},
    "H 128, B 32": {"hidden": 128, "batch": 32},
    "H 256, B 64": {"hidden": 256, "batch": 64},
}
"""Of language models of characters: one LSTM layer, 32 steps."""
ONE_THREAD = {"NPROC": "1"}


def write(path: Path) -> None:
    """400,000 characters of 16, drawn with a fixed seed."""
    draw = np.random.default_rng(0)
    path.write_text("".join(draw.choice(list("abcdefgh ij\nklmn"), 400_000)), "utf-8")


def measure(size: str, data: str, seeds: int, together: bool, steps: int) -> dict[str, float]:
    """Seconds of compiling, and in which all seeds make one step: the median.

    Args:
      size: a name in ``SIZES``.
      data: the text.
      together: by one program, or one after another.
    """
    task = TASKS["language_model"]
    given = {**SIZES[size], "window": 32, "layers": 1, "data": data}
    prepared = prepare(task, from_settings(task.configs, given))
    training, source = prepared.training, prepared.data_set.parts["train"].source
    states = [start(training, None, seed, lambda: False).state for seed in range(seeds)]
    batches = [source[k] for k in range(8)]
    if together:
        everyone = jax.tree.map(lambda *leaves: jnp.stack(leaves), *states)
        return _timed(_stacked_step(training.step, seeds), everyone, batches, steps)

    def in_turns(states: list[Any], batch: Any) -> list[Any]:
        return [training.step(state, batch, Adaptation(1.0, False))[0] for state in states]

    return _timed(in_turns, states, batches, steps)


def _stacked_step(step: Any, seeds: int) -> Callable[[Any, Any], Any]:
    program = jax.jit(jax.vmap(step), donate_argnums=0)
    adaptation: Any = Adaptation(np.ones(seeds, np.float32), np.zeros(seeds, bool))  # type: ignore[arg-type]
    return lambda states, batch: program(states, stacked([batch] * seeds), adaptation)[0]


def _timed(
    step: Callable[[Any, Any], Any], states: Any, batches: Sequence[Any], steps: int
) -> dict[str, float]:
    seconds = []
    for k in range(steps + 1):
        begin = time.perf_counter()
        states = jax.block_until_ready(step(states, batches[k % len(batches)]))
        seconds.append(time.perf_counter() - begin)
    return {"compile": seconds[0], "step": statistics.median(seconds[1:])}


def heading(seeds: int) -> str:
    """Of a table in Markdown."""
    names = ["size", "compile s", f"{seeds} together", "in turns", "two processes, in turns"]
    names += ["two processes, together", "in turns : together"]
    return f"| {' | '.join(names)} |\n|---|{'--:|' * 6}"


def line(size: str, seeds: int, data: str, steps: int) -> str:
    """A row: milliseconds in which all seeds make a step; of two processes the slower one's."""

    def seconds(count: int, together: bool) -> dict[str, float]:
        job = {
            "size": size, "data": data, "seeds": seeds // count, "together": together,
            "steps": steps,
        }  # fmt: skip
        jobs = [started(job, ONE_THREAD if count > 1 else {}) for _ in range(count)]
        return max((gathered(process) for process in jobs), key=lambda found: found["step"])

    all_, turns = seconds(1, True), seconds(1, False)
    halves = [seconds(2, False)["step"], seconds(2, True)["step"]]
    columns = [all_["step"], turns["step"], *halves]
    cells = [size, f"{all_['compile']:.1f}", *(f"{1e3 * each:.1f}" for each in columns)]
    cells.append(f"{turns['step'] / all_['step']:.2f}")
    return f"| {' | '.join(cells)} |"

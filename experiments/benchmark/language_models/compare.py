"""Training of whole language models, seqjax and plain torch by turns in one process."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Mapping
from typing import NamedTuple

import jax
import numpy as np

from experiments.benchmark.language_models.seqjax_side import seqjax_training
from experiments.benchmark.language_models.setup import Setup
from experiments.benchmark.language_models.torch_side import torch_training
from experiments.benchmark.measure import PAUSE

WARM_UP, TURNS = 3, 5
"""Steps that are not counted, and turns that are measured at least."""


class Speed(NamedTuple):
    """What one side came to."""

    tokens_per_second: float
    """the median; then the tenth and ninetieth percentile of turns"""
    tokens_per_second_p10: float
    tokens_per_second_p90: float
    ratio: float
    """its time over seqjax's"""
    loss: float
    """of the first window"""
    waiting: float
    """share of the time that went by until batches were there"""


def torch_device() -> str | None:
    """Where torch computes: "cuda" if JAX is on a GPU and torch has one, else "cpu"; or None."""
    if not importlib.util.find_spec("torch"):
        return None
    import torch

    return "cuda" if jax.default_backend() == "gpu" and torch.cuda.is_available() else "cpu"


def compare(setup: Setup, seconds: float, threads: int, steps: int = 8) -> dict[str, Speed]:
    """The speed of each side, for one model; torch is left out where it is missing.

    Args:
      seconds: how long to measure, ``TURNS`` turns of ``steps`` training steps at least.
      threads: of torch on CPU; those of JAX are set where the process starts.
    """
    ids = setup.ids()
    ours, params = seqjax_training(setup, ids)
    sides = {"seqjax": ours}
    if device := torch_device():
        sides["torch"] = torch_training(setup, ids, params, threads, device)
    for side in sides.values():
        side.turn(WARM_UP)
    times: dict[str, list[float]] = {library: [] for library in sides}
    waited, end = dict.fromkeys(sides, 0.0), time.perf_counter() + seconds
    while time.perf_counter() < end or len(times["seqjax"]) < TURNS:
        for library, side in sides.items():
            time.sleep(PAUSE)
            start = time.perf_counter()
            waited[library] += side.turn(steps)
            times[library].append(time.perf_counter() - start)
    taken = {library: np.array(values) for library, values in times.items()}
    tokens = steps * setup.batch * setup.window
    return {
        library: Speed(
            tokens / float(np.median(each)),
            float(np.percentile(tokens / each, 10)),
            float(np.percentile(tokens / each, 90)),
            float(np.median(each / taken["seqjax"])),
            sides[library].loss,
            waited[library] / float(np.sum(each)),
        )
        for library, each in taken.items()
    }


def speed_lines(name: str, speeds: Mapping[str, Speed]) -> str:
    """A line for each side, then how long seqjax waited."""
    lines = [
        f"{name:7} {library:7} {speed.tokens_per_second:9,.0f} tokens/s"
        f" ({speed.tokens_per_second_p10:,.0f} to {speed.tokens_per_second_p90:,.0f})"
        f"  {speed.ratio:5.2f}x seqjax's time  first loss {speed.loss:.5f}"
        for library, speed in speeds.items()
    ]
    share = speeds["seqjax"].waiting
    return "\n".join([*lines, f"{name:7} seqjax waited for batches during {share:.2%} of its time"])

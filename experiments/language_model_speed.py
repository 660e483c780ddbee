"""Training tokens/s of whole language models, against the same model and loop in plain torch.

    python -m experiments.language_model_speed --seconds=60

Models of Zaremba et al. 2014 over 10,000 words: small (2 x 200, batch 20, 20 steps) and medium
(2 x 650, batch 20, 35 steps, dropout 0.5). A step is everything that training does: the next batch,
forward, backward, clipping, the update. Both begin with the same weights, and the loss that each
finds for the first window without dropout is printed beside its speed. They run by turns in one
process, ``--steps`` at a time, after compilation; figures are medians, the ratio is the median of
the ratios of neighbouring turns.
"""

from __future__ import annotations

import dataclasses
import importlib.util
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

import jax
import numpy as np

from experiments import flags, launch
from experiments.benchmark import machine as benchmark_machine
from experiments.torch_language_model import torch_training
from seqjax.basics.options import option
from seqjax.data import stream, windows
from seqjax.models.language_model import language_model
from seqjax.models.language_model_config import LanguageModelConfig
from seqjax.training.adaptation import Adaptation
from seqjax.training.config import Optimization
from seqjax.training.optimizers import optimizer
from seqjax.training.step import begin, train_step

WORDS, TEXT = 10_000, 929_581
"""About those of the Penn Treebank; the rows of both sides come out equally long."""
PAUSE = 0.005  # seconds; torch's threads spin for a while after their work is done


@dataclasses.dataclass(frozen=True)
class SpeedConfig:
    """What is measured, and for how long."""

    models: str = option("small,medium", "small, medium, or both with a comma")
    seconds: float = option(60.0, "how long to measure each model")
    steps: int = option(8, "training steps of one turn")
    threads: int = option(0, "threads of both libraries; 0: all cores")


class Shape(NamedTuple):
    """Of a model and its training."""

    hidden: int
    window: int
    dropout: float
    scale: float


SHAPES = {"small": Shape(200, 20, 0.0, 0.1), "medium": Shape(650, 35, 0.5, 0.05)}
BATCH, LAYERS, RATE, CLIP = 20, 2, 1.0, 5.0


class Training(NamedTuple):
    """One side of the comparison."""

    turn: Callable[[int], float]
    """Trains that many steps and waits for the last; returns seconds that it waited for batches."""
    loss: float
    """of the first window, without dropout, before training"""


def ours(shape: Shape, ids: np.ndarray) -> tuple[Training, dict]:
    """seqjax, and the parameters it begins with."""
    config = LanguageModelConfig(
        layers=LAYERS, hidden=shape.hidden, dropout=shape.dropout, init="uniform",
        scale=shape.scale, loss_per="row",
    )  # fmt: skip
    model = language_model(config, WORDS)
    chain = optimizer(Optimization(optimizer="sgd", rate=RATE, clip=CLIP), 1, 1)
    params = model.init(jax.random.key(0))
    kept = jax.tree.map(np.asarray, params)
    source = windows(ids, BATCH, shape.window)
    _, (_, metrics) = jax.jit(model.loss)(params, model.start(params, BATCH), source[0])
    total, count = metrics["loss"]
    state = begin(params, chain, model.start(params, BATCH), key=jax.random.key(1))
    step, batches, fixed = train_step(model.loss, chain), stream(source), Adaptation(1.0, False)

    def turn(steps: int) -> float:
        nonlocal state
        waited = 0.0
        for _ in range(steps):
            before = time.perf_counter()
            batch = next(batches)
            waited += time.perf_counter() - before
            state, found = step(state, batch, fixed)
        jax.block_until_ready((state, found))
        return waited

    return Training(turn, float(total) / float(count)), kept


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


def compare(name: str, config: SpeedConfig, threads: int) -> dict[str, Speed]:
    """The speed of each side, for one model; torch is left out where it is missing."""
    shape = SHAPES[name]
    # Words as frequent as Zipf's law has them.
    odds = 1 / np.arange(1, WORDS + 1)
    ids = np.random.default_rng(0).choice(WORDS, TEXT, p=odds / odds.sum()).astype(np.int32)
    mine, params = ours(shape, ids)
    sides = {"seqjax": mine}
    if importlib.util.find_spec("torch"):
        training = torch_training(params, ids, shape, BATCH, RATE, CLIP, threads)
        sides["torch"] = Training(*training)
    for side in sides.values():
        side.turn(3)
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    waited, end = dict.fromkeys(sides, 0.0), time.perf_counter() + config.seconds
    while time.perf_counter() < end or len(seconds["seqjax"]) < 5:
        for who, side in sides.items():
            time.sleep(PAUSE)
            begun = time.perf_counter()
            waited[who] += side.turn(config.steps)
            seconds[who].append(time.perf_counter() - begun)
    tokens = config.steps * BATCH * shape.window
    found = {}
    for who, side in sides.items():
        times = np.array(seconds[who])
        ratio = float(np.median(times / np.array(seconds["seqjax"])))
        low, high = (float(value) for value in np.percentile(tokens / times, [10, 90]))
        share = waited[who] / float(np.sum(times))
        middle = tokens / float(np.median(times))
        found[who] = Speed(middle, low, high, ratio, side.loss, share)
    return found


def lines(name: str, found: Mapping[str, Speed]) -> str:
    """A row for each side, then how long seqjax waited."""
    rows = [
        f"{name:7} {who:7} {side.tokens_per_second:9,.0f} tokens/s"
        f" ({side.tokens_per_second_p10:,.0f} to {side.tokens_per_second_p90:,.0f})"
        f"  {side.ratio:5.2f}x seqjax's time  first loss {side.loss:.5f}"
        for who, side in found.items()
    ]
    share = found["seqjax"].waiting
    return "\n".join([*rows, f"{name:7} seqjax waited for batches during {share:.2%} of its time"])


def main() -> None:
    """Prints the machine, then two rows a model."""
    with launch.mistakes():
        config = flags.parse(SpeedConfig)
        names = config.models.split(",")
        if unknown := [name for name in names if name not in SHAPES]:
            raise ValueError(f"models: got {unknown[0]!r}, want {' and/or '.join(SHAPES)}")
        threads = benchmark_machine.threads(config.threads)
    print(benchmark_machine.words(benchmark_machine.machine(threads)))
    for name in names:
        print(lines(name, compare(name, config, threads)), flush=True)


if __name__ == "__main__":
    flags.define(SpeedConfig)
    launch.run(main)

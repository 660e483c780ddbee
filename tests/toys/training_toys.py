"""A task that is no language model, for tests of the training loop: a line through points."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from seqjax.training.adaptation import Adaptation, adapt
from seqjax.training.checkpoints import Checkpoints
from seqjax.training.config import Optimization, averaging
from seqjax.training.fit import LoopConfig, Writers, fit
from seqjax.training.logs import Logs
from seqjax.training.optimizers import optimizer
from seqjax.training.progress import Progress
from seqjax.training.schedules import schedule
from seqjax.training.step import Loss, State, Step, begin, train_step

TRUE = np.array([1.0, -2.0, 0.5])
STEADY = Adaptation(1.0, False)


class Points:
    """Batches x [5, 3], y [5] for ever; those at ``wild`` have an infinity in them."""

    def __init__(self, *wild: int) -> None:
        self.at, self.wild = 0, wild

    def __next__(self) -> dict[str, np.ndarray]:
        draw = np.random.default_rng(self.at)
        x = draw.normal(size=(5, 3)).astype(np.float32)
        y = (x @ TRUE + 0.3 * draw.normal(size=5)).astype(np.float32)
        if self.at in self.wild:
            y[0] = np.inf
        self.at += 1
        return {"x": x, "y": y}

    def get_state(self) -> dict:
        return {"at": self.at}

    def set_state(self, state: dict) -> None:
        self.at = state["at"]


class Shelf:
    """Checkpoints in memory: all of them are kept, as copies, and positions as JSON."""

    def __init__(self) -> None:
        self.kept: dict[int, tuple] = {}
        self.marks: dict[int, set[str]] = {}

    def save(self, step: int, items: dict, position: dict, figures: dict, **marks: bool) -> None:
        assert step > max(self.kept, default=-1)
        self.marks[step] = {name for name, holds in marks.items() if holds}
        self.kept[step] = jax.tree.map(jnp.copy, items), json.dumps(position), figures

    def back_to_scheduled(self) -> int | None:
        newest = max(step for step in self.kept if "unscheduled" not in self.marks[step])
        self.kept = {step: kept for step, kept in self.kept.items() if step <= newest}
        return newest

    def latest(self) -> int | None:
        return max(self.kept, default=None)

    def restore(self, step: int, like: dict) -> dict:
        items = self.kept[step][0]
        assert jax.tree.structure(items) == jax.tree.structure(like)
        return jax.tree.map(jnp.copy, items)

    def position(self, step: int) -> dict:
        return json.loads(self.kept[step][1])

    def wait(self) -> None:
        pass


def loss(params: Any, carry: Any, batch: Any, *, key: Any) -> tuple:
    """Mean squared error with noise on x; the carry, where there is one, counts the batches."""
    x = batch["x"] + 0.01 * jax.random.normal(key, batch["x"].shape)
    errors = (x @ params["w"] + params["b"] - batch["y"]) ** 2
    carry = jax.tree.map(lambda n: n + 1, carry)
    return errors.mean(), (carry, {"loss": (errors.sum(), jnp.float32(errors.size))})


def start() -> dict:
    return {"w": jnp.zeros(3), "b": jnp.zeros(())}


def held_out(params: Any) -> dict[str, float]:
    """The distance to the truth, which training with a large rate does not always lower."""
    return {"loss": float(np.abs(np.asarray(params["w"], np.float64) - TRUE).sum())}


def compiled(
    config: Optimization,
    steps: int = 12,
    *,
    skip: bool = False,
    scaled: bool = False,
    loss: Loss = loss,
) -> Step:
    """The step of a configuration; of a state that is ``scaled``, if so."""
    chain = optimizer(config, 4, steps, skip=skip or scaled)
    return train_step(loss, chain, schedule(config, 4, steps), skip=skip)


def train(
    folder: Path,
    config: Optimization,
    step: Step,
    loop: LoopConfig,
    *,
    shelf: Shelf | None = None,
    stop_at: int = -1,
    wild: int | Iterable[int] = (),
    evaluate: Callable = held_out,
    carry: Any = None,
    scaled: bool = False,
    said: io.StringIO | None = None,
) -> State:
    """A launch: everything but the compiled step is made anew, as in another process.

    Checkpoints go to the ``shelf`` if there is one, which is faster than the folder; what people
    are told goes to ``said``.
    """
    chain = optimizer(config, 4, loop.steps)
    carry = {"seen": jnp.int32(0)} if carry is None else carry
    average, key = bool(averaging(config)), jax.random.key(3)
    state = begin(start(), chain, carry, average=average, scaled=scaled, key=key)
    points = Points(*([wild] if isinstance(wild, int) else wild))
    kept: Any = Checkpoints(folder / "checkpoints") if shelf is None else shelf
    with (
        kept if shelf is None else contextlib.nullcontext(shelf) as checkpoints,
        Logs(folder) as logs,
        Progress(5 * loop.steps, stream=said or io.StringIO()) as progress,
    ):
        return fit(
            step,
            state,
            points,
            loop=loop,
            adapt=lambda losses: adapt(config, losses),
            evaluate=evaluate,
            report=lambda figures: figures,
            writers=Writers(checkpoints, logs, progress),
            unit="points",
            stop=lambda: points.at == stop_at,
        )

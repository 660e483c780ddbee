"""Which walk over time keeps the training step of a run within its memory: chosen once, kept."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import numpy as np

from seqjax.data import Sentences, Source, Windows
from seqjax.data.buckets import Buckets
from seqjax.data.packing import Packed
from seqjax.tasks.settings import RunConfig
from seqjax.tasks.task import Task
from seqjax.tasks.training import Training
from seqjax.training.memory_budget import (
    Choice,
    chunk_sizes,
    fastest,
    in_words,
    parse_size,
    step_bytes,
)


def check_memory_setting(task: Task, configs: Sequence[Any]) -> None:
    """Refuses a budget that is no size, or where no walk over time can be chosen by it.

    Raises:
      ValueError: also with a mesh or diagnostics, whose programs are others, and for a task without
        a driver.
    """
    run: RunConfig = configs[0]
    if not run.memory:
        return
    parse_size(run.memory)
    for other in ("mesh", "diagnostics"):
        if getattr(run, other):
            raise ValueError(
                f"memory: got {run.memory!r} with --{other}, whose program takes what is not known"
                " beforehand; want one of the two"
            )
    if not any(hasattr(config, "driver") for config in configs):
        raise ValueError(
            f"memory: got {run.memory!r}, but {task.name} has no --driver to choose: nothing would"
            " use it"
        )


def choose(
    run: RunConfig, asked: str, source: Source, training_of: Callable[[str], Training]
) -> dict[str, Any]:
    """What run.json keeps of the choice under "memory": driver, bytes, and bytes of others.

    The step of training is compiled for the largest batch, by candidate: the driver that was asked
    for, then, where that was ``auto`` or ``chunked``, smaller and smaller chunks.

    Args:
      run: with a budget.
      asked: the driver of the settings.
      source: of the training part.
      training_of: driver -> the training of the model with it.

    Raises:
      ValueError: where nothing fits; it says what the smallest choice takes.
    """
    batch = largest_batch(source)

    def size_of(driver: str) -> int:
        training = training_of(driver)
        params = jax.eval_shape(training.init, jax.random.key(0))
        state = jax.eval_shape(training.begin, params, jax.random.key(0))
        size = step_bytes(training.step, state, batch, training.adapt([]))
        logging.getLogger("seqjax").info("memory: driver %s takes %s", driver, in_words(size))
        return size

    try:
        choice: Choice = fastest(
            candidates(asked, steps_of(batch)), size_of, parse_size(run.memory)
        )
    except ValueError as error:
        if asked in ("auto", "chunked"):
            raise
        raise ValueError(f"{error}; or --driver=auto, which may walk in chunks") from None
    return {"driver": choice.driver, "bytes": choice.size, "measured": choice.measured}


def candidates(asked: str, steps: int) -> list[str]:
    """Drivers, the fastest first; one that was asked for by name is the only one.

    >>> candidates("auto", 64), candidates("hoisted", 64)
    (['auto', 'chunked:32', 'chunked:16', 'chunked:8'], ['hoisted'])
    """
    chunks = [f"chunked:{size}" for size in chunk_sizes(steps)]
    if asked == "chunked":
        return [f"chunked:{steps}", *chunks]
    return [asked, *(chunks if asked == "auto" else [])]


def about(memory: Mapping[str, Any], budget: str) -> str:
    """The choice for a person.

    >>> about({"driver": "chunked:8", "bytes": 2**20}, "2GiB")
    'memory: driver chunked:8, whose step takes 1.0 MiB of 2.0 GiB as XLA has it'
    """
    takes, allowed = in_words(memory["bytes"]), in_words(parse_size(budget))
    return f"memory: driver {memory['driver']}, whose step takes {takes} of {allowed} as XLA has it"


def largest_batch(source: Source) -> Any:
    """Shapes of a batch that is as large, axis by axis, as any that training is given."""
    items = [source[k] for k in _places(source)]
    shapes = [jax.tree.map(np.shape, item) for item in items]
    largest = jax.tree.map(
        lambda *each: tuple(map(max, zip(*each, strict=True))),
        *shapes,
        is_leaf=lambda leaf: isinstance(leaf, tuple),
    )
    return jax.tree.map(
        lambda array, shape: jax.ShapeDtypeStruct(
            shape, jax.dtypes.canonicalize_dtype(array.dtype)
        ),
        items[0],
        largest,
    )


def _places(source: Source) -> Sequence[int]:
    """Of items that have all shapes between them, few where the source says which."""
    if isinstance(source, Windows | Packed):
        return [0]
    if isinstance(source, Sentences):
        lengths = source.pieces[:, 1] - source.pieces[:, 0]
        return [int(lengths.argmax()) // source.batch]
    if isinstance(source, Buckets):
        counts = [-(-len(members) // source.batch) for members in source.groups]
        return [int(place) for place in np.cumsum(counts) - counts]
    return range(len(source))


def steps_of(batch: Any) -> int:
    """T, the longest axis of time: the first of arrays [T, B, ...]."""
    return max((leaf.shape[0] for leaf in jax.tree.leaves(batch) if len(leaf.shape) > 1), default=1)

"""Runs that differ in their seed, or in numbers, trained in step with each other by one program.

Each member is trained by ``fit`` in a thread of its own, as if it were alone: it has its batches,
log, checkpoints and evaluations. Only the step is shared. A member that calls it waits until all
have called it; their states lie stacked on the device, and the step is made for all of them by its
``jax.vmap``. A small network leaves most of a device idle, which others then use.

    states [M, ...], batches [M, ...], adaptations [M]  --vmap(step)-->  states, metrics [M]

Where their steps differ in constants, a rate or a dropout, these are [M] too.

A member that ends, or is no longer finite, leaves; the others go on without it.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from seqjax.basics.types import Tree
from seqjax.training.adaptation import Adaptation
from seqjax.training.device_memory import check_memory
from seqjax.training.merged_step import merged
from seqjax.training.step import State, Step


class Member:
    """The state of one member, which lies among those of all: looked at, it is taken out."""

    def __init__(self, population: Population, index: int) -> None:
        self._population, self._index = population, index

    def whole(self) -> State:
        """The state as arrays of its own."""
        state: State = jax.tree.map(lambda leaf: leaf[self._index], self._population.states)
        return state

    def __getattr__(self, name: str) -> Any:
        part = getattr(self._population.states, name)
        return jax.tree.map(lambda leaf: leaf[self._index], part)

    def _replace(self, **parts: Any) -> State:
        return self.whole()._replace(**parts)


class Population:
    """The shared step of members.

    Args:
      steps: of M members; they differ in constants alone.

    >>> def step(state, batch, adaptation):
    ...     return state._replace(step=state.step + batch["n"]), {"loss": (batch["n"], 1)}
    >>> Population([step, step]).size
    2
    """

    def __init__(self, steps: Sequence[Step]) -> None:
        self.size = count = len(steps)
        self.states: Any = None
        self._steps = steps
        self._programs: dict[Any, Any] = {}
        self._waiting: dict[int, tuple[Any, Mapping[str, Any], Adaptation]] = {}
        self._last: dict[int, tuple[Mapping[str, Any], Adaptation]] = {}
        self._members = [Member(self, index) for index in range(count)]
        self._active = set(range(count))
        self._condition = threading.Condition()
        self._round = 0
        self._metrics: Metrics | None = None
        self._error: BaseException | None = None

    def step(self, index: int) -> Step:
        """The step of one member, to be called in its thread."""

        def together(state: Any, batch: Mapping[str, Any], adaptation: Adaptation) -> Any:
            with self._condition:
                self._waiting[index] = state, batch, adaptation
                mine = self._round
                self._make_if_all_wait()
                self._condition.wait_for(lambda: self._round > mine or self._error is not None)
                if self._error is not None:
                    raise RuntimeError("the step of all members failed") from self._error
                assert self._metrics is not None
                return self._members[index], self._metrics.of(index)

        return together

    def leave(self, index: int) -> None:
        """The others no longer wait for this member."""
        with self._condition:
            self._active.discard(index)
            self._make_if_all_wait()

    def _make_if_all_wait(self) -> None:
        if not self._waiting or set(self._waiting) != self._active:
            return
        try:
            self._make()
        except BaseException as error:
            self._error = error
        self._waiting = {}
        self._round += 1
        self._condition.notify_all()

    def _make(self) -> None:
        """One step of all; those who have left are computed along, and nobody looks at them."""
        if self.states is None:
            some = next(iter(self._waiting.values()))
            own = [self._waiting.get(k, some)[0] for k in range(self.size)]
            self.states = jax.tree.map(lambda *leaves: jnp.stack(leaves), *own)
        for index, (state, batch, adaptation) in self._waiting.items():
            if not isinstance(state, Member):
                self.states = jax.tree.map(
                    lambda all_, own, k=index: all_.at[k].set(own), self.states, state
                )
            self._last[index] = batch, adaptation
        last = next(iter(self._last.values()))
        given = [self._last.get(k, last) for k in range(self.size)]
        batches = stacked([batch for batch, _ in given])
        scales = np.array([each.scale for _, each in given], np.float32)
        averaging: Any = np.array([each.averaging for _, each in given])
        arguments = self.states, batches, Adaptation(scales, averaging)  # type: ignore[arg-type]
        self.states, metrics = self._program(arguments)(*arguments)
        self._metrics = Metrics(metrics)

    def _program(self, arguments: tuple[Any, ...]) -> Any:
        """The compiled step for batches of these shapes; the first one has to fit into memory."""
        shapes = tuple((name, array.shape) for name, array in arguments[1].items())
        if shapes not in self._programs:
            one = jax.tree.map(lambda x: jax.ShapeDtypeStruct(x.shape[1:], x.dtype), arguments)
            run, numbers = merged(self._steps, *one)
            together = jax.jit(jax.vmap(run), donate_argnums=1)
            program = together.lower(numbers, *arguments).compile()
            if not self._programs:
                check_memory(program, self.size)
            self._programs[shapes] = functools.partial(program, numbers)
        return self._programs[shapes]


class Metrics:
    """Those of all members, fetched together when the first of them is looked at."""

    def __init__(self, values: Tree) -> None:
        self._values, self._fetched, self._lock = values, None, threading.Lock()

    def of(self, index: int) -> dict[str, tuple[Any, Any]]:
        """Of one member, as numbers that are not there yet."""
        return {
            name: (Number(self, name, 0, index), Number(self, name, 1, index))
            for name in self._values
        }

    def fetch(self) -> Any:
        """As NumPy arrays."""
        with self._lock:
            if self._fetched is None:
                self._fetched = jax.device_get(self._values)
        return self._fetched


class Number:
    """One number of ``Metrics``; ``float`` waits for it."""

    def __init__(self, metrics: Metrics, name: str, side: int, index: int) -> None:
        self._where = metrics, name, side, index

    def __float__(self) -> float:
        metrics, name, side, index = self._where
        return float(metrics.fetch()[name][side][index])


def stacked(batches: list[Mapping[str, Any]]) -> dict[str, np.ndarray]:
    """Batches [M, ...] of M batches; where they have different lengths, zeros make up for it.

    What is behind the end of a row is looked at by nobody, and noise is drawn step by step from the
    first: more steps of padding change no number.

    >>> stacked([{"x": np.ones((1, 2))}, {"x": np.ones((2, 2))}])["x"].shape
    (2, 2, 2)
    """

    def together(name: str) -> np.ndarray:
        arrays = [np.asarray(batch[name]) for batch in batches]
        steps = max((len(array) for array in arrays if array.ndim), default=0)
        return np.stack(
            [
                np.pad(array, [(0, steps - len(array))] + [(0, 0)] * (array.ndim - 1))
                if array.ndim
                else array
                for array in arrays
            ]
        )

    return {name: together(name) for name in batches[0]}

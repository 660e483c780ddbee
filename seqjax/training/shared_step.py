"""A step that several processes make together, and the end of the run that they agree on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax.sharding import NamedSharding, PartitionSpec

from seqjax.basics import mesh
from seqjax.basics.types import Tree
from seqjax.training import connection
from seqjax.training.layout import Layout
from seqjax.training.step import State, Step


class SharedStep:
    """The step of a ``Layout``, which asks all processes whether to stop; ``stop()`` is the answer.

    A signal reaches processes at different times, or one of them alone. With each step travels who
    has been asked to stop; the answer of a step is looked at when the next one has been
    dispatched, by all at the same step.

    Args:
      layout: where arrays lie.
      step: of one device.
      shardings: of the state.
      rows: the axis of the rows of each array of a batch that has some.
      asked: whether this process was asked to stop.
    """

    def __init__(
        self,
        layout: Layout,
        step: Step,
        shardings: State,
        rows: Any,
        asked: Callable[[], bool],
    ) -> None:
        self._layout, self._rows, self._asked = layout, rows, asked
        self._by_device = NamedSharding(layout.mesh, PartitionSpec(layout.mesh.axis_names))

        def asking(state: State, batch: Tree, adaptation: Any, asked: Any) -> Any:
            state, metrics = step(state, batch, adaptation)
            return state, (metrics, jnp.sum(asked))

        self._step = layout.program(asking, shardings)
        self._pending: Any = None
        self._stopped = False

    def __call__(self, state: State, batch: Tree, adaptation: Any) -> Any:
        """(state, metrics)."""
        # The first step is compiled: until it is done, a signal does what it always does.
        asked = self._pending is not None and self._asked()
        flags = np.full(self._layout.mesh.size, asked, np.int32)
        with self._layout.scope():
            state, (metrics, answer) = self._step(
                state,
                self._layout.batch(batch, self._rows),
                adaptation,
                mesh.put(flags, self._by_device),
            )
        if self._pending is not None:
            with connection.waiting():
                self._stopped = self._stopped or int(self._pending) > 0
        self._pending = answer
        return state, metrics

    def stop(self) -> bool:
        """Whether any process was asked to stop, up to the step before the last."""
        return self._stopped

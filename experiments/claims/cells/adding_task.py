"""A small task: the sum of two marked numbers of a row."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np

from experiments.claims.cells.small_task import SmallTask
from experiments.claims.claim import Text
from seqjax.basics.cell import Cell
from seqjax.basics.types import Array, Layer, Params, Tree
from seqjax.data.builtin.adding import VARIANCE, Adding
from seqjax.layers import dense, recurrent, stack
from seqjax.objectives.regression import regression_loss

STEPS, TRAINING, HELD_OUT = 30, 8192, 512


@functools.cache
def adding_task() -> SmallTask:
    """Rows of 30 numbers two of which are marked; squared error as a share of that of guessing."""
    held_out = _rows(1, HELD_OUT)
    return SmallTask(
        "adding",
        Text(f"the sum of two marked numbers of {STEPS}", f"{STEPS}개 가운데 표시된 두 수의 합"),
        Text("squared error, guessing = 1", "제곱 오차, 추측 = 1"),
        lower=True,
        inputs=2,
        network=_network,
        rows=_rows(0, TRAINING),
        loss=_loss,
        evaluate=lambda network, params: _loss(network, params, held_out),
    )


def _rows(seed: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    item = Adding(steps=STEPS, batch=count, seed=seed)[0]
    return item["inputs"].swapaxes(0, 1), item["targets"][:, 0]


def _network(cells: Sequence[Cell], driver: str) -> Layer:
    return stack([*(recurrent(cell, driver) for cell in cells), dense(1)])


def _loss(network: Layer, params: Params, rows: Tree) -> Array:
    xs, targets = rows
    _, ys = network.apply(params, jnp.swapaxes(jnp.asarray(xs), 0, 1))
    return jnp.mean(regression_loss("mse")(ys[-1, :, 0], jnp.asarray(targets))) / VARIANCE

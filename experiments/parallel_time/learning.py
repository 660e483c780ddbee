"""Iterations of ``newton`` while a cell learns the adding problem."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import jax
import jax.numpy as jnp
import optax

from experiments.parallel_time.start import Line, convergence, shown
from seqjax.basics.types import Array, Params, Tree
from seqjax.cells import CELLS
from seqjax.data.builtin.adding import VARIANCE, Adding
from seqjax.layers import dense, recurrent, stack
from seqjax.objectives.regression import regression_loss

HIDDEN, STEPS, BATCH, RATE, CLIP = 16, 200, 32, 3e-3, 1.0
LOOKS = 4
"""How often it is looked at after the beginning, evenly."""
HEADING = (
    "cell", "updates", "error, guessing = 1", "exponent", "iterations", "most", "residual",
    "step by step",
)  # fmt: skip


def lines(names: Sequence[str], rows: int, updates: int) -> list[Line]:
    """One for each cell."""
    return [
        Line(f"{name} learns", functools.partial(measure, name, rows, updates)) for name in names
    ]


def measure(name: str, rows: int, updates: int) -> list[list[str]]:
    """Trains, and says at the beginning and ``LOOKS`` times later how held-out rows are solved."""
    cell = CELLS[name](HIDDEN)
    network = stack([recurrent(cell), dense(1)])
    params = network.init(jax.random.key(0), 2)
    chain = optax.chain(optax.clip_by_global_norm(CLIP), optax.adam(RATE))
    held_out = Adding(steps=STEPS, batch=max(rows, 256), seed=1)[0]
    data = Adding(steps=STEPS, batch=BATCH, batches=updates)

    def loss(params: Params, inputs: Array, targets: Array) -> Array:
        ys = network.apply(params, inputs)[1]
        return jnp.mean(regression_loss("mse")(ys[-1], targets)) / VARIANCE

    @jax.jit
    def update(params: Params, state: Tree, inputs: Array, targets: Array) -> tuple[Params, Tree]:
        updates, state = chain.update(jax.grad(loss)(params, inputs, targets), state, params)
        return optax.apply_updates(params, updates), state

    def look(number: int) -> list[str]:
        error = jax.jit(loss)(params, held_out["inputs"], held_out["targets"])
        report = convergence(cell, params["0"], jnp.asarray(held_out["inputs"][:, :rows]))
        return [name, str(number), f"{float(error):.3f}", *shown(report)]

    state, found = chain.init(params), [look(0)]
    looks = {round(updates * part / LOOKS) for part in range(1, LOOKS + 1)}
    for number in range(1, updates + 1):
        item = data.at(0, number - 1)
        params, state = update(params, state, item["inputs"], item["targets"])
        if number in looks:
            found.append(look(number))
    return found

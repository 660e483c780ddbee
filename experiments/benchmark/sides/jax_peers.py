"""The peers of the benchmark that run on JAX, by name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from experiments.benchmark.cases import Case
from experiments.benchmark.problem import Problem, Side
from experiments.benchmark.sides.cudnn import cudnn_side
from experiments.benchmark.sides.flax import CELLS, flax_side
from experiments.benchmark.sides.keras import keras_side
from experiments.benchmark.sides.scanned import equinox_side, haiku_side


def jax_peers(cell: str) -> dict[str, Callable[[Case, Problem], Side]]:
    """Builders of the sides that have a cell of that name; each may raise Unsupported."""
    flax = {f"flax {kind}": partial(flax_side, kind=kind) for kind in CELLS[cell]}
    others = {"haiku": haiku_side, "equinox": equinox_side, "keras": keras_side}
    return flax | others | {"jax.experimental.rnn": cudnn_side}

"""The table of sides: seqjax under each driver, other libraries, and the floor."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from functools import partial

import jax

from experiments.benchmark.cases import LIBRARY_CELLS, Case, Unsupported
from experiments.benchmark.floor import floor
from experiments.benchmark.problem import Problem, Side
from experiments.benchmark.row import Builder, Sides
from experiments.benchmark.sides import associative_scan
from experiments.benchmark.sides.cudnn import cudnn_side
from experiments.benchmark.sides.equinox import equinox_side
from experiments.benchmark.sides.flax import FLAX_CELLS, flax_side
from experiments.benchmark.sides.haiku import haiku_side
from experiments.benchmark.sides.keras import keras_side
from experiments.benchmark.sides.memax import memax_side
from experiments.benchmark.sides.seqjax import seqjax_side
from experiments.benchmark.sides.torch import torch_side
from seqjax.basics import checks

PEERS = {
    "flax": "flax", "haiku": "haiku", "equinox": "equinox", "keras": "keras", "torch": "torch",
    "cudnn": "jax.experimental.rnn", "associative_scan": associative_scan.NAME, "memax": "memax",
}  # fmt: skip
"""The module of each peer by its name, or a function of JAX; sides are named after it."""


def available_peers(names: str) -> tuple[list[str], list[str]]:
    """(those that can be measured here, sentences on those that cannot), of names with commas.

    "all" stands for all of them, "none" for none.

    Raises:
      ValueError: for an unknown name.
    """
    if names == "none":
        return [], []
    wanted = list(PEERS) if names == "all" else names.split(",")
    reasons = {}
    for name in wanted:
        module = checks.lookup("peers", PEERS, name)
        if name == "cudnn" and jax.default_backend() != "gpu":
            reasons[name] = "wants a GPU"
        elif not module.startswith("jax.") and not importlib.util.find_spec(module):
            reasons[name] = "is not installed"
    sentences = [f"{name} is left out: it {reason}" for name, reason in reasons.items()]
    return [name for name in dict.fromkeys(wanted) if name not in reasons], sentences


def peer_sides(cell: str, threads: int, device: str) -> dict[str, Builder]:
    """Builders of the peers' sides by name; each may raise Unsupported.

    Args:
      threads, device: of torch; those of JAX are set where the process starts.
    """
    flax = {f"flax {kind}": partial(flax_side, kind=kind) for kind in FLAX_CELLS.get(cell, ())}
    torch = partial(torch_side, threads=threads, device=device)
    builders: dict[str, Builder] = {
        **flax,
        "haiku": haiku_side,
        "equinox": equinox_side,
        "keras": keras_side,
        "jax.experimental.rnn": cudnn_side,
        "torch": torch,
    }
    if device == "cuda":
        builders["torch TF32"] = partial(torch, tf32=True)
    of_libraries = {n: partial(library_side, build, n) for n, build in builders.items()}
    return {**of_libraries, associative_scan.NAME: associative_scan.scan_side, "memax": memax_side}


def library_side(build: Builder, name: str, case: Case, problem: Problem) -> Side:
    """The side of a library, which has cells of its own.

    Raises:
      Unsupported: for another cell, or for heads.
    """
    if case.cell not in LIBRARY_CELLS:
        raise Unsupported(f"{name} has no {case.cell}")
    if case.shape.heads > 1:
        raise Unsupported(f"{name} has no heads")
    return build(case, problem)


def sides(
    cell: str, drivers: Sequence[str], peers: Sequence[str], threads: int, seconds: float
) -> Sides:
    """What takes part in the rows of a cell; the first driver is what others are compared with.

    Each product of the floor is measured for a tenth of ``seconds``, 0.3 at most.
    """
    device = "cuda" if jax.default_backend() == "gpu" and "torch" in peers else "cpu"
    modules = {PEERS[name] for name in peers}
    builders: dict[str, Builder] = {
        f"seqjax {driver}": partial(seqjax_side, driver=driver) for driver in drivers
    }
    for name, build in peer_sides(cell, threads, device).items():
        if name.split()[0] in modules:
            builders[name] = build
    cell_floor = partial(floor, threads=threads, device=device, seconds=min(0.3, seconds / 10))
    return Sides(builders, f"seqjax {drivers[0]}", cell_floor)

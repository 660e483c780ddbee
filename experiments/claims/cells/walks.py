"""Seconds of walks over time, and of the same arithmetic where no step waits for another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from experiments.claims.claim import Results, Text
from experiments.claims.shared.timing import by_turns
from seqjax.basics.types import Array, Params
from seqjax.cells import CELLS
from seqjax.layers import recurrent

WIDTH = 64
"""Of inputs and states."""
LENGTHS, BATCHES = (32, 128, 512), (1, 16)
WALKS = {
    "sequential": ("gru", "sequential"), "native": ("gru", "native"),
    "at once": ("gru", ""),
    "min_gru sequential": ("min_gru", "sequential"),
    "min_gru associative": ("min_gru", "associative"),
}  # fmt: skip
"""Forward: name -> cell and driver; "at once" is given the state before every step."""
GRADIENTS = {
    "sequential": ("gru", "sequential"), "hoisted": ("gru", "hoisted"),
    "native": ("gru", "native"),
    "min_gru sequential": ("min_gru", "sequential"),
    "min_gru associative": ("min_gru", "associative"),
}  # fmt: skip
"""With the gradient of the parameters: name -> cell and driver."""
NAMES = {
    "sequential": Text("GRU, sequential", "GRU, sequential"),
    "hoisted": Text("GRU, hoisted", "GRU, hoisted"),
    "native": Text("GRU, native", "GRU, native"),
    "at once": Text("GRU, no step waits", "GRU, 기다리지 않음"),
    "min_gru sequential": Text("min_gru, sequential", "min_gru, sequential"),
    "min_gru associative": Text("min_gru, associative", "min_gru, associative"),
}
GRADIENT_LENGTH = 128

Walk = Callable[[Params, Array], Array]


def walk(cell: str, driver: str) -> Walk:
    """(parameters, xs [T, B, D]) -> hs [T, B, H]."""
    layer = recurrent(CELLS[cell](WIDTH), driver)
    return lambda params, xs: layer.apply(params, xs)[1]


def at_once(cell: str) -> Callable[[Params, Array, Array], Array]:
    """(parameters, xs [T, B, D], hs [T, B, H] of a walk) -> the same hs, all steps as one batch.

    Nobody could use it: it is told the states that it computes. It does what a walk does, product
    for product, but no step waits for the one before.
    """
    layer = recurrent(CELLS[cell](WIDTH))

    def apply(params: Params, xs: Array, hs: Array) -> Array:
        before = jnp.concatenate([jnp.zeros_like(hs[:1]), hs[:-1]])
        rows = before.reshape(-1, WIDTH)
        after = layer.step(params, rows, xs.reshape(-1, WIDTH))[1]  # type: ignore[misc]
        return after.reshape(hs.shape)

    return apply


def gradient(cell: str, driver: str) -> Callable[[Params, Array], Params]:
    """(parameters, xs) -> the gradient of Σ h² for the parameters."""
    forward = walk(cell, driver)
    return jax.grad(lambda params, xs: (forward(params, xs) ** 2).sum())


def available(names: dict[str, tuple[str, str]]) -> tuple[dict[str, tuple[str, str]], list[str]]:
    """(those whose driver works on this machine, why others do not)."""
    works, reasons = {}, []
    for name, (cell, driver) in names.items():
        try:
            if driver:
                params, xs = problem(cell, 2, 1, 0)
                jax.block_until_ready(walk(cell, driver)(params, xs))
            works[name] = (cell, driver)
        except ValueError as error:
            reasons.append(f"{name}: {' '.join(str(error).split())}")
    return works, reasons


def problem(cell: str, steps: int, batch: int, seed: int) -> tuple[Params, Array]:
    """Parameters, and inputs of unit variance [T, B, D]."""
    keys = jax.random.split(jax.random.key(seed))
    made: Any = CELLS[cell](WIDTH)
    return made.init(keys[0], WIDTH), jax.random.normal(keys[1], (steps, batch, WIDTH))


def measure(seeds: Sequence[int], say: Callable[[str], None]) -> Results:
    """Seconds: forward by name, batch, length and seed; with gradient by name, batch and seed."""
    walks, reasons = available(WALKS)
    gradients, _ = available(GRADIENTS)
    forward: dict[str, Any] = {name: {str(batch): [] for batch in BATCHES} for name in walks}
    backward: dict[str, Any] = {name: {} for name in gradients}
    once = jax.jit(at_once("gru"))
    programs = {name: jax.jit(walk(*each)) for name, each in walks.items() if each[1]}
    slopes = {name: jax.jit(gradient(*each)) for name, each in gradients.items()}

    def runs(steps: int, batch: int, seed: int) -> dict[str, Callable[[], Any]]:
        found: dict[str, Callable[[], Any]] = {}
        for name, (cell, _) in walks.items():
            given = problem(cell, steps, batch, seed)
            if name in programs:
                found[name] = partial(programs[name], *given)
            else:
                found[name] = partial(once, *given, programs["sequential"](*given))
        return found

    for batch in BATCHES:
        for steps in LENGTHS:
            times = [by_turns(runs(steps, batch, seed)) for seed in seeds]
            for name in walks:
                forward[name][str(batch)].append([each[name] for each in times])
            say(f"{batch} x {steps} steps: {times[0]['sequential'] * 1e3:.2f} ms")
        times = [
            by_turns({
                name: partial(f, *problem(gradients[name][0], GRADIENT_LENGTH, batch, seed))
                for name, f in slopes.items()
            })
            for seed in seeds
        ]  # fmt: skip
        for name in gradients:
            backward[name][str(batch)] = [each[name] for each in times]
        say(f"{batch} x {GRADIENT_LENGTH} steps with gradient")
    return {"forward": forward, "gradient": backward, "left_out": reasons}

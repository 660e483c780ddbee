"""What compiled programs say of themselves, without being run: seconds to compile, memory."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from experiments.benchmark.log import MEASURED, Job, Line
from experiments.benchmark.program import compiled
from seqjax.basics.types import Params
from seqjax.cells import CELLS
from seqjax.drivers import DRIVERS
from seqjax.objectives import chunked_cross_entropy, cross_entropy

STEPS = (64, 256, 1024, 4096, 16384)
BATCH, HIDDEN = 20, 128
LOGITS = ((35, 20, 10_000, 650), (128, 64, 50_000, 650))
"""T, B, V and the width below: the language model of Zaremba et al. 2014, and a large one."""


def compile_jobs(seconds: float, threads: int) -> list[Job]:
    """The gradient of sum(y_T^2), the last output's, for an LSTM's weights, by driver and T."""
    settings = {"batch": BATCH, "hidden": HIDDEN}
    return [
        Job("compile", f"{driver} T={steps}", settings, partial(_compile, driver, steps))
        for driver in ("sequential", "hoisted", "chunked")
        for steps in STEPS
    ]


def memory_jobs(seconds: float, threads: int) -> list[Job]:
    """Cross entropy over a vocabulary and its gradient: all logits at once, or in blocks."""
    return [
        Job("memory", f"{name} T={sizes[0]} B={sizes[1]} V={sizes[2]}", {"width": sizes[3]},
            partial(_memory, name, sizes))
        for sizes in LOGITS
        for name in FORMS
    ]  # fmt: skip


def _compile(driver: str, steps: int) -> list[Line]:
    cell = CELLS["lstm"](HIDDEN)
    params = jax.eval_shape(lambda: cell.init(jax.random.key(0), HIDDEN))

    def loss(params: Params, xs: jax.Array) -> jax.Array:
        return jnp.sum(cell.read(DRIVERS[driver](cell, params, xs)[0]) ** 2)

    xs = jax.ShapeDtypeStruct((steps, BATCH, HIDDEN), jnp.float32)
    head = {"driver": driver, "T": steps, "B": BATCH, "H": HIDDEN}
    return [head | _said(jax.grad(loss), params, xs)]


def _plain(params: Params, hs: jax.Array, targets: jax.Array) -> jax.Array:
    return cross_entropy(hs @ params["w"].T + params["b"], targets).sum()


def _blocks(params: Params, hs: jax.Array, targets: jax.Array) -> jax.Array:
    return chunked_cross_entropy.total(params, hs, targets, jnp.ones(targets.shape))[0]


FORMS: dict[str, Callable[..., jax.Array]] = {"plain": _plain, "blocks": _blocks}


def _memory(name: str, sizes: tuple[int, int, int, int]) -> list[Line]:
    steps, batch, words, width = sizes
    params = {
        "w": jax.ShapeDtypeStruct((words, width), jnp.float32),
        "b": jax.ShapeDtypeStruct((words,), jnp.float32),
    }
    hs = jax.ShapeDtypeStruct((steps, batch, width), jnp.float32)
    targets = jax.ShapeDtypeStruct((steps, batch), jnp.int32)
    head = {"form": name, "T": steps, "B": batch, "V": words, "E": width}
    return [head | _said(jax.grad(FORMS[name], argnums=(0, 1)), params, hs, targets)]


def _said(function: Callable[..., Any], *args: Any) -> Line:
    made = compiled(function, *args)
    memory = None if made.temporary_bytes is None else made.temporary_bytes / 2**20
    return {
        "status": MEASURED, "note": "", "compile_seconds": made.seconds, "temporary_MiB": memory,
    }  # fmt: skip

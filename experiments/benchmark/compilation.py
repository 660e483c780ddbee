"""What compiled programs say of themselves, without being run: seconds to compile, memory."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from experiments.benchmark.log import MEASURED, Job, Line
from seqjax.basics.types import Params
from seqjax.cells import CELLS
from seqjax.drivers import DRIVERS
from seqjax.objectives import chunked_cross_entropy, cross_entropy

STEPS = (64, 256, 1024, 4096, 16384)
BATCH, HIDDEN = 20, 128
LOGITS = ((35, 20, 10_000, 650), (128, 64, 50_000, 650))
"""T, B, V and the width below: the language model of Zaremba et al. 2014, and a large one."""


class Compiled(NamedTuple):
    """A program, and what it took to make."""

    call: Callable[..., Any]
    seconds: float
    temporary_bytes: int | None
    """besides arguments and results; None where unknown"""


def compiled(function: Callable[..., Any], *args: Any, donate: tuple[int, ...] = ()) -> Compiled:
    """``function`` traced and compiled for such arguments."""
    start = time.perf_counter()
    program = jax.jit(function, donate_argnums=donate).lower(*args).compile()
    seconds, memory = time.perf_counter() - start, program.memory_analysis()
    return Compiled(program, seconds, memory.temp_size_in_bytes if memory else None)


def compile_jobs(seconds: float, threads: int) -> list[Job]:
    """The gradient of sum(y_T^2), the last output's, for an LSTM's weights, by driver and T."""
    settings = {"batch": BATCH, "hidden": HIDDEN}
    return [
        Job("compile", f"{driver} T={steps}", settings, partial(_recurrent_gradient, driver, steps))
        for driver in ("sequential", "hoisted", "chunked")
        for steps in STEPS
    ]


def memory_jobs(seconds: float, threads: int) -> list[Job]:
    """Cross entropy over a vocabulary and its gradient: all logits at once, or in blocks."""
    return [
        Job("memory", f"{form} T={sizes[0]} B={sizes[1]} V={sizes[2]}", {"width": sizes[3]},
            partial(_cross_entropy_gradient, form, sizes))
        for sizes in LOGITS
        for form in CROSS_ENTROPIES
    ]  # fmt: skip


def _recurrent_gradient(driver: str, steps: int) -> list[Line]:
    cell = CELLS["lstm"](HIDDEN)
    params = jax.eval_shape(lambda: cell.init(jax.random.key(0), HIDDEN))

    def loss(params: Params, xs: jax.Array) -> jax.Array:
        return jnp.sum(cell.read(DRIVERS[driver](cell, params, xs)[0]) ** 2)

    xs = jax.ShapeDtypeStruct((steps, BATCH, HIDDEN), jnp.float32)
    head = {"driver": driver, "T": steps, "B": BATCH, "H": HIDDEN}
    return [head | _figures(jax.grad(loss), params, xs)]


def _plain(params: Params, hs: jax.Array, targets: jax.Array) -> jax.Array:
    return cross_entropy(hs @ params["w"].T + params["b"], targets).sum()


def _blocks(params: Params, hs: jax.Array, targets: jax.Array) -> jax.Array:
    return chunked_cross_entropy.total(params, hs, targets, jnp.ones(targets.shape))[0]


CROSS_ENTROPIES: dict[str, Callable[..., jax.Array]] = {"plain": _plain, "blocks": _blocks}
"""Two forms of one function of (params of the logits, hs, targets)."""


def _cross_entropy_gradient(form: str, sizes: tuple[int, int, int, int]) -> list[Line]:
    steps, batch, words, width = sizes
    params = {
        "w": jax.ShapeDtypeStruct((words, width), jnp.float32),
        "b": jax.ShapeDtypeStruct((words,), jnp.float32),
    }
    hs = jax.ShapeDtypeStruct((steps, batch, width), jnp.float32)
    targets = jax.ShapeDtypeStruct((steps, batch), jnp.int32)
    head = {"form": form, "T": steps, "B": batch, "V": words, "E": width}
    gradient = jax.grad(CROSS_ENTROPIES[form], argnums=(0, 1))
    return [head | _figures(gradient, params, hs, targets)]


def _figures(function: Callable[..., Any], *args: Any) -> Line:
    program = compiled(function, *args)
    size = program.temporary_bytes
    memory = {"temporary_MiB": None if size is None else size / 2**20}
    return {"status": MEASURED, "note": "", "compile_seconds": program.seconds} | memory

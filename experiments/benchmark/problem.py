"""What every side of the benchmark is given, and the float64 answer that it is held against."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from experiments.benchmark.cases import Case, Unsupported
from experiments.benchmark.network import Weights, case_cell, seqjax_layers, stacked
from seqjax.basics.types import Params


class Problem(NamedTuple):
    """Weights and a batch, in float32 NumPy."""

    params: Weights
    """[layer][direction] of the parameters of one cell, as its ``init`` names them"""
    xs: np.ndarray
    """[T, B, D]; in the padding stand numbers like any others"""
    lengths: np.ndarray | None
    """int32 [B], in no order; None without padding"""


class Results(NamedTuple):
    """What a side computed, in seqjax's layout."""

    outputs: np.ndarray
    """[T, B, H * directions], zero in the padding; empty where the mode gives none"""
    gradients: dict[str, Any]
    """"params" like ``Problem.params`` and, in the mode "gradient", "xs"; empty where none"""


class Side(NamedTuple):
    """One competitor, ready to be measured."""

    name: str
    run: Callable[[], object]
    """One call; it returns when the work is done."""
    results: Callable[[], Results] | None
    """Of the very function that ``run`` calls; None where the library has another function."""
    compile_seconds: float
    temporary_bytes: int | None
    """That the compiled program takes besides arguments and results; None where unknown."""
    note: str


def make_problem(case: Case) -> Problem:
    """Seeded weights within 1 / sqrt(H), biases too, and normal inputs.

    Raises:
      Unsupported: for one token of a network that sees the future, or of padded sequences.
    """
    shape = case.shape
    if case.mode == "latency" and (shape.bidirectional or shape.padded):
        raise Unsupported("latency: a bidirectional or padded network cannot go token by token")
    draw, cell, bound = np.random.default_rng(0), case_cell(case), shape.hidden**-0.5

    def cell_params(width: int) -> Params:
        like = jax.eval_shape(lambda: cell.init(jax.random.key(0), width))
        return {n: draw.uniform(-bound, bound, a.shape).astype(np.float32) for n, a in like.items()}

    params = [[cell_params(d) for _ in range(shape.directions)] for d in shape.input_widths]
    xs = draw.normal(size=(shape.steps, shape.batch, shape.inputs)).astype(np.float32)
    return Problem(params, xs, shape.lengths)


def reference(case: Case, problem: Problem) -> Results:
    """Outputs and gradients in float64, by ``sequential`` and ordinary autodiff, on the CPU."""
    layers = seqjax_layers(case, "sequential")

    def loss(params: Weights, xs: jax.Array) -> tuple[jax.Array, jax.Array]:
        ys = layers.apply(stacked(params), xs, problem.lengths)[1]
        return jnp.sum(ys**2), ys

    with jax.enable_x64(True), jax.default_device(jax.local_devices(backend="cpu")[0]):
        args = jax.tree.map(lambda a: jnp.asarray(a, jnp.float64), (problem.params, problem.xs))
        if case.mode in ("forward", "latency"):
            return Results(np.asarray(jax.jit(loss)(*args)[1]), {})
        (params, xs), ys = jax.jit(jax.grad(loss, (0, 1), has_aux=True))(*args)
    gradients = {"params": params} | ({"xs": xs} if case.mode == "gradient" else {})
    return Results(np.asarray(ys), jax.tree.map(np.asarray, gradients))


def differences(results: Results, truth: Results) -> tuple[float, float]:
    """Largest difference of outputs and of gradients; NaN for what the mode does not give.

    Each array is compared relative to the largest entry of its reference.
    """

    def relative(got: np.ndarray, want: np.ndarray) -> float:
        return float(np.max(np.abs(got - want)) / (np.max(np.abs(want)) or 1.0))

    outputs = relative(results.outputs, truth.outputs) if results.outputs.size else np.nan
    each = jax.tree.leaves(jax.tree.map(relative, results.gradients, truth.gradients))
    return outputs, float(np.max(each)) if each else np.nan


def peer(name: str) -> Any:
    """The module of that name, or Unsupported."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise Unsupported(f"{name} is not installed") from error


def plain_sequences(case: Case, library: str) -> None:
    """Raises Unsupported for what a library of cells alone has not."""
    if case.shape.bidirectional or case.shape.padded:
        raise Unsupported(f"{library} has cells alone: no lengths, no second direction")

"""The scan of linear cells as published code writes it, as a side of the benchmark.

A binary operator on (A, Bu), ``jax.lax.associative_scan`` over time under ``vmap`` over rows, and
whatever autodiff makes of that: S5, minimal LRUs in JAX and others have it so.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp

from experiments.benchmark.cases import Case, Unsupported
from experiments.benchmark.network import Network, Weights, case_cell
from experiments.benchmark.problem import Problem, Side, plain_sequences
from experiments.benchmark.sides.jax_network import network_side
from seqjax.basics.cell import Affine
from seqjax.basics.trees import over_steps
from seqjax.basics.types import Carry, Params, Tree

NAME = "jax.lax.associative_scan"


def scan_side(case: Case, problem: Problem) -> Side:
    """The coefficients of the cell, scanned.

    Raises:
      Unsupported: for a cell that is not linear in time, or sequences that are not plain.
    """
    cell = case_cell(case)
    plain_sequences(case, NAME)
    if not isinstance(cell.recurrence, Affine):
        raise Unsupported(f"{NAME}: {case.cell} is not linear in time")
    if case.mode == "latency":
        raise Unsupported(f"{NAME} walks whole sequences")
    coefficients = cell.recurrence.coefficients

    def operator(earlier: Tree, later: Tree) -> Tree:
        (a, b), (c, d) = earlier, later
        return jax.tree.map(jnp.multiply, c, a), jax.tree.map(lambda c, b, d: c * b + d, c, b, d)

    def layer(params: Params, xs: jax.Array) -> jax.Array:
        def of_rows(z: Tree) -> tuple[Carry, Carry]:
            a, b = coefficients(params, z)
            return jax.tree.map(lambda a, b: jnp.broadcast_to(a, b.shape), a, b), b

        elements = over_steps(of_rows, cell.project(params, xs))
        ys: jax.Array = jax.vmap(cell.read)(jax.vmap(scan, 1, 1)(elements))
        return ys

    def scan(elements: Tree) -> Carry:
        return jax.lax.associative_scan(operator, elements)[1]

    def store(params: Weights) -> list[Params]:
        return [direction for (direction,) in params]

    def outputs(weights: list[Params], xs: jax.Array, lengths: jax.Array | None) -> jax.Array:
        for params in weights:
            xs = layer(params, xs)
        return xs

    network = Network(store, outputs, lambda weights, batch: None, None)
    return network_side(NAME, case, problem, network)

"""A network of any JAX library as a side: compiled for the mode, measured and asked for results."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from experiments.benchmark.cases import Case
from experiments.benchmark.network import transposed
from experiments.benchmark.problem import Problem, Results, Side
from experiments.benchmark.program import Compiled, Network, compiled

NONE = np.zeros(0)


class Start(NamedTuple):
    """The problem in the library's layout and the case's dtype."""

    weights: Any
    xs: jax.Array
    lengths: jax.Array | None


def side(name: str, case: Case, given: Problem, net: Network, note: str = "") -> Side:
    """The side that computes ``case`` with ``net``, compiled."""

    def cast(tree: Any) -> Any:
        return jax.tree.map(lambda a: jnp.array(a, case.dtype), tree)

    lengths = None if given.lengths is None else jnp.asarray(given.lengths)
    begin = Start(cast(jax.jit(net.store)(given.params)), cast(_turned(net, given.xs)), lengths)
    make = {"forward": _forward, "gradient": _gradient, "train": _train, "latency": _latency}
    program, run, results = make[case.mode](net, given, begin)
    known = results if net.same else None
    return Side(name, run, known, program.seconds, program.temporary_bytes, note)


Made = tuple[Compiled, Callable[[], object], Callable[[], Results]]


def _turned(net: Network, array: Any) -> Any:
    return array.swapaxes(0, 1) if net.batch_first else array


def _array(net: Network, array: Any) -> np.ndarray:
    """In our layout, and in a dtype that NumPy knows."""
    return np.asarray(_turned(net, array), np.float32)


def _loss(net: Network) -> Callable[..., tuple[jax.Array, jax.Array]]:
    def loss(weights: Any, xs: jax.Array, lengths: jax.Array | None) -> tuple:
        ys = net.outputs(weights, xs, lengths)
        return jnp.sum(jnp.square(ys.astype(jnp.float32))), ys

    return loss


def _forward(net: Network, given: Problem, begin: Start) -> Made:
    program = compiled(net.outputs, *begin)

    def run() -> object:
        return jax.block_until_ready(program.call(*begin))

    return program, run, lambda: Results(_array(net, program.call(*begin)), {})


def _gradient(net: Network, given: Problem, begin: Start) -> Made:
    program = compiled(jax.grad(_loss(net), (0, 1), has_aux=True), *begin)

    def run() -> object:
        return jax.block_until_ready(program.call(*begin))

    def results() -> Results:
        (weights, xs), ys = program.call(*begin)
        params = transposed(net.store, given.params, weights)
        return Results(_array(net, ys), {"params": params, "xs": _array(net, xs)})

    return program, run, results


def _train(net: Network, given: Problem, begin: Start) -> Made:
    def update(weights: Any, rate: jax.Array, xs: jax.Array, lengths: Any) -> tuple[Any, jax.Array]:
        (loss, _), gradients = jax.value_and_grad(_loss(net), has_aux=True)(weights, xs, lengths)
        chain = optax.sgd(rate)
        updates, _ = chain.update(gradients, chain.init(weights), weights)
        return optax.apply_updates(weights, updates), loss

    # At the rate 0 the weights stay through any number of runs, and the work is the same; at the
    # rate 1 the update is the gradient.
    still, whole = jnp.float32(0), jnp.float32(1)
    program = compiled(update, begin.weights, still, *begin[1:], donate=(0,))
    weights = jax.tree.map(jnp.array, begin.weights)

    def run() -> object:
        nonlocal weights
        weights, loss = jax.block_until_ready(program.call(weights, still, *begin[1:]))
        return loss

    def results() -> Results:
        before = jax.tree.map(lambda a: np.asarray(a, np.float32), begin.weights)
        after = program.call(jax.tree.map(jnp.array, begin.weights), whole, *begin[1:])[0]
        gradients = jax.tree.map(lambda a, b: a - np.asarray(b, np.float32), before, after)
        return Results(NONE, {"params": transposed(net.store, given.params, gradients)})

    return program, run, results


def _latency(net: Network, given: Problem, begin: Start) -> Made:
    assert net.step is not None
    first = jax.jit(net.start, static_argnums=1)(begin.weights, given.xs.shape[1])
    tokens = list(_turned(net, begin.xs))
    program = compiled(net.step, begin.weights, first, tokens[0])
    # As a stream does; a function that was compiled ahead takes microseconds longer to call.
    call, state = jax.jit(net.step), first

    def run() -> object:
        nonlocal state
        state, y = call(begin.weights, state, tokens[0])
        return y.block_until_ready()

    def results() -> Results:
        now, ys = first, []
        for token in tokens:
            now, y = call(begin.weights, now, token)
            ys.append(np.asarray(y, np.float32))
        return Results(np.stack(ys), {})

    return program, run, results

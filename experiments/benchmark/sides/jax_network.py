"""A network of any JAX library as a side: compiled for the mode, measured and asked for results."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from experiments.benchmark.cases import Case
from experiments.benchmark.compilation import Compiled, compiled
from experiments.benchmark.network import Network, gradients_of_params
from experiments.benchmark.problem import Problem, Results, Side

NO_OUTPUTS = np.zeros(0)


class Inputs(NamedTuple):
    """The problem in the library's layout and the case's dtype."""

    weights: Any
    xs: jax.Array
    lengths: jax.Array | None


class Program(NamedTuple):
    """A mode, compiled."""

    compiled: Compiled
    run: Callable[[], object]
    results: Callable[[], Results]


def network_side(name: str, case: Case, problem: Problem, network: Network, note: str = "") -> Side:
    """The side that computes ``case`` with ``network``, compiled."""

    def cast(tree: Any) -> Any:
        return jax.tree.map(lambda a: jnp.array(a, case.dtype), tree)

    lengths = None if problem.lengths is None else jnp.asarray(problem.lengths)
    weights = cast(jax.jit(network.store)(problem.params))
    inputs = Inputs(weights, cast(_swapped(network, problem.xs)), lengths)
    modes = {"forward": _forward, "gradient": _gradient, "train": _train, "latency": _latency}
    program = modes[case.mode](network, problem, inputs)
    results = program.results if network.same_function else None
    seconds, temporary_bytes = program.compiled[1:]
    return Side(name, program.run, results, seconds, temporary_bytes, note)


def _swapped(network: Network, array: Any) -> Any:
    """[T, B, ...] in the library's layout, or back."""
    return array.swapaxes(0, 1) if network.batch_first else array


def _to_numpy(network: Network, array: Any) -> np.ndarray:
    """In our layout, and in a dtype that NumPy knows."""
    return np.asarray(_swapped(network, array), np.float32)


def _loss(network: Network) -> Callable[..., tuple[jax.Array, jax.Array]]:
    def loss(weights: Any, xs: jax.Array, lengths: jax.Array | None) -> tuple:
        ys = network.outputs(weights, xs, lengths)
        return jnp.sum(jnp.square(ys.astype(jnp.float32))), ys

    return loss


def _forward(network: Network, problem: Problem, inputs: Inputs) -> Program:
    program = compiled(network.outputs, *inputs)

    def run() -> object:
        return jax.block_until_ready(program.call(*inputs))

    def results() -> Results:
        return Results(_to_numpy(network, program.call(*inputs)), {})

    return Program(program, run, results)


def _gradient(network: Network, problem: Problem, inputs: Inputs) -> Program:
    program = compiled(jax.grad(_loss(network), (0, 1), has_aux=True), *inputs)

    def run() -> object:
        return jax.block_until_ready(program.call(*inputs))

    def results() -> Results:
        (weights, xs), ys = program.call(*inputs)
        params = gradients_of_params(network.store, problem.params, weights)
        gradients = {"params": params, "xs": _to_numpy(network, xs)}
        return Results(_to_numpy(network, ys), gradients)

    return Program(program, run, results)


def _train(network: Network, problem: Problem, inputs: Inputs) -> Program:
    def update(weights: Any, rate: jax.Array, xs: jax.Array, lengths: Any) -> tuple[Any, jax.Array]:
        gradient = jax.value_and_grad(_loss(network), has_aux=True)
        (loss, _), gradients = gradient(weights, xs, lengths)
        chain = optax.sgd(rate)
        updates, _ = chain.update(gradients, chain.init(weights), weights)
        return optax.apply_updates(weights, updates), loss

    # At the rate 0 the weights stay through any number of runs, and the work is the same; at the
    # rate 1 the update is the gradient.
    zero, one = jnp.float32(0), jnp.float32(1)
    program = compiled(update, inputs.weights, zero, *inputs[1:], donate=(0,))
    weights = jax.tree.map(jnp.array, inputs.weights)

    def run() -> object:
        nonlocal weights
        weights, loss = jax.block_until_ready(program.call(weights, zero, *inputs[1:]))
        return loss

    def results() -> Results:
        before = jax.tree.map(lambda a: np.asarray(a, np.float32), inputs.weights)
        after = program.call(jax.tree.map(jnp.array, inputs.weights), one, *inputs[1:])[0]
        updates = jax.tree.map(lambda a, b: a - np.asarray(b, np.float32), before, after)
        params = gradients_of_params(network.store, problem.params, updates)
        return Results(NO_OUTPUTS, {"params": params})

    return Program(program, run, results)


def _latency(network: Network, problem: Problem, inputs: Inputs) -> Program:
    assert network.step is not None
    start = jax.jit(network.start, static_argnums=1)(inputs.weights, problem.xs.shape[1])
    tokens = list(_swapped(network, inputs.xs))
    program = compiled(network.step, inputs.weights, start, tokens[0])
    # As a stream does; a function that was compiled ahead takes microseconds longer to call.
    step, state = jax.jit(network.step), start

    def run() -> object:
        nonlocal state
        state, y = step(inputs.weights, state, tokens[0])
        return y.block_until_ready()

    def results() -> Results:
        carry, ys = start, []
        for token in tokens:
            carry, y = step(inputs.weights, carry, token)
            ys.append(np.asarray(y, np.float32))
        return Results(np.stack(ys), {})

    return Program(program, run, results)

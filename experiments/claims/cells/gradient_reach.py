"""How far gradients reach in networks as they begin: by cell, spectral radius, slope and gate."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from seqjax.basics.cell import Cell, advance
from seqjax.basics.flat_state import flat_state
from seqjax.basics.types import Array, Params
from seqjax.cells import gru, lstm, rnn
from seqjax.diagnostics.gates import gate_values
from seqjax.diagnostics.gradient_flow import last_output, loss_gradients
from seqjax.diagnostics.lyapunov import lyapunov
from seqjax.diagnostics.step_jacobian import product_singular_values, step_jacobians
from seqjax.diagnostics.trajectory import Trajectory, trajectory

CELLS: dict[str, Callable[..., Cell]] = {"rnn": rnn, "gru": gru, "lstm": lstm}
RADII = (0.5, 0.9, 1.0, 1.2, 2.0)
SIZES = (0.1, 1.0, 3.0)
"""Of inputs, the standard deviation."""
BIASES = (0.0, 1.0, 3.0, 5.0)
"""Where the forget gate begins."""
LOUD = 1.0
"""Size of inputs at which the forget gate is looked at a second time."""
DISTANCES = (0, 1, 2, 5, 10, 20, 30, 50, 70, 100)
FAR = 50
"""The distance that the rule of the claim looks at."""
PRODUCTS = (1, 10, 50)
"""Steps of products of Jacobians."""
QUIET = 0.1
"""Size of inputs where it is not varied: small, so that radius and gates are what is seen."""
HIDDEN, INPUTS, ROWS, WARMUP, STEPS = 32, 8, 8, 50, 150
FLOOR = 1e-37
"""A smaller norm counts as this: its float would soon be 0."""

Settings = Sequence[tuple[float, float]]


def measure(seeds: Sequence[int], say: Callable[[str], None]) -> dict[str, Any]:
    """Lists [settings][seeds] ..., natural logarithms; means over rows."""
    settings = [(radius, QUIET) for radius in RADII] + [(1.0, size) for size in SIZES]
    by_radius, by_size = {}, {}
    for name, factory in CELLS.items():
        say(f"gradients of {name} at {len(RADII)} spectral radii")
        cell = factory(HIDDEN)
        found = over(settings, seeds, functools.partial(reach, cell))
        by_radius[name] = {what: values[: len(RADII)] for what, values in found.items()}
        by_size[name] = {what: values[len(RADII) :] for what, values in found.items()}
    say("forget gates of an LSTM, singular values of an RNN")
    gates = over([(bias, size) for size in (QUIET, LOUD) for bias in BIASES], seeds, forget)
    return {
        "radius": by_radius,
        "size": by_size["rnn"],
        "forget": {what: values[: len(BIASES)] for what, values in gates.items()},
        "loud_forget": {what: values[len(BIASES) :] for what, values in gates.items()},
        "singular": over([(radius, QUIET) for radius in RADII], seeds, singular),
    }


def over(
    settings: Settings,
    seeds: Sequence[int],
    function: Callable[[Array, Array], dict[str, Array]],
) -> dict[str, Any]:
    """{name: [settings][seeds] ...} of a function (setting, key), by one program."""
    keys = jax.vmap(jax.random.key)(jnp.asarray(seeds))
    by_seed = jax.vmap(function, in_axes=(None, 0))
    found = jax.jit(jax.vmap(by_seed, in_axes=(0, None)))(jnp.asarray(settings), keys)
    return {name: np.asarray(leaf, np.float64).tolist() for name, leaf in found.items()}


def scaled(cell: Cell, radius: Array | float, key: Array) -> Params:
    """Parameters whose recurrent blocks are orthogonal matrices times ``radius``."""
    params = cell.init(key, INPUTS)
    return {**params, "w_h": radius * params["w_h"]}


def reach(cell: Cell, setting: Array, key: Array) -> dict[str, Array]:
    """Of one network: gradients by distance, the largest exponent, the mean of ln slope.

    L is v · h_T, with a random v of length 1 for each row.

    Args:
      setting: (spectral radius, size of inputs).
    """
    keys = jax.random.split(key, 4)
    params = scaled(cell, setting[0], keys[0])
    xs = setting[1] * jax.random.normal(keys[1], (STEPS, ROWS, INPUTS))
    vs = jax.random.normal(keys[2], (ROWS, HIDDEN))
    vs = vs / jnp.linalg.norm(vs, axis=1, keepdims=True)
    gradients = loss_gradients(cell, params, xs, last_output(lambda h: jnp.sum(vs * h)))
    walk = trajectory(cell, params, xs)
    found = lyapunov(cell, params, xs, k=1, warmup=WARMUP, key=keys[3])
    return {
        "gradient": by_distance(gradients),
        "weight_gradient": weight_norms(cell, params, walk, gradients)[FAR - 1],
        "exponent": found.exponents.mean(),
        # Of a plain RNN; outputs of other cells are not those of one tanh.
        "slope": jnp.log(jnp.maximum(1 - walk.hs[WARMUP:] ** 2, 1e-7)).mean(),
    }


def by_distance(gradients: Array) -> Array:
    """ln |dL/ds_{T-k}| at DISTANCES k, the mean over rows, for gradients [T, B, N]."""
    # Apart, since squares of small numbers are 0 long before those are.
    largest = jnp.maximum(jnp.abs(gradients).max(-1, keepdims=True), FLOOR)
    norms = jnp.linalg.norm(gradients / largest, axis=-1)
    logs = jnp.log(jnp.maximum(norms, FLOOR)) + jnp.log(largest[..., 0])
    return logs[::-1].mean(1)[jnp.asarray(DISTANCES)]


def weight_norms(cell: Cell, params: Params, walk: Trajectory, gradients: Array) -> Array:
    """ln |∂L/∂w_h| [T] if only the last 1, 2, ... T steps are differentiated, for L of all rows.

    Args:
      gradients: dL/ds_t [T, B, N].
    """
    flat = flat_state(cell, params)

    def back(total: Array, at: tuple[Array, Array, Array]) -> tuple[Array, Array]:
        before, z, gradient = at

        def after(w_h: Array) -> Array:
            own = {**params, "w_h": w_h}
            return flat.ravel(advance(cell, own, flat.unravel(before), z))

        total = total + jax.vjp(after, params["w_h"])[1](gradient)[0]
        return total, jnp.log(jnp.maximum(jnp.linalg.norm(total), FLOOR))

    start = jnp.zeros_like(params["w_h"])
    _, norms = lax.scan(back, start, (walk.before, walk.zs, gradients), reverse=True)
    return norms[::-1]


def forget(setting: Array, key: Array) -> dict[str, Array]:
    """Of an LSTM: gradients, how far gates are open, and the slope 1 - tanh(c)² at the end.

    Args:
      setting: (bias of the forget gate, size of inputs).
    """
    cell = lstm(HIDDEN, forget_bias=0.0)
    keys = jax.random.split(key, 3)
    params = scaled(cell, 0.9, keys[0])
    params["b"] = params["b"].at[HIDDEN : 2 * HIDDEN].add(setting[0])
    xs = setting[1] * jax.random.normal(keys[1], (STEPS, ROWS, INPUTS))
    v = jax.random.normal(keys[2], (HIDDEN,))
    loss = last_output(lambda h: jnp.sum(h @ v) / jnp.linalg.norm(v))
    walk = trajectory(cell, params, xs)
    gates = gate_values(cell, params, walk)
    i, f, o = (gates[name][WARMUP:] for name in "ifo")
    return {
        "gradient": by_distance(loss_gradients(cell, params, xs, loss)),
        "log_gate": jnp.mean(jnp.log(f)),
        "open": jnp.mean(f > 0.9),
        "input_saturated": jnp.mean((i < 0.1) | (i > 0.9)),
        "output_saturated": jnp.mean((o < 0.1) | (o > 0.9)),
        "memory_slope": jnp.mean(1 - jnp.tanh(walk.after[-1, :, HIDDEN:]) ** 2),
    }


def singular(setting: Array, key: Array) -> dict[str, Array]:
    """ln of the largest, middle and smallest singular value [PRODUCTS, 3] of an RNN's products."""
    keys = jax.random.split(key, 2)
    params = scaled(rnn(HIDDEN), setting[0], keys[0])
    xs = setting[1] * jax.random.normal(keys[1], (WARMUP + max(PRODUCTS), 1, INPUTS))
    jacobians = step_jacobians(rnn(HIDDEN), params, xs)
    values = product_singular_values(jacobians, distances=PRODUCTS)[:, 0]
    return {"log_values": values[:, jnp.array([0, HIDDEN // 2, -1])]}

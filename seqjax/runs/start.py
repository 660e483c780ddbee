"""What training begins with: the state and the step, on one device or over a mesh."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import numpy as np

from seqjax.basics.types import Params
from seqjax.tasks.training import Training
from seqjax.training import processes
from seqjax.training.layout import Layout
from seqjax.training.shared_step import SharedStep
from seqjax.training.step import State, Step


class Started(NamedTuple):
    """What ``fit`` is given."""

    step: Step
    state: State
    stop: Callable[[], bool]
    """of all processes, where there are several"""


def start(
    training: Training, layout: Layout | None, seed: int, stop: Callable[[], bool]
) -> Started:
    """The state before the first step, where the layout has it, and the step over its devices.

    Args:
      seed: of the initial parameters, and of the noise.
      stop: whether this process was asked to stop.
    """
    init_key, noise_key = jax.random.split(jax.random.key(seed))
    params = placed(training.init(init_key), layout)
    if layout is None:
        return Started(training.step, jax.jit(training.begin)(params, noise_key), stop)
    shardings = layout.of_state(jax.eval_shape(training.begin, params, noise_key))

    def begin(params: Params, key_data: Any) -> State:
        return training.begin(params, jax.random.wrap_key_data(key_data))

    # As an array of NumPy, which all processes have, the key belongs to no device.
    key_data = np.asarray(jax.random.key_data(noise_key))
    with layout.scope():
        state = jax.jit(begin, out_shardings=shardings)(params, key_data)
    if not processes.several():
        return Started(layout.step(training.step, shardings, training.rows.axes), state, stop)
    shared = SharedStep(layout, training.step, shardings, training.rows.axes, stop)
    return Started(shared, state, shared.stop)


def placed(params: Params, layout: Layout | None) -> Params:
    """Parameters where the layout has them."""
    if layout is None:
        return params
    on_devices: Params = layout.put(params, layout.of_params(params))
    return on_devices

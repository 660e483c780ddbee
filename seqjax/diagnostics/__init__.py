"""Instruments: what happens inside a recurrence, as numbers and as plots; nothing is changed.

Each is a function of a cell, its parameters and inputs [T, B, D], batched, that may be compiled:

    gradient_flow      loss_gradients, stack_gradients: dL/ds_t;  state_flow: |ds_T/ds_t|
    memory_length      the distance at which that has fallen to 1/e
    step_jacobian      step_jacobians, singular_values, product_singular_values
    lyapunov           Lyapunov exponents
    gate_saturation    how often gates are shut or wide open, and the slope of their activations
    fixed_points       states that a step leaves where they are, and their stability
    activations        the units of a layer at each token of a text
    tracking           which unit tracks a property of the text; text_properties has some

s is the whole state of a row as a vector, ``flat_state``; ``trajectory`` is the walk below all.
"""

from seqjax.basics.flat_state import FlatState, flat_state
from seqjax.diagnostics.activations import activations
from seqjax.diagnostics.fixed_points import FixedPoints, fixed_points
from seqjax.diagnostics.gate_saturation import Saturation, gate_saturation
from seqjax.diagnostics.gradient_flow import (
    last_output,
    loss_gradients,
    stack_gradients,
    state_flow,
)
from seqjax.diagnostics.lyapunov import Lyapunov, lyapunov
from seqjax.diagnostics.memory_length import memory_length
from seqjax.diagnostics.step_jacobian import (
    product_singular_values,
    singular_values,
    step_jacobians,
)
from seqjax.diagnostics.text_properties import text_properties
from seqjax.diagnostics.tracking import Tracked, correlations, tracking
from seqjax.diagnostics.trajectory import Trajectory, trajectory

__all__ = [
    "FixedPoints",
    "FlatState",
    "Lyapunov",
    "Saturation",
    "Tracked",
    "Trajectory",
    "activations",
    "correlations",
    "fixed_points",
    "flat_state",
    "gate_saturation",
    "last_output",
    "loss_gradients",
    "lyapunov",
    "memory_length",
    "product_singular_values",
    "singular_values",
    "stack_gradients",
    "state_flow",
    "step_jacobians",
    "text_properties",
    "tracking",
    "trajectory",
]

"""``cudnn``: the LSTM of NVIDIA's library, one call for all steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from seqjax.basics import build, masks
from seqjax.basics.types import Array, Carry, Cell, Params, Tree
from seqjax.drivers import cudnn_kernel, door
from seqjax.drivers.cudnn_check import fault


def platform() -> str:
    """Where JAX computes unless told otherwise: "cuda" for NVIDIA GPUs, "cpu", "tpu", "rocm"."""
    device = getattr(jax.config, "jax_default_device", None) or jax.devices()[0]
    if isinstance(device, str):
        device = jax.devices(device)[0]
    if device.platform != "gpu":
        return device.platform
    return "cuda" if "cuda" in device.client.platform_version else "rocm"


def serves(cell: Cell) -> Callable:
    """params -> the weights as cuDNN writes them down. Raises ValueError if it has no such cell."""
    mark = build.fused(cell)
    if mark is None or mark.weights is None:
        raise ValueError(
            f"driver: cudnn cannot serve {cell.name} as it is, only lstm without heads, projection"
            " and wrappers that change its steps; use auto"
        )
    return mark.weights


def refusal(params: Params, resets: Array | None, states: bool) -> str:
    """Why cuDNN cannot walk a cell that it serves, "" if it can."""
    if resets is not None:
        return "resets: got some, but cudnn cannot begin anew within a row"
    if states:
        return "states: got True, but cudnn gives the last carry alone"
    for name, leaf in params.items():
        if leaf.dtype != jnp.float32:
            return f"params: got {leaf.dtype} for {name}, but cudnn wants float32"
    return ""


def walk_fused(
    cell: Cell, params: Params, walk: door.Walk, reverse: bool, tf32: bool = False
) -> door.Walked:
    """The walk of a cell that is cuDNN's LSTM."""
    weights = cudnn_kernel.pack(*serves(cell)(params))
    xs, (h, c) = walk.xs.astype(weights.dtype), walk.carry
    steps, batch = xs.shape[:2]
    lengths = jnp.full(batch, steps, jnp.int32)
    if walk.real is not None:
        lengths = walk.real.sum(0, dtype=jnp.int32)
    # An empty row walks over one step of zeros; what that gives is not looked at.
    some = jnp.maximum(lengths, 1)
    if reverse:
        xs = masks.turn(xs, some)
    y, h, c = cudnn_kernel.lstm(xs.swapaxes(0, 1), h, c, weights, some, tf32)
    hs = y.swapaxes(0, 1)
    if reverse:
        hs = masks.turn(hs, some)
    return door.Walked(masks.choose(lengths > 0, (h, c), walk.carry), hs, None)


def cudnn(
    cell: Cell,
    params: Params,
    xs: Tree,
    lengths: Array | None = None,
    carry: Carry | None = None,
    *,
    resets: Array | None = None,
    reverse: bool = False,
    states: bool = False,
    tf32: bool = False,
) -> Any:
    """Walks an ``lstm`` through cuDNN on an NVIDIA GPU. Arguments and results: ``sequential``.

    Serves ``lstm`` without heads and projection, and what draws noise around it before the walk.
    Parameters are float32; inputs are cast to that, as ``sequential`` casts them. Reverse mode, to
    first order. The first walk of each width and input width is preceded by a small one that is
    held against ``sequential``, values and gradients.

    Args:
      resets: none.
      states: False.
      tf32: multiply in TensorFloat-32, which keeps 10 bits of each factor. By default products
        are full float32, whatever ``jax_default_matmul_precision`` says.

    Raises:
      ValueError: without an NVIDIA GPU, and for what cuDNN cannot walk.
      RuntimeError: where cuDNN and ``sequential`` disagree.
    """
    walk = door.enter(cell, params, xs, lengths, carry, resets, reverse)
    if platform() != "cuda":
        raise ValueError(f"driver: cudnn wants an NVIDIA GPU, got {platform()}; use auto")
    serves(cell)
    if reason := refusal(params, resets, states):
        raise ValueError(f"{reason}; use hoisted")
    wrong = fault(walk_fused, cell, params["w_x"].shape[0], tf32)
    if wrong:
        raise RuntimeError(f"driver: {wrong}; use hoisted")
    return door.leave(walk, walk_fused(cell, params, walk, reverse, tf32), states)

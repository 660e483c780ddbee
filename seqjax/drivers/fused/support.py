"""What ``fused`` can walk: the reason why not, "" where it can."""

from __future__ import annotations

import functools
from typing import Any

import jax
import jax.numpy as jnp

from seqjax.basics import cell_parameters
from seqjax.basics.cell import Cell, Gated
from seqjax.basics.types import Params
from seqjax.drivers.fused import self_check
from seqjax.drivers.fused.columns import Unsupported
from seqjax.drivers.fused.layout import Layout
from seqjax.drivers.fused.options import Options
from seqjax.drivers.fused.products import Products
from seqjax.drivers.fused.tpu_layout import TpuLayout
from seqjax.drivers.hoisted.recurrence import prepare as prepare_loop
from seqjax.drivers.inputs import ScanInputs
from seqjax.drivers.platform import cuda_capability

WIDEST = 128
"""Units of a head."""

WEIGHTS = 1 << 17
"""Bytes of w_h of a head, which lies in the registers of one multiprocessor: 256 KiB in all."""

TPU_WEIGHTS = 1 << 22
"""Bytes of w_h that is to lie in the fast memory of a TPU twice, beside the arrays of a step."""


def unsupported(options: Options, cell: Cell, inputs: ScanInputs | None) -> str:
    """Which cells and inputs a kernel cannot walk; without inputs, which cells."""
    if not isinstance(cell.recurrence, Gated):
        return (
            f"driver: fused cannot serve {cell.name}, whose recurrence is not gate(z, h . w_h,"
            " carry); use sequential, chunked or auto"
        )
    example = _example(cell) if inputs is None else None
    if is_dense(options, example[0] if example else inputs.params if inputs else {}):
        return _of_dense(options, cell, inputs, example)
    if inputs is None:
        reason = _of_shapes(options, cell, example) if example else ""
    else:
        arrays = jax.tree.map(lambda a: jax.ShapeDtypeStruct(a.shape, a.dtype), inputs[:6])
        reason = _of_shapes(options, cell, arrays)
    if reason:
        return f"driver: fused cannot serve {cell.name}: {reason}; use hoisted or auto"
    if inputs is None or options.interpret:
        return ""
    if not on_device(options):
        return (
            "driver: fused wants an NVIDIA GPU of compute capability 8 or higher, or a TPU, got"
            f" {jax.devices()[0].device_kind}; use hoisted or auto"
        )
    return self_check.disagreement(options, cell, inputs)


def is_dense(options: Options, params: Params) -> bool:
    """Whether a walk is one of all multiprocessors together, as w_h is too wide for one of them."""
    shape: tuple[int, ...] = getattr(params.get("w_h"), "shape", ())
    return not options.interpret and not options.on_tpu and len(shape) == 2 and shape[0] > WIDEST


def _of_dense(
    options: Options, cell: Cell, inputs: ScanInputs | None, example: tuple[Any, ...] | None
) -> str:
    """The reason for a walk by the dense kernels; of the cell alone where there is an example."""
    from seqjax.drivers.fused.dense import loaded
    from seqjax.drivers.fused.dense.plan import functor_of, shapes_of_step

    try:
        if example:
            params, xs, carry, *_ = example
            functor_of(cell, shapes_of_step(cell, params, xs, carry))
        if inputs is None:
            return ""
        found = loaded(options, cell, inputs)
    except Unsupported as error:
        return f"driver: fused cannot serve {cell.name}: {error}; use hoisted or auto"
    except ValueError as error:  # of a compiler or of CUDA
        return str(error)
    return self_check.disagreement(options, cell, inputs, found)


def on_device(options: Options) -> bool:
    """Whether JAX computes where the kernel can run."""
    platform: str = jax.devices()[0].platform
    return platform == "tpu" if options.on_tpu else cuda_capability() >= 8


def _example(cell: Cell) -> tuple[Any, ...] | None:
    """Shapes of a walk over one step of one row; None where the cell cannot say them."""
    want = cell_parameters.expected(cell, None, cell.width)
    if want is None:
        return None
    xs = jax.ShapeDtypeStruct((1, 1, cell.width), jnp.float32)
    return want.params, xs, want.start, want.start, None, None


def _of_shapes(options: Options, cell: Cell, arrays: tuple[Any, ...]) -> str:
    """The reason for a walk over arrays of these shapes."""
    leaves, structure = jax.tree.flatten(arrays)
    try:
        return _traced(options, cell, structure, tuple(leaves))
    except TypeError:  # of parts that have no hash
        return _traced.__wrapped__(options, cell, structure, tuple(leaves))


@functools.lru_cache(1024)
def _traced(options: Options, cell: Cell, structure: Any, leaves: tuple[Any, ...]) -> str:
    from seqjax.drivers.fused.walk import prepare  # Pallas, not loaded before it is used

    def attempt(arrays: tuple[Any, ...]) -> None:
        params, xs, carry, start, real, restarts = arrays
        inputs = ScanInputs(params, xs, carry, start, real, restarts, False, False)
        loop, args, fixed = prepare_loop(cell, inputs)
        _check_sizes(options, args, inputs)
        prepare(options, loop, args, fixed).stages.check()

    try:
        jax.eval_shape(attempt, structure.unflatten(leaves))
    except Unsupported as error:
        return str(error)
    return ""


def _check_sizes(options: Options, args: Any, inputs: ScanInputs) -> None:
    """Raises ``Unsupported`` for what registers, products or derivatives do not allow."""
    for leaf in jax.tree.leaves(inputs.carry):
        if not jnp.issubdtype(leaf.dtype, jnp.floating):
            raise Unsupported(f"its carry has a part of {leaf.dtype}")
    weight, z = args.weight, args.z
    if weight.ndim not in (2, 3):
        raise Unsupported(f"w_h has shape {list(weight.shape)}, want [H, kH] or [N, H/N, kH/N]")
    width = weight.shape[-2]
    fed_back = width * (weight.shape[0] if weight.ndim == 3 else 1)
    if z.ndim != 3 or z.shape[-1] % fed_back or weight.shape[-1] % width:
        raise Unsupported(f"{list(z.shape[2:])} projected inputs for {fed_back} values fed back")
    if weight.dtype == jnp.float64 and not options.interpret:
        raise Unsupported("w_h is float64, want float32, bfloat16 or float16")
    heads = fed_back // width
    if options.on_tpu and heads > 1:
        raise Unsupported(f"w_h has {heads} heads, want one on a TPU")
    if not options.on_tpu and width > WIDEST:
        raise Unsupported(f"a head has {width} units, want at most {WIDEST}")
    layout = TpuLayout(0, width) if options.on_tpu else Layout(0, heads, width)
    dtype = Products(layout, options.precision).factor(weight).dtype
    size = weight.shape[-1] // width * layout.columns**2 * jnp.dtype(dtype).itemsize
    most = TPU_WEIGHTS if options.on_tpu else WEIGHTS
    if size > most and not options.interpret:
        raise Unsupported(
            f"w_h of a head takes {size >> 10} KiB in {dtype}, want at most {most >> 10} (with"
            ' precision="bfloat16" it takes less)'
        )

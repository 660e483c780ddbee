"""``fused``: on a GPU or TPU, all steps of a walk in one kernel made from the cell itself.

A step of a loop that XLA compiles is three or four kernels, and between them memory is all that
they share. Here a program of a Pallas kernel walks all steps of one head and 16 rows: w_h of the
head is loaded once, before the loop, and the carry never leaves the registers. What the cell does
is taken from its own ``combine``, traced, and from its vjp (see ``pointwise``), so that no cell is
known by name. Per step t, with the parts of ``hoisted``:

    forward    u = h_{t-1} . w_h,  carry_t = gate(z_t, u, carry_{t-1}),  which keeps activations
    reverse    (dz_t, du_t, dcarry) = vjp of the gate,  dh_{t-1} = du_t . w_h^T
    after      dw_h = sum_t h_{t-1}^T du_t as one product, by ``hoisted``

A dense w_h of more than 128 units is too much for one program. On a GPU of compute capability 9 all
multiprocessors then walk together, each with some units, in CUDA that is written from the cell by
``kernel_source`` and compiled at first use: see ``dense``.

That the loop stays in one kernel and w_h in registers: Diamos et al. 2016 (persistent RNNs); heads
in one program each: Pöppel et al. 2024 (FlashRNN).
"""

from __future__ import annotations

from seqjax.basics import checks
from seqjax.basics.cell import Cell
from seqjax.basics.precision import check as check_precision
from seqjax.drivers.driver import Driver
from seqjax.drivers.fused import support
from seqjax.drivers.fused.options import DEVICES, Options
from seqjax.drivers.inputs import ScanInputs, ScanOutputs

__all__ = ["fused", "fused_with"]


def fused_with(
    *, precision: str | None = None, interpret: bool = False, device: str | None = None
) -> Driver:
    """The driver ``fused`` with other settings.

    Args:
      precision: of the recurrent products: "float32", unless w_h is dense with more than 128 units;
        "tf32", whose factors have 11 bits on a GPU (all of them elsewhere); "bfloat16" or
        "float16". Sums, carries and all that is kept stay float32. None: that which was chosen for
        all products, else that of w_h.
      interpret: let XLA walk through the kernel, operation by operation: on every device, slow, to
        see that a cell can be walked. Then float64 and widths that a GPU has no registers for are
        served, too.
      device: "gpu" or "tpu", whose kernel is taken; None: that of the device, else that of a GPU.

    Raises:
      ValueError: for an unknown precision or device.

    >>> import jax, jax.numpy as jnp
    >>> from seqjax import cells
    >>> cell, drive = cells.gru(8, heads=2), fused_with(interpret=True)
    >>> params, xs = cell.init(jax.random.key(0), 3), jnp.ones((5, 2, 3))
    >>> result = jax.jit(drive, static_argnums=0)(cell, params, xs)
    >>> result.hs.shape
    (5, 2, 8)
    """
    if precision is not None:
        check_precision(precision)
    if device is not None:
        checks.lookup("device", dict.fromkeys(DEVICES), device)
    options = Options(precision, checks.flag("interpret", interpret), device)

    def run(cell: Cell, inputs: ScanInputs) -> ScanOutputs:
        from seqjax.drivers.fused.run import run as walk  # Pallas, not loaded before it is used

        return walk(options.in_force(inputs), cell, inputs)

    def unsupported(cell: Cell, inputs: ScanInputs | None) -> str:
        return support.unsupported(options.in_force(inputs), cell, inputs)

    return Driver("fused", unsupported, run)


fused = fused_with()
"""Walks a cell in one kernel, on an NVIDIA GPU of compute capability 8 or higher, or on a TPU.

Serves cells whose recurrence is ``Gated`` and whose ``combine`` is pointwise: a reduction over H,
as in layer_norm, or a product, as in an output projection, is refused by the primitive's name.
On a GPU heads have at most 128 units, and w_h takes at most 128 KiB a head: in float32 that is 64
units for four gates, in bfloat16 128. Without heads H may be larger on a GPU of compute capability
9 or higher, with products of bfloat16, float16 or tf32, as far as the registers of all
multiprocessors hold w_h: with the 132 of an H100 or H200 some 1,500 units for four gates and 64
rows, 1,200 and 128 rows, and with tf32 1,000. That takes a C++ compiler, and NVIDIA's, which comes
with jax's CUDA extra. On a TPU there are no heads, and w_h takes at most 4 MiB: 512 units for four
gates in float32. Reverse mode to any order; for forward mode use ``sequential``. Other precisions:
``fused_with``.

The first walk of a cell, and of each layout of the dense kernels, is compared with ``sequential``
on the device, values and gradients, and repeated; where they disagree the driver refuses the cell.
With factors of 16 bits tanh and sigmoid are those of the GPU, right to 2^-11. In the dense kernels
blocks wait for each other, with a limit: where one is reached, results are NaN and the next call
raises an error. From version 0.12 on JAX says that the Triton side of Pallas, which makes the other
kernels of GPUs, is to go. Not measured in this project, neither on a GPU nor on a TPU: only studies
of the loops were, once, on an H200 with bfloat16 factors; the dense kernels have not been run on a
GPU.
"""

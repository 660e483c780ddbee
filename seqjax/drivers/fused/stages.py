"""The parts of a step of a cell, each a function of the columns of one head."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from seqjax.basics import gate_passes
from seqjax.basics.types import Carry, Params, Tree
from seqjax.drivers.fused.columns import Unsupported
from seqjax.drivers.fused.pointwise import Pointwise, Substitutes
from seqjax.drivers.hoisted.recurrence import Args, Fixed, Loop, all_params, all_side
from seqjax.drivers.hoisted.transposes import transpose_by_carry


class Shapes(NamedTuple):
    """Of one step, [B, mH] each."""

    params: Params
    z: Any
    side: Tree
    carry: Carry
    kept: Any
    aux: Any
    h: Any
    """what is fed back"""
    y: Any
    """what is read"""


PARTS = {
    "hidden": "hidden",
    "gate": "combine",
    "read": "read",
    "read_back": "the transpose of read",
    "hidden_back": "the transpose of hidden",
    "gate_back": "the derivative of combine",
}


class Stages(NamedTuple):
    """What ``hoisted`` does at a step, but for products and masks."""

    shapes: Shapes
    hidden: Pointwise
    """(params, carry) -> h"""
    gate: Pointwise
    """(params, z, u, carry, side) -> (carry, kept, aux), as ``gate_passes.forward``"""
    read: Pointwise
    """carry -> y"""
    read_back: Pointwise
    """dy -> dcarry"""
    hidden_back: Pointwise
    """(params, dh) -> dcarry"""
    gate_back: Pointwise
    """(params, kept, aux, carry, side, dcarry) -> (dz, du, dcarry, dside), du None where dz"""

    def check(self) -> None:
        """Raises ``Unsupported``, naming the part and what it has that is not pointwise."""
        for name, stage in self._asdict().items():
            if isinstance(stage, Pointwise):
                try:
                    stage.check()
                except Unsupported as error:
                    raise Unsupported(f"{PARTS[name]} has {error}") from None


def stages(loop: Loop, args: Args, fixed: Fixed, substitutes: Substitutes) -> Stages:
    """Traces the cell. Arguments may be shapes alone."""
    hidden, gate = loop.gated
    width = args.weight.shape[-2] * (args.weight.shape[0] if args.weight.ndim == 3 else 1)

    def shapes_of(args: Args, fixed: Fixed) -> Shapes:
        params = all_params(args, fixed)
        z, side = jax.tree.map(lambda a: a[0], (args.z, all_side(args, fixed)))
        h = hidden(params, args.carry)
        _, kept, aux = gate_passes.forward(gate, params, z, jnp.zeros_like(z), args.carry, side)
        return Shapes(params, z, side, args.carry, kept, aux, h, loop.cell.read(args.carry))

    shapes = jax.eval_shape(shapes_of, args, fixed)
    params, z, side, carry, kept, aux, h, y = shapes
    pointwise = partial(Pointwise, width=width, substitutes=substitutes)

    def gate_back(
        params: Params, kept: Any, aux: Any, carry: Carry, side: Tree, dcarry: Carry
    ) -> tuple[Any, Any, Carry, Tree]:
        d = gate_passes.backward(gate, params, kept, aux, carry, side, dcarry)
        return d.z, d.u, d.carry, d.side

    def hidden_back(params: Params, dh: Any) -> Carry:
        return transpose_by_carry(loop, "hidden", lambda c: hidden(params, c), carry)(dh)

    return Stages(
        shapes,
        pointwise(hidden, likes=(params, carry)),
        pointwise(partial(gate_passes.forward, gate), likes=(params, z, z, carry, side)),
        pointwise(loop.cell.read, likes=(carry,)),
        pointwise(transpose_by_carry(loop, "read", loop.cell.read, carry), likes=(y,)),
        pointwise(hidden_back, likes=(params, h)),
        pointwise(gate_back, likes=(params, kept, aux, carry, side, carry)),
    )

"""The reverse loop of ``hoisted``, for any gate."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from seqjax.basics import gate_passes, gates, masks, products
from seqjax.basics.rounded_products import rounded
from seqjax.basics.trees import add, merge
from seqjax.basics.types import Array, Carry, Tree
from seqjax.drivers.hoisted.forward import Residuals, direction
from seqjax.drivers.hoisted.recurrence import Args, Fixed, Loop, all_params
from seqjax.drivers.hoisted.slots import empty, get, put
from seqjax.drivers.hoisted.transposes import transpose_by_carry
from seqjax.drivers.hoisted.weight_gradients import weight_gradients
from seqjax.drivers.inputs import ScanOutputs


def backward(
    loop: Loop, args: Args, fixed: Fixed, residuals: Residuals, cotangents: ScanOutputs
) -> Args:
    """The cotangents of args."""
    dcarry, dstart, dzs, dus, dside, dnews = _reverse_loop(loop, args, fixed, residuals, cotangents)
    dparams, dweight = weight_gradients(loop, args, fixed, residuals, dus, dnews)
    return Args(dparams, dweight, dzs, dside, dcarry, dstart)


def _reverse_loop(
    loop: Loop, args: Args, fixed: Fixed, residuals: Residuals, cotangents: ScanOutputs
) -> tuple[Carry, Carry, Array, Array, Tree, Carry | None]:
    """Cotangents of (carry, start, z, u, side, the carry that the gate gives), over all steps.

    Those of z and side take the place of what was kept; the last is None where no parameter inside
    the gate needs it.
    """
    hidden, gate = loop.gated
    params, steps, additive = all_params(args, fixed), len(args.z), gates.is_additive(gate)
    first, stride = direction(loop, steps)
    last, stride = first + stride * (steps - 1), -stride
    weight = products.transposed(rounded(args.weight))
    read_back = transpose_by_carry(loop, "read", loop.cell.read, args.carry)
    hidden_back = transpose_by_carry(loop, "hidden", lambda c: hidden(params, c), args.carry)
    width = jax.eval_shape(hidden, params, args.carry).shape[-1]

    def step(dafter: Carry, dstart: Carry, kept: Array, side: Tree, t: Array | int) -> Any:
        """(dcarry before, dstart, (dz, dside), (du, dnew)) of step t."""
        real = get(fixed.real, t)
        dnew = masks.zero(real, dafter)
        before, aux = get(residuals.carries, t), get(residuals.aux, t)
        side = merge(side, get(fixed.side, t))
        d = gate_passes.backward(gate, params, kept, aux, before, side, dnew)
        du = d.z if d.u is None else d.u
        dcarry = add(d.carry, hidden_back(products.recur_back(du, weight, width)))
        if real is not None:
            dcarry = masks.choose(real, dcarry, dafter)
        if fixed.restarts is not None:
            restart = get(fixed.restarts, t)
            dstart = add(dstart, masks.zero(restart, dcarry))
            dcarry = masks.zero(~restart, dcarry)
        return dcarry, dstart, (d.z, d.side), (d.u, dnew if loop.combine_params else None)

    def body(i: Array, state: Any) -> Any:
        dcarry, dstart, buffer, (kept, side), outputs = state
        t = last + stride * i
        dafter = add(dcarry, read_back(get(cotangents.hs, t)))
        if cotangents.states is not None:
            dafter = add(dafter, get(cotangents.states, t))
        dcarry, dstart, dz_and_dside, output = step(dafter, dstart, kept, side, t)
        buffer, outputs = put(buffer, t, dz_and_dside), put(outputs, t, output)
        # The next slot is taken after the write, so that XLA need not copy the whole array. It is
        # also the faster way to the blocks: for a block of a slot of an array XLA:CPU finds no
        # vector instructions.
        next_slot = get(buffer, jnp.clip(t + stride, 0, steps - 1))
        return dcarry, dstart, buffer, next_slot, outputs

    dstart = jax.tree.map(jnp.zeros_like, args.start)
    buffer = (residuals.kept, args.side)
    slot = get(buffer, last)
    output = jax.eval_shape(
        lambda dcarry, dstart, kept, side: step(dcarry, dstart, kept, side, last)[3],
        cotangents.carry, dstart, *slot,
    )  # fmt: skip
    state = (cotangents.carry, dstart, buffer, slot, empty(output, steps))
    dcarry, dstart, (dzs, dside), _, (dus, dnews) = lax.fori_loop(0, steps, body, state)
    return dcarry, dstart, dzs, dzs if additive else dus, dside, dnews

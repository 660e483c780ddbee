"""The reverse loop of ``hoisted``, and the weight gradients after it, for any gate."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from seqjax.basics import gate_passes, gates, masks, precision, products
from seqjax.basics.rounded_products import rounded
from seqjax.basics.trees import add, merge, over_steps
from seqjax.basics.types import Array, Carry, Params, Tree
from seqjax.drivers.hoisted.forward import Residuals, direction
from seqjax.drivers.hoisted.recurrence import Args, Fixed, Loop, all_params, all_side
from seqjax.drivers.hoisted.slots import empty, get, put
from seqjax.drivers.inputs import ScanOutputs


def _transpose(
    loop: Loop, name: str, function: Callable[[Carry], Array], carry: Carry
) -> Callable[[Array], Carry]:
    """The transpose of a linear function of the carry."""
    like = jax.eval_shape(lambda a: a, carry)
    # A function around it: JAX refers to it weakly, which it cannot do to every callable.
    transpose = jax.linear_transpose(lambda carry: function(carry), like)
    try:
        with precision.using("float32"):
            jax.eval_shape(transpose, jax.eval_shape(function, like))
    except Exception as error:
        raise ValueError(
            f"{loop.cell.name}.{name}: not linear in the carry, as hoisted wants it; use"
            " sequential, or keep the value in the carry"
        ) from error
    if precision.factor_dtype(jnp.float32) != jnp.float32:
        # Products of rounded factors have a gradient, but no transpose.
        return lambda y: jax.vjp(function, jax.tree.map(jnp.zeros_like, carry))[1](y)[0]
    return lambda y: transpose(y)[0]


def backward(
    loop: Loop, args: Args, fixed: Fixed, residuals: Residuals, cotangents: ScanOutputs
) -> Args:
    """The cotangents of args."""
    dcarry, dstart, dzs, dus, dside, dnews = _reverse_loop(loop, args, fixed, residuals, cotangents)
    params = all_params(args, fixed)
    fed_back = _fed_back(loop, params, residuals.carries)
    dweight = products.recur_grad(fed_back, dus, args.weight)
    dparams = _params_gradient(loop, args, fixed, residuals, dus, dnews)
    return Args(dparams, dweight, dzs, dside, dcarry, dstart)


def _fed_back(loop: Loop, params: Params, carries: Carry) -> Array:
    """``hidden`` of the carries before all steps."""
    fed_back: Array = jax.vmap(lambda carry: loop.gated.hidden(params, carry))(carries)
    return fed_back


def _params_gradient(
    loop: Loop, args: Args, fixed: Fixed, residuals: Residuals, dus: Array, dnews: Carry | None
) -> Params:
    """The cotangents of the parameters inside the gate and ``hidden``, over all steps at once."""
    gate, params = loop.gated.gate, all_params(args, fixed)
    dparams: Params = jax.tree.map(jnp.zeros_like, args.params)
    if gate.bias:
        raw = dus[..., gates.active_columns(gate, dus.shape[-1]) :]

        def added(bias: Array) -> Array:
            return jnp.broadcast_to(bias.astype(raw.dtype), raw.shape)

        (dparams[gate.bias],) = jax.vjp(added, params[gate.bias])[1](raw)
    if loop.combine_params:
        sides = all_side(args, fixed)

        def carries_after(params: Params) -> Carry:
            return over_steps(partial(gate_passes.recombine, gate, params), *residuals, sides)

        (inside,) = jax.vjp(carries_after, params)[1](dnews)
        dparams |= {name: inside[name] for name in loop.combine_params}
    if loop.hidden_params:
        fed_back, vjp = jax.vjp(lambda p: _fed_back(loop, p, residuals.carries), params)
        dfed_back = products.recur_back(dus, products.transposed(args.weight), fed_back.shape[-1])
        (inside,) = vjp(dfed_back.astype(fed_back.dtype))
        dparams |= {name: add(dparams[name], inside[name]) for name in loop.hidden_params}
    return dparams


def _reverse_loop(
    loop: Loop, args: Args, fixed: Fixed, residuals: Residuals, cotangents: ScanOutputs
) -> tuple[Carry, Carry, Array, Array, Tree, Carry | None]:
    """Cotangents of (carry, start, z, u, side, the carry that the gate gives), over all steps.

    Those of z and side take the place of what was kept; the last is None where no parameter inside
    the gate needs it.
    """
    hidden, gate, _ = loop.gated
    params, steps, additive = all_params(args, fixed), len(args.z), gates.is_additive(gate)
    first, stride = direction(loop, steps)
    last, stride = first + stride * (steps - 1), -stride
    weight = products.transposed(rounded(args.weight))
    read_back = _transpose(loop, "read", loop.cell.read, args.carry)
    hidden_back = _transpose(loop, "hidden", lambda c: hidden(params, c), args.carry)
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

"""What ``hoisted`` does after its reverse loop: gradients of weights from all steps at once."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp

from seqjax.basics import gate_passes, gates, products
from seqjax.basics.trees import add, over_steps
from seqjax.basics.types import Array, Carry, Params
from seqjax.drivers.hoisted.forward import Residuals
from seqjax.drivers.hoisted.recurrence import Args, Fixed, Loop, all_params, all_side


def weight_gradients(
    loop: Loop, args: Args, fixed: Fixed, residuals: Residuals, dus: Array, dnews: Carry | None
) -> tuple[Params, Array]:
    """The cotangents of ``args.params`` and ``args.weight``.

    Args:
      dus: of u, [T, B, kH].
      dnews: of the carry that the gate gives, over all steps; None without parameters inside it.
    """
    fed_back = _fed_back(loop, all_params(args, fixed), residuals.carries)
    dweight = products.recur_grad(fed_back, dus, args.weight)
    return _params_gradient(loop, args, fixed, residuals, dus, dnews), dweight


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

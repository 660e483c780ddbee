"""The reverse loop of ``hoisted``, and the weight gradients after it, for any gate."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from seqjax.basics import masks, products
from seqjax.basics.build import gated
from seqjax.basics.types import Array, Carry, Cell, Params, Tree
from seqjax.drivers.door import Walked
from seqjax.drivers.hoisted_forward import Given, Saved, size
from seqjax.drivers.slots import add, empty, floats, get, merge, put


def _gate_uses(cell: Cell, given: Given) -> list[str]:
    """Names of the parameters that the gate looks at, other than the bias of u."""
    hidden, gate = gated(cell, "hoisted")

    def plain(params: Params, z: Tree, carry: Carry) -> Carry:
        u = products.recur(hidden(given.params, carry), given.params["w_h"])
        return gate.plain(params, z, u, carry)

    args = (given.params, get(given.zs, 0), given.carry)
    jaxpr = jax.make_jaxpr(plain)(*args).jaxpr
    seen = {id(v) for eqn in jaxpr.eqns for v in eqn.invars} | {id(v) for v in jaxpr.outvars}
    names = [path[0].key for path, _ in jax.tree_util.tree_leaves_with_path(given.params)]
    used = {name for name, v in zip(names, jaxpr.invars, strict=False) if id(v) in seen}
    return sorted(used - {gate.bias})


def _transpose(cell: Cell, name: str, function: Callable[[Carry], Array], carry: Carry) -> Callable:
    """The transpose of a linear function of the carry."""
    like = jax.eval_shape(lambda a: a, carry)
    back = jax.linear_transpose(function, like)
    try:
        jax.eval_shape(back, jax.eval_shape(function, like))
    except Exception as error:
        raise ValueError(
            f"{cell.name}.{name}: not linear in the carry, as hoisted wants it; use sequential, or"
            " keep the value in the carry"
        ) from error
    return lambda y: back(y)[0]


def backward(
    cell: Cell, reverse: bool, given: Given, saved: Saved, cotangents: Walked
) -> tuple[Params, Tree, Carry, Carry]:
    """Cotangents of (params, the floating part of zs, carry, start); None where there is none."""
    hidden, gate = gated(cell, "hoisted")
    params, steps = given.params, size(given.zs)
    last, way = (0, 1) if reverse else (steps - 1, -1)
    moving, still = floats(saved.kept)
    wt = products.transposed(params["w_h"])
    read_back = _transpose(cell, "read", cell.read, given.carry)
    feed_back = _transpose(cell, "hidden", lambda c: hidden(params, c), given.carry)
    width = jax.eval_shape(hidden, params, given.carry).shape[-1]
    uses = _gate_uses(cell, given)

    def picked(dz: Tree, du: Any) -> Array:
        return gate.shared(dz) if gate.shared else du

    def at(dafter: Carry, dstart: Carry, kept: Tree, t: Array) -> tuple:
        real = get(given.real, t)
        dnew = masks.zero(real, dafter)
        before, kept = get(saved.before, t), merge(kept, get(still, t))
        _, dz, du, dcarry = gate.backward(params, kept, get(saved.extra, t), before, dnew)
        dcarry = add(dcarry, feed_back(products.recur_back(picked(dz, du), wt, width)))
        if real is not None:
            dcarry = masks.choose(real, dcarry, dafter)
        if given.restarts is not None:
            restart = get(given.restarts, t)
            dstart = add(dstart, masks.zero(restart, dcarry))
            dcarry = masks.zero(~restart, dcarry)
        return dcarry, dstart, floats(dz)[0], (du, dnew if uses else None)

    def body(i: Array, loop: tuple) -> tuple:
        dcarry, dstart, place, kept, out = loop
        t = last + way * i
        dafter = add(dcarry, read_back(get(cotangents.hs, t)))
        if cotangents.states is not None:
            dafter = add(dafter, get(cotangents.states, t))
        dcarry, dstart, dz, save = at(dafter, dstart, kept, t)
        place, out = put(place, t, dz), put(out, t, save)
        # The next slot is taken after the write, so that XLA need not copy the whole array. It is
        # also the faster way to the blocks: for a block of a slot of an array XLA:CPU finds no
        # vector instructions.
        return dcarry, dstart, place, get(place, jnp.clip(t + way, 0, steps - 1)), out

    dstart = jax.tree.map(jnp.zeros_like, given.start)
    now = get(moving, last)
    slot = jax.eval_shape(lambda *a: at(*a)[3], cotangents.carry, dstart, now, jnp.int32(0))
    loop = (cotangents.carry, dstart, moving, now, empty(slot, steps))
    dcarry, dstart, dzs, _, (dus, dnews) = lax.fori_loop(0, steps, body, loop)

    dus = picked(dzs, dus)
    grads: Params = dict.fromkeys(params)
    grads["w_h"] = products.recur_grad(hidden(params, saved.before), dus, params["w_h"])
    if gate.bias:
        bias = params[gate.bias]
        grads[gate.bias] = dus[..., -bias.shape[0] :].sum((0, 1)).astype(bias.dtype)
    if uses:
        inside = gate.backward(params, saved.kept, saved.extra, saved.before, dnews)[0]
        grads |= {name: inside[name] for name in uses}
    return grads, dzs, dcarry, dstart

"""Builders of gates, the pointwise half of a cell.

A Gate holds the ordinary function beside a fast pair for drivers that write their own backward:
``forward`` says what to keep of a step, ``backward`` gets along with that and the carry.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from seqjax.basics.types import Array, Carry, Gate, Params

Combine = Callable[[Params, list[Any], Carry], Carry]


def gates(pattern: str, combine: Combine, *, bias: str | None = None) -> Gate:
    """The gate of most cells: activate all blocks at once, then combine them with the carry.

    Each letter of ``pattern`` is a block of H columns, in order:
        s   sigmoid(z + u), t   tanh(z + u), or all blocks r: relu(z + u)
        -   not activated: ``combine`` gets the pair (z, u), with params[bias] added to u; last
    ``combine(params, blocks, carry) -> carry`` is ordinary JAX, written once, for batches of any
    rank. Since sigmoid(x) = tanh(x/2)/2 + 1/2, one tanh over the contiguous columns serves both
    letters, and the halves of x/2 go into the weights (exactly: a power of two). Kept for the
    backward are the activations, in the place of z, and the carry.
    """
    active, raw = pattern.rstrip("-"), len(pattern) - len(pattern.rstrip("-"))
    if set(active) <= set("st"):
        activate, slope = jnp.tanh, lambda a: 1 - a * a
    elif set(active) == {"r"}:
        activate, slope = jax.nn.relu, lambda a: (a > 0).astype(a.dtype)
    else:
        raise ValueError(
            f"pattern: got {pattern!r}; want letters s and t, or r alone, and then - if needed"
        )
    if bias and not raw:
        raise ValueError(f"bias: got {bias!r}, but pattern {pattern!r} has no - block to add it to")
    count = len(pattern)
    halves = [0.5 if letter == "s" else 1.0 for letter in pattern]

    def scales(width: int, dtype) -> Array:
        return jnp.repeat(jnp.array(halves, dtype), width // count)

    def fold(params: Params) -> Params:
        if set(halves) == {1.0}:
            return params
        folded = dict(params)
        for name in ("w_x", "w_h", "b"):
            folded[name] = params[name] * scales(params[name].shape[-1], params[name].dtype)
        return folded

    def cut(z: Array) -> int:
        return z.shape[-1] // count * len(active)

    def split(acts: Array) -> list[Array]:
        return jnp.split(acts, len(active), axis=-1)

    def finish(params: Params, values: list, pairs: list, carry: Carry) -> Carry:
        """The carry from blocks of tanh of folded pre-activations, or relu."""
        letters = zip(active, values, strict=True)
        return combine(
            params, [0.5 * a + 0.5 if s == "s" else a for s, a in letters] + pairs, carry
        )

    def pairs(params: Params, z: Array, u: Array) -> list:
        """(z, u) of each block that is not activated; z and u hold these blocks alone."""
        if bias:
            u = u + params[bias].astype(u.dtype)
        return list(zip(jnp.split(z, raw, axis=-1), jnp.split(u, raw, axis=-1), strict=True))

    def plain(params: Params, z: Array, u: Array, carry: Carry) -> Carry:
        m = cut(z)
        pre, rest = z[..., :m] + u[..., :m], []
        if raw:
            rest = pairs(params, z[..., m:], u[..., m:])
        if set(halves) != {1.0}:
            pre = pre * scales(z.shape[-1], z.dtype)[:m]
        return finish(params, split(activate(pre)), rest, carry)

    def forward(params: Params, z: Array, u: Array, carry: Carry) -> tuple:
        if not raw:
            acts = activate(z + u)
            return finish(params, split(acts), [], carry), acts, None
        m = cut(z)
        acts = activate(z[..., :m] + u[..., :m])
        new = finish(params, split(acts), pairs(params, z[..., m:], u[..., m:]), carry)
        return new, jnp.concatenate([acts, z[..., m:]], -1), u[..., m:]

    def backward(params: Params, kept: Array, extra: Any, carry: Carry, dcarry: Carry) -> tuple:
        m = cut(kept)
        values, z = split(kept[..., :m]), kept[..., m:]

        def again(params: Params, values: list, z: Array, u: Any, carry: Carry) -> Carry:
            return finish(params, values, pairs(params, z, u) if raw else [], carry)

        _, vjp = jax.vjp(again, params, values, z, extra, carry)
        dparams, dvalues, dz, du, dcarry = vjp(dcarry)
        # The barrier keeps the concatenation apart from the maths: fused with it, it would lose
        # its vector instructions on XLA:CPU.
        pieces = [d * slope(a) for d, a in zip(dvalues, values, strict=True)]
        dpre = jnp.concatenate(jax.lax.optimization_barrier(pieces), -1)
        if not raw:
            return dparams, dpre, None, dcarry
        return dparams, jnp.concatenate([dpre, dz], -1), jnp.concatenate([dpre, du], -1), dcarry

    return Gate(plain, fold, forward, backward, None if raw else lambda dz: dz, not raw, bias)


def pointwise(function: Callable[..., Carry], *, additive: bool = True) -> Gate:
    """A gate from any function of (params, pre, carry), with nothing assumed.

    ``pre`` is z + u, or the pair (z, u) with ``additive=False``. The backward runs the function
    again, so it costs its activations twice; ``gates`` does not.
    """

    def call(params: Params, z: Array, u: Array, carry: Carry) -> Carry:
        return function(params, z + u if additive else (z, u), carry)

    def forward(params: Params, z: Array, u: Array, carry: Carry) -> tuple:
        if additive:
            return function(params, z + u, carry), z + u, None
        return function(params, (z, u), carry), z, u

    def backward(params: Params, kept: Array, extra: Any, carry: Carry, dcarry: Carry) -> tuple:
        if additive:
            _, vjp = jax.vjp(function, params, kept, carry)
            dparams, dpre, dcarry = vjp(dcarry)
            return dparams, dpre, None, dcarry
        _, vjp = jax.vjp(function, params, (kept, extra), carry)
        dparams, (dz, du), dcarry = vjp(dcarry)
        return dparams, dz, du, dcarry

    return Gate(call, lambda p: p, forward, backward, (lambda dz: dz) if additive else None)

"""Functions with a backward pass written by hand, and derivatives of any order above it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from seqjax.basics.precision import kept
from seqjax.basics.types import Tree


def custom_backward(
    name: str,
    *,
    value: Callable[[Tree, Tree], Tree],
    forward: Callable[[Tree, Tree], tuple[Tree, Tree]],
    backward: Callable[[Tree, Tree, Tree, Tree], Tree],
    reference: Callable[[Tree, Tree], Tree],
) -> Callable[[Tree, Tree], Tree]:
    """The function ``value`` of (args, fixed), with these passes for its gradient by args.

    All run at the precision in force now, whenever JAX runs them.

    Args:
      name: of the driver, for errors.
      value: (args, fixed) -> outputs, where no derivative is asked for.
      forward: (args, fixed) -> (outputs, residuals).
      backward: (args, fixed, residuals, cotangents of the outputs) -> cotangents of args.
      reference: the same function as ``value``, which JAX can differentiate: it gives derivatives
        of the gradient, in both modes. Residuals are functions of args, so that the derivative by
        args is taken whole, and none is taken by residuals.

    Raises:
      TypeError: where the function itself is differentiated in forward mode.
    """
    value, forward, backward, reference = (
        kept(value),
        kept(forward),
        kept(backward),
        kept(reference),
    )

    def values(args: Tree, fixed: Tree) -> Tree:
        # By way of vjp, as in a gradient: what changes cotangents alone, such as clipping, then has
        # no part in the derivative of values.
        return jax.vjp(lambda args: reference(args, fixed), args)[0]

    def gradient(args: Tree, fixed: Tree, cotangents: Tree) -> Tree:
        return jax.vjp(lambda args: reference(args, fixed), args)[1](cotangents)[0]

    @jax.custom_vjp
    def function(args: Tree, fixed: Tree) -> Tree:
        return value(args, fixed)

    @jax.custom_jvp
    def with_residuals(args: Tree, fixed: Tree) -> tuple[Tree, Tree]:
        return forward(args, fixed)

    @with_residuals.defjvp
    def with_residuals_jvp(primals: Any, tangents: Any) -> tuple[Tree, Tree]:
        (args, fixed), (dargs, _) = primals, tangents
        outputs, residuals = with_residuals(args, fixed)
        _, doutputs = jax.jvp(lambda args: values(args, fixed), (args,), (dargs,))
        return (outputs, residuals), (doutputs, jax.tree.map(jnp.zeros_like, residuals))

    @jax.custom_jvp
    def pullback(args: Tree, fixed: Tree, residuals: Tree, cotangents: Tree) -> Tree:
        return backward(args, fixed, residuals, cotangents)

    @pullback.defjvp
    def pullback_jvp(primals: Any, tangents: Any) -> tuple[Tree, Tree]:
        (args, fixed, _, cotangents), (dargs, _, _, dcotangents) = primals, tangents
        _, derivative = jax.jvp(
            lambda args, cotangents: gradient(args, fixed, cotangents),
            (args, cotangents),
            (dargs, dcotangents),
        )
        return pullback(*primals), derivative

    def function_forward(args: Tree, fixed: Tree) -> tuple[Tree, Tree]:
        outputs, residuals = with_residuals(args, fixed)
        return outputs, (args, fixed, residuals)

    def function_backward(saved: Any, cotangents: Tree) -> tuple[Tree, None]:
        return pullback(*saved, cotangents), None

    function.defvjp(function_forward, function_backward)

    def call(args: Tree, fixed: Tree) -> Tree:
        try:
            return function(args, fixed)
        except TypeError as error:
            if "forward-mode" not in str(error):
                raise
            raise TypeError(
                f"driver: {name} writes its backward pass itself and has no forward-mode"
                " derivative (jvp, jacfwd, linearize); use sequential"
            ) from error

    return call

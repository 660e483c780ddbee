"""A function evaluated with all its branches at once: to see what its results may depend on.

NaN in an argument shows which results are computed from it, but for what another branch would have
computed. Here a choice gives the sum of what it chooses from, so that NaN comes out of either.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax.extend.core import Jaxpr, JaxprEqn, Literal, primitives

from seqjax.basics.evaluate_jaxpr import CALLS, bound
from seqjax.basics.types import Tree

CHOICES = (primitives.select_n_p, primitives.cond_p, primitives.while_p, primitives.sort_p)


def all_branches(function: Callable[..., Tree]) -> Callable[..., Tree]:
    """The function, in which ``where`` and ``cond`` give the sum of all their branches.

    A loop or a sort gives NaN throughout where anything that enters it is NaN, a scan if there is a
    choice in it.

    >>> choose = all_branches(lambda x: jnp.where(x[0] > 0, x[1], x[2]))
    >>> [bool(jnp.isnan(choose(jnp.ones(3).at[k].set(jnp.nan)))) for k in range(3)]
    [False, True, True]
    """

    def evaluated(*args: Tree) -> Tree:
        closed, shapes = jax.make_jaxpr(function, return_shape=True)(*args)
        results = _evaluate(closed.jaxpr, closed.consts, jax.tree.leaves(args))
        return jax.tree.unflatten(jax.tree.structure(shapes), results)

    return evaluated


def _evaluate(jaxpr: Jaxpr, consts: Sequence[Any], arguments: Sequence[Any]) -> list[Any]:
    values = dict(zip([*jaxpr.constvars, *jaxpr.invars], [*consts, *arguments], strict=True))

    def read(atom: Any) -> Any:
        return atom.val if isinstance(atom, Literal) else values[atom]

    for equation in jaxpr.eqns:
        results = _results(equation, [read(atom) for atom in equation.invars])
        values.update(zip(equation.outvars, results, strict=True))
    return [read(atom) for atom in jaxpr.outvars]


def _results(equation: JaxprEqn, operands: list[Any]) -> list[Any]:
    primitive, parameters = equation.primitive, equation.params
    if primitive in CALLS:
        inner = parameters[CALLS[primitive]]
        return _evaluate(getattr(inner, "jaxpr", inner), getattr(inner, "consts", []), operands)
    if primitive is primitives.select_n_p and _is_number(operands[1]):
        return [sum(operands[1:])]
    if primitive is primitives.cond_p:
        each = [_evaluate(b.jaxpr, b.consts, operands[1:]) for b in parameters["branches"]]
        return [
            sum(found) if _is_number(found[0]) else found[0] for found in zip(*each, strict=True)
        ]
    results = bound(equation, operands)
    if primitive in CHOICES or (primitive is primitives.scan_p and _chooses(parameters["jaxpr"])):
        unknown = jnp.any(jnp.stack([jnp.isnan(a).any() for a in operands if _is_number(a)]))
        return [jnp.where(unknown, jnp.nan, r) if _is_number(r) else r for r in results]
    return results


def _is_number(value: Any) -> bool:
    return jnp.issubdtype(jnp.result_type(value), jnp.inexact)


def _chooses(closed: Any) -> bool:
    """Whether a jaxpr, or one inside of it, has a choice among numbers."""
    jaxpr = getattr(closed, "jaxpr", closed)

    def inside(parameter: Any) -> bool:
        parts = parameter if isinstance(parameter, tuple | list) else [parameter]
        return any(_chooses(p) for p in parts if hasattr(p, "eqns") or hasattr(p, "jaxpr"))

    return any(
        equation.primitive in CHOICES or any(map(inside, equation.params.values()))
        for equation in jaxpr.eqns
    )

"""The constants in which programs differ that are otherwise the same.

A setting such as a rate becomes a number in the program that it is a setting of. Two programs whose
settings differ are compared operation by operation; if nothing but such numbers tells them apart,
one program serves both, which is given the numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.core import ClosedJaxpr, Jaxpr, Literal

from seqjax.basics.evaluate_jaxpr import INSIDE, Place

RULES = {"jvp_jaxpr_fun", "jvp_jaxpr_thunk", "fwd_jaxpr_thunk", "bwd", "out_trees"}
"""Parameters that say how to differentiate, which has been done."""


class Different(Exception):
    """Programs differ in more than constants."""


Pairs = dict[Place, tuple[np.ndarray, np.ndarray]]


def differing(program: ClosedJaxpr, other: ClosedJaxpr) -> Pairs | None:
    """The constants of both where they are not the same; None where more differs.

    >>> programs = [jax.make_jaxpr(lambda x, c=c: x * c + 1.0)(1.0) for c in (2.0, 3.0)]
    >>> {place: [float(c) for c in pair] for place, pair in differing(*programs).items()}
    {(0, ('in', 1)): [2.0, 3.0]}
    >>> differing(programs[0], jax.make_jaxpr(lambda x: x - 2.0)(1.0)) is None
    True
    """
    found: Pairs = {}
    try:
        _closed(program, other, (), found)
    except Different:
        return None
    return found


def _closed(program: ClosedJaxpr, other: ClosedJaxpr, way: Place, found: Pairs) -> None:
    _same(len(program.consts) == len(other.consts))
    for k, (const, its) in enumerate(zip(program.consts, other.consts, strict=True)):
        _compare_values(const, its, (*way, ("const", k)), found)
    _compare(program.jaxpr, other.jaxpr, way, found)


def _compare(jaxpr: Jaxpr, other: Jaxpr, way: Place, found: Pairs) -> None:
    variables: dict[Any, Any] = {}

    def bind(ours: Sequence[Any], theirs: Sequence[Any]) -> None:
        _same([v.aval for v in ours] == [v.aval for v in theirs])
        variables.update(zip(ours, theirs, strict=True))

    def read(ours: Sequence[Any], theirs: Sequence[Any], kind: str, way: Place) -> None:
        _same(len(ours) == len(theirs))
        for k, (atom, its) in enumerate(zip(ours, theirs, strict=True)):
            if isinstance(atom, Literal):
                _same(isinstance(its, Literal) and atom.aval == its.aval)
                dtype = jnp.result_type(atom.aval)
                values = [np.asarray(each.val, dtype) for each in (atom, its)]
                _compare_values(values[0], values[1], (*way, (kind, k)), found)
            else:
                _same(variables[atom] is its)

    bind([*jaxpr.constvars, *jaxpr.invars], [*other.constvars, *other.invars])
    _same(len(jaxpr.eqns) == len(other.eqns))
    for index, (equation, its) in enumerate(zip(jaxpr.eqns, other.eqns, strict=True)):
        here = (*way, index)
        _same(equation.primitive is its.primitive)
        read(equation.invars, its.invars, "in", here)
        _same(equation.params.keys() == its.params.keys())
        inside: Pairs = {}
        for name in equation.params.keys() - RULES:
            _compare_parameters(equation.params[name], its.params[name], (*here, name), inside)
        _same(not inside or equation.primitive in INSIDE)
        found.update(inside)
        bind(equation.outvars, its.outvars)
    read(jaxpr.outvars, other.outvars, "out", way)


def _compare_parameters(value: Any, other: Any, way: Place, found: Pairs) -> None:
    """Of an operation: jaxprs are looked into, all else has to be equal."""
    _same(type(value) is type(other))
    if isinstance(value, ClosedJaxpr):
        _closed(value, other, way, found)
    elif isinstance(value, Jaxpr):
        _compare(value, other, way, found)
    elif isinstance(value, tuple | list):
        _same(len(value) == len(other))
        for k, (part, its) in enumerate(zip(value, other, strict=True)):
            _compare_parameters(part, its, (*way, k), found)
    elif isinstance(value, np.ndarray):
        _same(np.array_equal(value, other))
    else:
        _same(value is other or _equal(value, other))


def _equal(value: Any, other: Any) -> bool:
    """Where it cannot be told, no."""
    try:
        return bool(value == other)
    except (TypeError, ValueError):
        return False


def _compare_values(value: Any, other: Any, place: Place, found: Pairs) -> None:
    keys = [jnp.issubdtype(jnp.asarray(each).dtype, jax.dtypes.prng_key) for each in (value, other)]
    if any(keys):
        _same(all(keys))
        value, other = jax.random.key_data(value), jax.random.key_data(other)
    ours, theirs = np.asarray(value), np.asarray(other)
    _same((ours.shape, ours.dtype) == (theirs.shape, theirs.dtype))
    if ours.tobytes() != theirs.tobytes():  # so that NaN equals itself
        _same(not any(keys))
        found[place] = ours, theirs


def _same(condition: bool) -> None:
    if not condition:
        raise Different

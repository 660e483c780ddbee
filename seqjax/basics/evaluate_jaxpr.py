"""A jaxpr evaluated with other numbers in the place of some of its constants.

A constant inside the body of a loop has no name by which it could be given: the body is evaluated
anew then, and the number enters it as what a loop takes from outside. A place is the way to it:

    (3, "jaxpr", 0, ("in", 1))    operand 1 of equation 0 of the jaxpr of equation 3
    (3, "jaxpr", ("out", 0))      result 0 of that jaxpr
    (3, "jaxpr", ("const", 2))    its constant array 2
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jax import lax
from jax.extend.core import ClosedJaxpr, Jaxpr, JaxprEqn, Literal, Primitive, primitives

from seqjax.basics.types import Array

Place = tuple[Any, ...]
Numbers = Mapping[Place, Array]


def evaluate(
    jaxpr: Jaxpr, consts: Sequence[Any], arguments: Sequence[Any], numbers: Numbers
) -> list[Any]:
    """The results of a jaxpr, where ``numbers`` stand in the place of its own constants.

    Every place leads through operations of ``INSIDE`` alone.

    >>> import jax
    >>> double = jax.make_jaxpr(lambda x: x * 2.0)(1.0)
    >>> [float(y) for y in evaluate(double.jaxpr, double.consts, [4.0], {(0, ("in", 1)): 3.0})]
    [12.0]
    """
    consts = [numbers.get((("const", k),), const) for k, const in enumerate(consts)]
    values = dict(zip([*jaxpr.constvars, *jaxpr.invars], [*consts, *arguments], strict=True))

    def read(atom: Any, place: Place, own: Numbers) -> Any:
        return own.get(place, atom.val) if isinstance(atom, Literal) else values[atom]

    for index, equation in enumerate(jaxpr.eqns):
        own = below(numbers, index)
        operands = [read(atom, (("in", k),), own) for k, atom in enumerate(equation.invars)]
        primitive, parameters = equation.primitive, equation.params
        if any(len(place) > 1 for place in own):
            results = INSIDE[primitive](parameters, operands, own)
        else:
            results = bound(equation, operands)
        values.update(zip(equation.outvars, results, strict=True))
    return [read(atom, (("out", k),), numbers) for k, atom in enumerate(jaxpr.outvars)]


def bound(equation: JaxprEqn, operands: Sequence[Any]) -> list[Any]:
    """The results of an equation as it is."""
    primitive = equation.primitive
    # Functions that differentiate are operands in some versions of JAX, parameters in others.
    found = primitive.get_bind_params(equation.params)
    functions, parameters = found if isinstance(found, tuple) else ((), found)
    with equation.ctx.manager:
        results = primitive.bind(*functions, *operands, **parameters)
    return list(results) if primitive.multiple_results else [results]


def below(numbers: Numbers, *keys: Any) -> Numbers:
    """Those whose places begin with the keys, by the rest of the way."""
    count = len(keys)
    return {place[count:]: value for place, value in numbers.items() if place[:count] == keys}


def _closed(inner: ClosedJaxpr, operands: Sequence[Any], numbers: Numbers) -> list[Any]:
    return evaluate(inner.jaxpr, inner.consts, operands, numbers)


def _call(name: str) -> Callable[..., list[Any]]:
    """Of what only calls its jaxpr: it is evaluated in its place."""
    return lambda params, operands, numbers: _closed(params[name], operands, below(numbers, name))


def _checkpoint(params: Any, operands: Sequence[Any], numbers: Numbers) -> list[Any]:
    """What is computed a second time must not be found to be the same as the first."""
    if params["differentiated"] and params["prevent_cse"]:
        operands = lax.optimization_barrier(list(operands))
    return evaluate(params["jaxpr"], [], operands, below(numbers, "jaxpr"))


def _scan(params: Any, operands: Sequence[Any], numbers: Numbers) -> list[Any]:
    if "num_consts" in params:
        first = params["num_consts"]
        last = first + params["num_carry"]
    else:  # JAX 0.12: the three groups of operands as a tree
        groups = params["ft_in"].unpack()
        first, last = len(groups[0]), len(groups[0]) + len(groups[1])
    consts, start, inputs = operands[:first], operands[first:last], operands[last:]

    def body(carry: list[Any], step: list[Any]) -> tuple[list[Any], list[Any]]:
        results = _closed(params["jaxpr"], [*consts, *carry, *step], below(numbers, "jaxpr"))
        return results[: len(carry)], results[len(carry) :]

    options = {name: params[name] for name in ("length", "reverse", "unroll")}
    carry, outputs = lax.scan(body, list(start), list(inputs), **options)
    return [*carry, *outputs]


def _while(params: Any, operands: Sequence[Any], numbers: Numbers) -> list[Any]:
    first = params["cond_nconsts"]
    last = first + params["body_nconsts"]
    of_condition, of_body, start = operands[:first], operands[first:last], operands[last:]

    def part(name: str, consts: Sequence[Any]) -> Callable[[list[Any]], list[Any]]:
        own = below(numbers, name)
        return lambda carry: _closed(params[name], [*consts, *carry], own)

    condition, body = part("cond_jaxpr", of_condition), part("body_jaxpr", of_body)
    results: list[Any] = lax.while_loop(lambda c: condition(c)[0], body, list(start))
    return results


def _cond(params: Any, operands: Sequence[Any], numbers: Numbers) -> list[Any]:
    index, *rest = operands

    def branch(k: int) -> Callable[..., list[Any]]:
        inner, own = params["branches"][k], below(numbers, "branches", k)
        return lambda *given: _closed(inner, given, own)

    branches = [branch(k) for k in range(len(params["branches"]))]
    results: list[Any] = lax.switch(index, branches, *rest)
    return results


CALLS: dict[Primitive, str] = {
    primitives.jit_p: "jaxpr",
    primitives.closed_call_p: "call_jaxpr",
    # Derivatives have been taken before: what is left of these is the function itself.
    primitives.custom_jvp_call_p: "call_jaxpr",
    primitives.custom_vjp_call_p: "call_jaxpr",
    primitives.remat_p: "jaxpr",
}
"""What does nothing but call a jaxpr, and the parameter that holds it."""
INSIDE: dict[Primitive, Callable[[Any, Sequence[Any], Numbers], list[Any]]] = {
    **{primitive: _call(name) for primitive, name in CALLS.items()},
    primitives.remat_p: _checkpoint,
    primitives.scan_p: _scan,
    primitives.while_p: _while,
    primitives.cond_p: _cond,
}
"""primitive -> (parameters, operands, numbers inside) -> results"""

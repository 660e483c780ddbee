"""The table of primitives: what each becomes in a graph, for one unit of one row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp

from seqjax.drivers.kernel_source.graph import Graph, Node, Refused

Rule = Callable[..., Node]
"""(graph, parameters of the primitive, *nodes) -> node"""

FUNCTIONS = (
    "exp", "exp2", "expm1", "log", "log1p", "tanh", "logistic", "sqrt", "rsqrt", "floor",
    "ceil", "sin", "cos", "erf", "erfc", "pow", "max", "min",
)  # fmt: skip
"""Those that the type of a number has under the same name."""


def _same(op: str) -> Rule:
    return lambda graph, params, *args: graph.apply(op, *args)


def _bits(op: str) -> Rule:
    def rule(graph: Graph, params: Any, *args: Node) -> Node:
        if not all(a.is_mask or a.op == "constant" for a in args):
            raise Refused(f"the primitive {op} of numbers")
        return graph.apply(op, *args)

    return rule


def _convert(graph: Graph, params: Any, x: Node) -> Node:
    dtype = jnp.dtype(params["new_dtype"])
    if jnp.issubdtype(dtype, jnp.bool_):
        return x if x.is_mask else graph.apply("ne", x, graph.constant(0.0))
    if x.is_mask and jnp.issubdtype(dtype, jnp.floating):
        return graph.apply("select", x, graph.constant(1.0), graph.constant(0.0))
    if x.is_mask or not (x.op == "constant" or jnp.issubdtype(dtype, jnp.floating)):
        raise Refused(f"numbers of {dtype}")
    return x


def _select(graph: Graph, params: Any, which: Node, *cases: Node) -> Node:
    if not which.is_mask or len(cases) != 2:
        raise Refused("the primitive select_n by a number")
    return graph.apply("select", which, cases[1], cases[0])


def _clamp(graph: Graph, params: Any, low: Node, x: Node, high: Node) -> Node:
    return graph.apply("min", graph.apply("max", x, low), high)


def _integer_pow(graph: Graph, params: Any, x: Node) -> Node:
    def power(n: int) -> Node:
        if n == 0:
            return graph.constant(1.0)
        half = power(n // 2)
        square = graph.apply("mul", half, half)
        return graph.apply("mul", square, x) if n % 2 else square

    n = params["y"]
    return power(n) if n >= 0 else graph.apply("div", graph.constant(1.0), power(-n))


def _one_minus_square(graph: Graph, params: Any, x: Node) -> Node:
    return graph.apply("sub", graph.constant(1.0), graph.apply("mul", x, x))


def _sign(graph: Graph, params: Any, x: Node) -> Node:
    zero = graph.constant(0.0)
    below = graph.apply("select", graph.apply("lt", x, zero), graph.constant(-1.0), x)
    return graph.apply("select", graph.apply("gt", x, zero), graph.constant(1.0), below)


def _round(graph: Graph, params: Any, x: Node) -> Node:
    even = params["rounding_method"].name == "TO_NEAREST_EVEN"
    return graph.apply("round_to_even" if even else "round_away", x)


def _is_finite(graph: Graph, params: Any, x: Node) -> Node:
    return graph.apply("eq", graph.apply("sub", x, x), graph.constant(0.0))


PRIMITIVES: dict[str, Rule] = {
    **{name: _same(name) for name in (*FUNCTIONS, "add", "sub", "mul", "div", "neg")},
    **{name: _same(name) for name in ("eq", "ne", "lt", "le", "gt", "ge")},
    **{name: _bits(name) for name in ("and", "or", "xor", "not")},
    "add_any": _same("add"),
    "abs": _same("fabs"),
    "square": lambda graph, params, x: graph.apply("mul", x, x),
    "one_minus_square": _one_minus_square,  # of JAX 0.11: the derivative of tanh
    "integer_pow": _integer_pow,
    "sign": _sign,
    "round": _round,
    "is_finite": _is_finite,
    "clamp": _clamp,
    "select_n": _select,
    "convert_element_type": _convert,
}
UNCHANGED = {"copy", "copy_p", "optimization_barrier", "stop_gradient"}
"""Primitives whose results are their arguments."""
INLINED = {
    "jit", "pjit", "closed_call", "core_call", "custom_jvp_call", "custom_vjp_call",
    "custom_vjp_call_jaxpr", "checkpoint", "remat", "remat2",
}  # fmt: skip
"""Primitives that are functions of others."""

"""Jaxprs of gates as graphs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from jax.core import Tracer
from jax.extend.core import ClosedJaxpr, Literal

from seqjax.drivers.kernel_source.graph import EVERYTHING, Graph, Refused
from seqjax.drivers.kernel_source.primitives import INLINED, PRIMITIVES, UNCHANGED
from seqjax.drivers.kernel_source.shaping import SHAPING, Call
from seqjax.drivers.kernel_source.values import Value, known


class Interpreter:
    """Walks jaxprs. ``units`` is H."""

    def __init__(self, graph: Graph, units: int) -> None:
        self.graph, self.units = graph, units

    def run(
        self, jaxpr: Any, consts: Sequence[Value | Refused], args: Sequence[Value | Refused]
    ) -> list[Value | Refused]:
        """The results; Refused in the place of those that it does not know how to make."""
        values: dict[Any, Value | Refused] = {}

        def get(v: Any) -> Value | Refused:
            return self.literal(v.val) if isinstance(v, Literal) else values[v]

        values.update(zip(jaxpr.constvars, consts, strict=True))
        values.update(zip(jaxpr.invars, args, strict=True))
        for equation in jaxpr.eqns:
            inputs = [get(v) for v in equation.invars]
            results: Sequence[Value | Refused]
            if equation.primitive.name in INLINED:
                inner, inner_consts = _inner(equation.params)
                results = self.run(inner, [self.literal(c) for c in inner_consts], inputs)
            else:
                try:
                    results = self._results(equation, inputs)
                except Refused as refused:  # which is no harm where nobody reads the results
                    results = [refused] * len(equation.outvars)
            values.update(zip(equation.outvars, results, strict=True))
        return [get(v) for v in jaxpr.outvars]

    def literal(self, value: Any) -> Value | Refused:
        """A number of the program."""
        if isinstance(value, Tracer):
            return Refused("a number from outside, which belongs into the parameters")
        array = np.asarray(value)
        if array.size != 1:
            return Refused(f"a constant of shape {array.shape} inside a function")
        item = array.reshape(()).item()
        number: float = item if array.dtype == bool else float(item)
        return Value((self.graph.constant(number),), True)

    def _results(self, equation: Any, inputs: list[Value | Refused]) -> list[Value]:
        name, params = equation.primitive.name, equation.params
        if name not in {*PRIMITIVES, *UNCHANGED, *SHAPING}:
            raise Refused(f"the primitive {name}")
        args = [known(value) for value in inputs]
        if name in UNCHANGED:
            return args
        if name in PRIMITIVES:
            return [self._elementwise(name, params, args)]
        shapes = [tuple(v.aval.shape) for v in equation.invars]
        made = tuple(equation.outvars[0].aval.shape)
        return SHAPING[name](Call(self.graph, self.units, name, params, args, shapes, made))

    def _elementwise(self, name: str, params: Any, args: list[Value]) -> Value:
        counts = {len(a.nodes) for a in args if not a.uniform}
        if len(counts) > 1:
            raise Refused(f"the primitive {name} of different blocks")
        uniform = not counts
        count = counts.pop() if counts else 1
        if not uniform and any(a.uniform and a.nodes[0].summed == EVERYTHING for a in args):
            raise Refused(f"the primitive {name} of a sum over units")
        rows = zip(*(a.spread(count).nodes for a in args), strict=True)
        rule = PRIMITIVES[name]
        return Value(tuple(rule(self.graph, params, *row) for row in rows), uniform)


def _inner(params: Any) -> tuple[Any, Sequence[Any]]:
    """The jaxpr of a primitive that is a function, and its constants."""
    inner = next(params[n] for n in ("jaxpr", "call_jaxpr", "fun_jaxpr") if n in params)
    return (inner.jaxpr, inner.consts) if isinstance(inner, ClosedJaxpr) else (inner, [])

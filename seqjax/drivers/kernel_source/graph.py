"""Graphs of scalar operations in which equal expressions are one node.

A node is the value of one unit in one row. What a value is summed over later, because parameters
are shared by rows, is only noted: sums commute with the linear operations that are left then.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterable, Iterator

ROWS, EVERYTHING = 1, 2
"""What a cotangent is summed over once all steps are done: rows, or rows and units."""
SORTED = {"add", "mul", "eq", "ne", "and", "or", "xor"}
COMPARISONS = {"eq", "ne", "lt", "le", "gt", "ge"}
MASKS = {*COMPARISONS, "and", "or", "xor", "not"}
"""Operations whose results are true or false."""


class Refused(ValueError):
    """What cannot become code, in the words of a message: "the primitive sort"."""


@dataclasses.dataclass(frozen=True, eq=False)
class Node:
    """One operation."""

    op: str
    """constant, input, or the name of the function"""
    args: tuple[Node, ...] = ()
    name: str = ""
    """of an input"""
    index: int = 0
    """which of the inputs of that name"""
    value: float = 0.0
    """of a constant"""
    is_mask: bool = False
    cotangent: bool = False
    """whether it depends on an input that is a cotangent"""
    summed: int = 0
    """0, ROWS or EVERYTHING"""
    order: int = 0
    """which node of its graph it was"""


FOLDED: dict[str, Callable[..., float]] = {
    "add": lambda a, b: a + b, "sub": lambda a, b: a - b, "mul": lambda a, b: a * b,
    "neg": lambda a: -a, "max": max, "min": min, "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b, "lt": lambda a, b: a < b, "le": lambda a, b: a <= b,
    "gt": lambda a, b: a > b, "ge": lambda a, b: a >= b, "and": lambda a, b: a and b,
    "or": lambda a, b: a or b, "not": lambda a: not a,
}  # fmt: skip
"""What is done with constants before there is any code."""


class Graph:
    """Makes nodes, each once, in the simplest form it knows."""

    def __init__(self) -> None:
        self._nodes: dict[object, Node] = {}

    def constant(self, value: float) -> Node:
        """A number, or True or False."""
        is_mask = isinstance(value, bool)
        key = ("constant", is_mask, math.copysign(1, value), value if value == value else "nan")
        return self._once(key, lambda: Node("constant", value=value, is_mask=is_mask))

    def input(
        self, name: str, index: int, *, is_mask: bool = False, cotangent: bool = False
    ) -> Node:
        """What the functor is given."""
        return self._once(
            ("input", name, index),
            lambda: Node("input", (), name, index, is_mask=is_mask, cotangent=cotangent),
        )

    def sum(self, node: Node, over: int) -> Node:
        """The node, to be summed later. Raises Refused for what is no cotangent."""
        if node.op == "constant":
            return node
        if not node.cotangent:
            raise Refused("the primitive reduce_sum")
        over = max(node.summed, over)
        return self._once(
            ("sum", node, over), lambda: Node("sum", (node,), cotangent=True, summed=over)
        )

    def apply(self, op: str, *args: Node) -> Node:
        """The value of an operation. Raises Refused where a sum would not commute with it."""
        if all(a.op == "constant" for a in args) and op in FOLDED:
            return self.constant(FOLDED[op](*(a.value for a in args)))
        simple = self._simplified(op, args)
        if simple is not None:
            return simple
        if op in SORTED:
            args = tuple(sorted(args, key=lambda node: node.order))
        is_mask = args[1].is_mask if op == "select" else op in MASKS
        return self._once(
            (op, *args),
            lambda: Node(
                op,
                args,
                is_mask=is_mask,
                cotangent=any(a.cotangent for a in args),
                summed=_summed(op, args),
            ),
        )

    def _once(self, key: object, make: Callable[[], Node]) -> Node:
        if key not in self._nodes:
            self._nodes[key] = dataclasses.replace(make(), order=len(self._nodes))
        return self._nodes[key]

    def _simplified(self, op: str, args: tuple[Node, ...]) -> Node | None:
        """The same value in fewer operations, None where there is no shorter way."""
        for a, b in (args, args[::-1]) if len(args) == 2 else ():
            if op == "add" and _is(b, 0.0):
                return a
            if op == "mul" and _is(b, 1.0):
                return a
            if op in ("and", "or") and b.op == "constant":
                return a if bool(b.value) == (op == "and") else b
            if op == "add" and b.op == "neg":
                return self.apply("sub", a, b.args[0])
            if op == "add" and (slope := self._tanh_slope(a, b)):
                return slope
        if op in ("sub", "div") and _is(args[1], 0.0 if op == "sub" else 1.0):
            return args[0]
        if op == "select":
            if args[0].op == "constant":
                return args[1] if args[0].value else args[2]
            return args[1] if args[1] is args[2] else None
        return None

    def _tanh_slope(self, a: Node, b: Node) -> Node | None:
        """d (1 - t) + d (1 - t) t, as JAX has the derivative of tanh, is d (1 - t t).

        The first of the two may be in a sum already.
        """
        if a.op == "add":
            for rest, first in (a.args, a.args[::-1]):
                if slope := self._tanh_slope(first, b):
                    return self.apply("add", rest, slope)
        if b.op != "mul" or a.op != "mul" or a not in b.args:
            return None
        t = b.args[1] if b.args[0] is a else b.args[0]
        one = self.constant(1.0)
        rest = self.apply("sub", one, t)
        if rest not in a.args or rest.op != "sub":
            return None
        d = a.args[1] if a.args[0] is rest else a.args[0]
        return self.apply("mul", d, self.apply("sub", one, self.apply("mul", t, t)))


def _is(node: Node, value: float) -> bool:
    return node.op == "constant" and not node.is_mask and node.value == value


def _summed(op: str, args: tuple[Node, ...]) -> int:
    """What the result is summed over later."""
    over = max((a.summed for a in args), default=0)
    if not over:
        return 0
    values = args[1:] if op == "select" else args
    alike = all(a.summed or _is(a, 0.0) for a in values)
    linear = {
        "neg": True,
        "add": alike,
        "sub": alike,
        "select": alike and not args[0].cotangent,
        "mul": sum(a.cotangent for a in args) == 1,
        "div": not args[-1].cotangent,
    }
    if not linear.get(op):
        raise Refused(f"{op} of a sum over rows")
    return over


def reached(outputs: Iterable[Node], given: Iterable[Node] = ()) -> Iterator[Node]:
    """The nodes that outputs are made of, arguments first; not further than what is given."""
    given, seen = {*given}, set[Node]()
    stack = [(node, False) for node in reversed(list(outputs))]
    while stack:
        node, ready = stack.pop()
        if ready:
            yield node
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            if node not in given:
                stack.extend((arg, False) for arg in reversed(node.args))

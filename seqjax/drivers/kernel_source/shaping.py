"""Primitives that move blocks of columns, or sum cotangents."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from seqjax.drivers.kernel_source.graph import EVERYTHING, ROWS, Graph, Node, Refused
from seqjax.drivers.kernel_source.values import Value

Shape = tuple[int, ...]


class Call(NamedTuple):
    """One equation."""

    graph: Graph
    units: int
    name: str
    params: Any
    args: list[Value]
    shapes: list[Shape]
    """of the arguments"""
    made: Shape
    """of the first result"""

    def blocks(self, start: int, stop: int) -> slice:
        """Columns [start, stop) as blocks."""
        if start % self.units or stop % self.units:
            raise Refused(f"the primitive {self.name} that cuts blocks of {self.units} columns")
        return slice(start // self.units, stop // self.units)

    def count(self, columns: int) -> int:
        """How many blocks so many columns are."""
        self.blocks(0, columns)
        return columns // self.units

    def only_columns(self, condition: bool) -> None:
        """Raises Refused where rows or units are moved."""
        if not condition:
            raise Refused(f"the primitive {self.name} of rows or units")


def _broadcast(call: Call) -> list[Value]:
    x, dimensions = call.args[0], call.params["broadcast_dimensions"]
    last = len(call.made) - 1
    alike = bool(dimensions) and dimensions[-1] == last and call.shapes[0][-1] == call.made[-1]
    call.only_columns(x.uniform or alike)
    return [x]


def _reshape(call: Call) -> list[Value]:
    x = call.args[0]
    call.only_columns(x.uniform or call.shapes[0][-1:] == call.made[-1:])
    return [x]


def _slice(call: Call) -> list[Value]:
    (x,), (shape,) = call.args, call.shapes
    starts, stops = call.params["start_indices"], call.params["limit_indices"]
    if x.uniform:
        return [x]
    call.only_columns(
        all(stride == 1 for stride in call.params["strides"] or ())
        and all(start == 0 for start in starts[:-1])
        and tuple(stops[:-1]) == shape[:-1]
    )
    return [Value(x.nodes[call.blocks(starts[-1], stops[-1])], False)]


def _split(call: Call) -> list[Value]:
    (x,), (shape,) = call.args, call.shapes
    call.only_columns(call.params["axis"] == len(shape) - 1)
    pieces, start = [], 0
    for size in map(int, call.params["sizes"]):
        columns = call.blocks(start, start + size)
        pieces.append(x if x.uniform else Value(x.nodes[columns], False))
        start += size
    return pieces


def _concatenate(call: Call) -> list[Value]:
    call.only_columns(call.params["dimension"] == len(call.made) - 1)
    nodes: list[Node] = []
    for x, shape in zip(call.args, call.shapes, strict=True):
        nodes += x.spread(call.count(shape[-1])).nodes
    return [Value(tuple(nodes), False)]


def _pad(call: Call) -> list[Value]:
    x, fill = call.args
    *rows, (low, high, inside) = call.params["padding_config"]
    call.only_columns(
        not any(any(amounts) for amounts in rows) and inside == 0 and low >= 0 and high >= 0
    )
    before, after = call.count(int(low)), call.count(int(high))
    inner = x.spread(call.count(call.shapes[0][-1])).nodes
    return [Value(fill.nodes * before + inner + fill.nodes * after, False)]


def _sum(call: Call) -> list[Value]:
    (x,), (shape,), axes = call.args, call.shapes, call.params["axes"]
    call.only_columns(not x.uniform or all(shape[i] == 1 for i in axes))
    if len(shape) - 1 not in axes:
        return [Value(tuple(call.graph.sum(node, ROWS) for node in x.nodes), x.uniform)]
    total = x.nodes[0]
    for node in x.nodes[1:]:
        total = call.graph.apply("add", total, node)
    return [Value((call.graph.sum(total, EVERYTHING),), True)]


SHAPING: dict[str, Callable[[Call], list[Value]]] = {
    "broadcast_in_dim": _broadcast,
    "reshape": _reshape,
    "squeeze": _reshape,
    "expand_dims": _reshape,
    "slice": _slice,
    "split": _split,
    "concatenate": _concatenate,
    "pad": _pad,
    "reduce_sum": _sum,
}
"""By name; reduce_sum of cotangents alone."""

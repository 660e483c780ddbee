"""Values of parameters alone, such as a decay rate, which a walk makes once before its steps."""

from __future__ import annotations

from collections.abc import Iterable

from seqjax.drivers.kernel_source.fields import Field
from seqjax.drivers.kernel_source.graph import Node, reached
from seqjax.drivers.kernel_source.residuals import DEAR, cost


def prepared(outputs: Iterable[Node], fields: dict[int, Field]) -> list[Node]:
    """The dear operations among them that others look at, in the order of the graph."""
    outputs = list(outputs)
    same = set[Node]()  # at all steps
    for node in reached(outputs):
        if node.op == "input":
            steady = node.name == "field" and fields[node.index].kind != "side"
        else:
            steady = not node.cotangent and all(arg in same for arg in node.args)
        if steady:
            same.add(node)
    dear = {node for node in same if node.args and cost(node) >= DEAR}
    return sorted((n for n in reached(outputs, dear) if n in dear), key=lambda node: node.order)

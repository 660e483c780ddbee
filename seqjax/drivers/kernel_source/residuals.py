"""What the forward pass keeps for the backward pass: the cheapest cut between the two.

Each value that the backward pass reads is kept, or made again from others. Kept values cost their
way through memory, the others their operations. The least sum of both is a minimum cut, as in the
partitioner of PyTorch's AOTAutograd.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Hashable, Iterable

from seqjax.drivers.kernel_source.graph import Node, reached

KEEP = 30.0
"""Of a value, about as many operations as it takes to write it and to read it again: an estimate,
by which activations are kept and tanh of a memory is made again, as kernels written by hand do."""
COSTS = {"div": 4.0, "sqrt": 6.0, "rsqrt": 8.0, "neg": 0.5}
CHEAP = {
    "add", "sub", "mul", "max", "min", "fabs", "select", "and", "or", "xor", "not", "floor", "ceil",
    "eq", "ne", "lt", "le", "gt", "ge",
}  # fmt: skip
FUNCTION = 20.0
DEAR = 4.0
"""What is dear enough to be made once where that will do."""
NEVER = float("inf")
FREE = {"field", "mask", "after", "fed", "read"}
"""Inputs that are in memory when the backward pass comes."""


def cost(node: Node) -> float:
    """Of an operation, about as many additions."""
    return 1.0 if node.op in CHEAP else COSTS.get(node.op, FUNCTION)


def kept(outputs: Iterable[Node], free: Iterable[Node]) -> list[Node]:
    """The values to keep, of those that do not depend on cotangents; ``free`` cost nothing."""
    capacity: dict[Hashable, dict[Hashable, float]] = defaultdict(dict)

    def edge(a: Hashable, b: Hashable, size: float) -> None:
        capacity[a][b] = capacity[a].get(b, 0.0) + size
        capacity[b].setdefault(a, 0.0)

    free = {*free}
    for node in (nodes := list(reached(outputs))):
        if node.cotangent:
            for arg in node.args:
                if not arg.cotangent:
                    edge((arg, "value"), "end", NEVER)
            continue
        at_hand = node.op == "constant" or node.name in FREE or node in free
        edge((node, "made"), (node, "value"), 0.0 if at_hand else NEVER if node.is_mask else KEEP)
        edge("start", (node, "made"), NEVER if node.op == "input" else cost(node))
        for arg in node.args:
            edge((arg, "value"), (node, "made"), NEVER)
    for node in outputs:
        if not node.cotangent:
            edge((node, "value"), "end", NEVER)
    side = _start_side(capacity)
    return [
        node
        for node in nodes
        if not node.cotangent
        and (node, "made") in side
        and (node, "value") not in side
        and not (node.op == "constant" or node.name in FREE or node in free)
    ]


def _start_side(capacity: dict[Hashable, dict[Hashable, float]]) -> set[Hashable]:
    """What the start still reaches when no more flows to the end (Edmonds and Karp 1972)."""
    while True:
        before: dict[Hashable, Hashable] = {"start": "start"}
        queue: deque[Hashable] = deque(["start"])
        while queue and "end" not in before:
            a = queue.popleft()
            for b, size in capacity[a].items():
                if size > 0 and b not in before:
                    before[b] = a
                    queue.append(b)
        if "end" not in before:
            return {*before}
        path: list[tuple[Hashable, Hashable]] = []
        at: Hashable = "end"
        while at != "start":
            path.append((before[at], at))
            at = before[at]
        least = min(capacity[a][b] for a, b in path)
        for a, b in path:
            capacity[a][b] -= least
            capacity[b][a] += least

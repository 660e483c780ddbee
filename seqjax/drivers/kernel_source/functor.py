"""The C++ text of a gate."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence

from seqjax.drivers.kernel_source.gate_graph import GateGraph
from seqjax.drivers.kernel_source.graph import Node, reached
from seqjax.drivers.kernel_source.prepared import prepared
from seqjax.drivers.kernel_source.residuals import kept

OPERATORS = {
    "add": "+", "sub": "-", "mul": "*", "div": "/", "eq": "==", "ne": "!=", "lt": "<", "le": "<=",
    "gt": ">", "ge": ">=", "and": "&", "or": "|", "xor": "^",
}  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Functor:
    """A template struct without a name, and what a walk has to know of it."""

    body: str
    """from { to };"""
    graph: GateGraph
    kept: int
    """values for the backward pass beside the carry"""
    keeps: tuple[bool, ...]
    """which parts of the carry before each step the backward pass reads"""
    feeds: int
    """the part that is multiplied with w_h; ``parts`` where none is it as it stands"""


def functor(graph: GateGraph) -> Functor:
    """Writes a gate as a struct of static functions, templates over V, a number, and M, a mask.

        prepare(field, ready)                what the others find after the fields, made once
        forward(z, u, carry, field, mask, after, kept)
        backward(kept, carry, field, mask, after, dcarry, dz, du, dfield)     after: cotangents
        feed(carry, field)                   feed_back(fed, carry, field, dcarry, dfield)
        read(carry)                          read_back(read, dcarry)

    What is marked d is set by ``backward``, and added to by the two others.
    """
    feeds = graph.fed.index if graph.fed.name == "carry" else graph.parts
    backward = [*graph.dz, *graph.du, *graph.dcarry, *graph.dfields]
    fed = [graph.fed] if feeds < graph.parts else []
    there = {node for node in [*fed, *reached(graph.dfields_fed)] if node.name == "carry"}
    ready = prepared([*graph.after, *backward, graph.fed, *graph.dcarry_fed], graph.fields)
    made = {node: f"field[{len(graph.fields) + i}]" for i, node in enumerate(ready)}
    values = sorted(kept(backward, [*there, *ready]), key=lambda node: node.order)
    carried = {node.index for node in [*there, *values] if node.name == "carry"}
    keeps = tuple(i in carried for i in range(graph.parts))
    values = [node for node in values if node.name != "carry"]
    names = _Names(graph)
    saved = made | {node: f"kept[{i}]" for i, node in enumerate(values)}
    kinds = [field.kind for field in graph.fields.values()]
    wanted = [  # sums begin at zero, those of side are set at every step
        kind == "side" or (kind == "param" and not _is_zero(d))
        for kind, d in zip(kinds, graph.dfields, strict=True)
    ]
    wanted_fed = [
        kind == "param" and not _is_zero(d)
        for kind, d in zip(kinds, graph.dfields_fed, strict=True)
    ]
    du = {} if graph.additive else _places("du", graph.du)
    lines = [
        f"  static constexpr int BLOCKS = {graph.blocks}, PARTS = {graph.parts},"
        f" FIELDS = {len(graph.fields)}, MASKS = {len(graph.masks)};",
        f"  static constexpr int KEPT = {len(values)}, FEEDS = {feeds}, READY = {len(ready)};",
        f"  static constexpr bool APART = {_word(not graph.additive)};",
        *(_flags(name, flags) for name, flags in (
            ("KEEPS", keeps), ("GRADIENT", wanted), ("FED_GRADIENT", wanted_fed),
            ("SIDE", [kind == "side" for kind in kinds]),
            ("FED_BACK", [not _is_zero(node) for node in graph.dcarry_fed]),
        )),
        *_function("prepare", "const V* field, V* ready", _places("ready", ready), names, {}),
        *_function(
            "forward", "const V* z, const V* u, const V* carry, const V* field, const M* mask,"
            " V* after, V* kept",
            {**_places("after", graph.after), **_places("kept", values)}, names, made,
        ),
        *_function(
            "backward", "const V* kept, const V* carry, const V* field, const M* mask,"
            " const V* after, V* dcarry, V* dz, V* du, V* dfield",
            {
                **_places("dcarry", graph.dcarry), **_places("dz", graph.dz), **du,
                **_places("dfield", graph.dfields),
            }, names, saved,
        ),
        *_function(
            "feed", "const V* carry, const V* field", {"return": graph.fed}, names, made
        ),
        *_function(
            "feed_back", "V fed, const V* carry, const V* field, V* dcarry, V* dfield",
            {**_places("dcarry", graph.dcarry_fed), **_places("dfield", graph.dfields_fed)},
            names, made, "+=",
        ),
        *_function("read", "const V* carry", {"return": graph.read}, names, {}),
        *_function(
            "read_back", "V read, V* dcarry", _places("dcarry", graph.dcarry_read), names, {}, "+="
        ),
    ]  # fmt: skip
    return Functor("\n".join(["{", *lines, "};"]), graph, len(values), keeps, feeds)


class _Names:
    """What inputs are called; fields and masks are numbered anew, those alone that are read."""

    def __init__(self, graph: GateGraph) -> None:
        self.fields = {old: new for new, old in enumerate(graph.fields)}
        self.masks = {old: new for new, old in enumerate(graph.masks)}

    def __call__(self, node: Node) -> str:
        if node.name in ("fed", "read"):
            return node.name
        numbers = {"field": self.fields, "mask": self.masks}.get(node.name)
        return f"{node.name}[{node.index if numbers is None else numbers[node.index]}]"


def _function(
    name: str,
    arguments: str,
    results: Mapping[str, Node],
    names: _Names,
    saved: Mapping[Node, str],
    assign: str = "=",
) -> list[str]:
    """A static function; results are written once all are made, since they may share memory."""
    returns = "V" if "return" in results else "void"
    results = {
        place: node for place, node in results.items() if not (assign == "+=" and _is_zero(node))
    }
    expressions: dict[Node, str] = {}
    lines: list[str] = []
    for node in reached(results.values(), saved):
        expression = saved.get(node) or _expression(node, expressions, names)
        if node.op in ("constant", "input", "sum") or node in saved:
            expressions[node] = expression
            continue
        expressions[node] = f"x{len(lines)}"
        lines.append(f"    const auto {expressions[node]} = {expression};")
    written = [
        f"    return {expressions[node]};" if place == "return"
        else f"    {place} {assign} {expressions[node]};"
        for place, node in results.items()
    ]  # fmt: skip
    head = f"  template <class V, class M = bool>\n  static DEVICE {returns} {name}({arguments}) {{"
    return [head, *lines, *written, "  }"]


def _expression(node: Node, values: Mapping[Node, str], names: _Names) -> str:
    if node.op == "constant":
        return _constant(node)
    if node.op == "input":
        return names(node)
    args = [values[arg] for arg in node.args]
    if node.op == "neg":
        return f"-{args[0]}"
    if node.op == "sum":  # by whoever adds it up
        return args[0]
    if node.op == "not":
        return f"!{args[0]}"
    if node.op in OPERATORS:
        return f"{args[0]} {OPERATORS[node.op]} {args[1]}"
    return f"{node.op}({', '.join(args)})"


def _constant(node: Node) -> str:
    if node.is_mask:
        return f"(constant<V>(0) {'==' if node.value else '!='} constant<V>(0))"
    special = {"inf": "HUGE_VAL", "-inf": "-HUGE_VAL", "nan": "NAN"}
    return f"constant<V>({special.get(repr(node.value), repr(node.value))})"


def _places(name: str, nodes: Sequence[Node]) -> dict[str, Node]:
    return {f"{name}[{i}]": node for i, node in enumerate(nodes)}


def _is_zero(node: Node) -> bool:
    return node.op == "constant" and node.value == 0


def _word(value: bool) -> str:
    return "true" if value else "false"


def _flags(name: str, flags: Iterable[bool]) -> str:
    words = [*map(_word, flags), "false"]  # no array is empty
    return f"  static constexpr bool {name}[] = {{{', '.join(words)}}};"

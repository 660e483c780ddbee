"""A gate with its transpose, what feeds the product and what is read, as graphs."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from seqjax.basics.cell import Gated
from seqjax.basics.types import Array, Carry, Params, Tree
from seqjax.drivers.kernel_source.fields import Field, Fields
from seqjax.drivers.kernel_source.graph import Graph, Node, Refused, reached
from seqjax.drivers.kernel_source.interpreter import Interpreter
from seqjax.drivers.kernel_source.passes import gate_pass, linear_pass
from seqjax.drivers.kernel_source.values import Value, known

Nodes = tuple[Node, ...]


@dataclasses.dataclass(frozen=True)
class GateGraph:
    """One node for each block, part of the carry, or number of ``fields``.

    Inputs are z, u, carry, field and mask; and, as cotangents, after (of the carry that the gate
    makes), fed and read.
    """

    blocks: int
    parts: int
    fields: dict[int, Field]
    """those that are read, by the index of their input"""
    masks: dict[int, Field]
    constants: tuple[Array, ...]
    after: Nodes
    dz: Nodes
    du: Nodes
    dcarry: Nodes
    dfields: Nodes
    """in the order of ``fields``; of parameters to be summed over steps, and rows they share"""
    fed: Node
    """what is multiplied with w_h"""
    dcarry_fed: Nodes
    dfields_fed: Nodes
    read: Node
    dcarry_read: Nodes

    @property
    def additive(self) -> bool:
        """Whether u has the same cotangent as z."""
        return self.dz == self.du


class Shapes(NamedTuple):
    """What a gate is traced for: arrays of one step, or their shapes."""

    params: Params
    z: Any
    carry: Carry
    side: Tree


def gate_graph(gated: Gated, read: Callable[[Carry], Array], shapes: Shapes) -> GateGraph:
    """The graph of a gate. Raises Refused for what has no code."""
    params, z, carry, side = shapes
    sizes = {tuple(part.shape) for part in jax.tree.leaves(carry)}
    rows, units = next(iter(sizes))
    if len(sizes) > 1:
        raise Refused(f"a carry of {' and '.join(map(str, sorted(sizes)))}")
    if not units or len(z.shape) != 2 or z.shape[-1] % units:
        raise Refused(f"projected inputs of {z.shape} for a carry of {(rows, units)}")
    graph, blocks = Graph(), z.shape[-1] // units
    fields = Fields(graph, rows, units)
    trace = _Tracer(Interpreter(graph, units), fields)
    leaves = jax.tree.leaves(side)
    moving = [i for i, leaf in enumerate(leaves) if jnp.issubdtype(leaf.dtype, jnp.floating)]
    still = [i for i in range(len(leaves)) if i not in moving]

    def inputs(name: str, count: int, cotangent: bool = False) -> list[Value]:
        nodes = [graph.input(name, i, cotangent=cotangent) for i in range(count)]
        return [Value((node,), False) for node in nodes]

    def whole(name: str) -> Value:
        return Value(tuple(value.nodes[0] for value in inputs(name, blocks)), False)

    parts = len(jax.tree.leaves(carry))
    of_params, of_side = fields.leaves("param", params), fields.leaves("side", leaves)
    after, dparams, dz, du, dcarry, dmoving = trace(
        gate_pass(gated.gate, side),
        (params, z, z, carry, [leaves[i] for i in moving], [leaves[i] for i in still], carry),
        [
            *of_params, whole("z"), whole("u"), *inputs("carry", parts),
            *(of_side[i] for i in (*moving, *still)), *inputs("after", parts, True),
        ],
    )  # fmt: skip
    fed, dparams_fed, dcarry_fed = trace(
        linear_pass(gated.hidden),
        (params, carry, jax.eval_shape(gated.hidden, params, carry)),
        [*of_params, *inputs("carry", parts), *inputs("fed", 1, True)],
    )
    y, _, dcarry_read = trace(
        linear_pass(lambda _, carry: read(carry)),
        ({}, carry, jax.eval_shape(read, carry)),
        [*inputs("carry", parts), *inputs("read", 1, True)],
    )
    made: dict[str, Nodes] = {
        "after": _nodes(after), "dz": _nodes(dz, blocks), "du": _nodes(du, blocks),
        "dcarry": _nodes(dcarry), "dcarry_fed": _nodes(dcarry_fed),
        "dcarry_read": _nodes(dcarry_read), "fed": _nodes(fed), "read": _nodes(y),
    }  # fmt: skip
    _check(made, parts)
    used = {(n.name, n.index) for n in reached(n for nodes in made.values() for n in nodes)}
    numbers = {i: f for i, f in enumerate(fields.numbers) if ("field", i) in used}
    zero = Value((graph.constant(0.0),), True)
    dsides = dict(zip(moving, dmoving, strict=True))
    gradients = {"param": dict(enumerate(dparams)), "side": dsides}
    fed_gradients = {"param": dict(enumerate(dparams_fed))}

    def of_fields(gradients: dict[str, dict[int, Any]]) -> Nodes:
        found = [(f, known(gradients.get(f.kind, {}).get(f.leaf, zero))) for f in numbers.values()]
        return tuple(d.nodes[0 if d.uniform else f.block] for f, d in found)

    (fed_node,), (read_node,) = made.pop("fed"), made.pop("read")
    return GateGraph(
        blocks=blocks,
        parts=parts,
        fields=numbers,
        masks={i: f for i, f in enumerate(fields.masks) if ("mask", i) in used},
        constants=tuple(fields.constants),
        dfields=of_fields(gradients),
        dfields_fed=of_fields(fed_gradients),
        fed=fed_node,
        read=read_node,
        **made,
    )


class _Tracer(NamedTuple):
    interpreter: Interpreter
    fields: Fields

    def __call__(
        self, function: Callable[..., Any], shapes: tuple[Any, ...], values: list[Any]
    ) -> list[Any]:
        """The results of a function; those that are trees as lists of their leaves."""
        try:
            closed, made = jax.make_jaxpr(function, return_shape=True)(*shapes)
        except Exception as error:  # whatever the author's function raises
            why = (str(error).splitlines() or [type(error).__name__])[0]
            raise Refused(f"a function without a derivative ({why})") from error
        constants = [
            self.fields.constant(c) if jnp.size(c) != 1 else self.interpreter.literal(c)
            for c in closed.consts
        ]
        results = iter(self.interpreter.run(closed.jaxpr, constants, values))
        return [[next(results) for _ in jax.tree.leaves(tree)] for tree in made]


def _nodes(values: Iterable[Value | Refused], blocks: int = 1) -> Nodes:
    """The nodes of arrays of so many blocks each."""
    return tuple(node for value in values for node in known(value).spread(blocks).nodes)


def _check(made: dict[str, Nodes], parts: int) -> None:
    """Raises Refused where the functions are not what a walk takes them for."""
    for name, nodes in made.items():
        if any(node.summed for node in nodes):
            raise Refused("rows that see each other")
        if name in ("fed", "read") and len(nodes) != 1:
            raise Refused(f"{name} of another width than the carry")
    for name, function in (("dcarry_fed", "hidden"), ("dcarry_read", "read")):
        if any(node.name == "carry" for node in reached(made[name])):
            raise Refused(f"a {function} that is not linear in the carry")

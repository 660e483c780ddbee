"""What a gate reads besides z, u and the carry, as blocks of H columns."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from seqjax.basics.types import Array, Tree
from seqjax.drivers.kernel_source.graph import Graph, Node, Refused
from seqjax.drivers.kernel_source.values import Value


class Field(NamedTuple):
    """A block of a leaf."""

    kind: str
    """param, side or constant"""
    leaf: int
    """which leaf of the parameters, of side, or which constant"""
    block: int
    """which of its blocks of H columns"""


class Fields:
    """Numbers the blocks of all leaves; those that are true or false have numbers of their own."""

    def __init__(self, graph: Graph, rows: int, units: int) -> None:
        self._graph, self._rows, self._units = graph, rows, units
        self.numbers: list[Field] = []
        self.masks: list[Field] = []
        self.constants: list[Array] = []

    def leaves(self, kind: str, tree: Tree) -> list[Value | Refused]:
        """The leaves of a tree as values; Refused in the place of what is no blocks of units."""
        return [self._leaf(kind, i, leaf) for i, leaf in enumerate(jax.tree.leaves(tree))]

    def constant(self, array: Any) -> Value | Refused:
        """What a function has closed over."""
        if isinstance(array, jax.core.Tracer):
            return Refused("an array from outside, which belongs into the parameters")
        self.constants.append(jnp.asarray(array))
        return self._leaf("constant", len(self.constants) - 1, self.constants[-1])

    def _leaf(self, kind: str, leaf: int, array: Any) -> Value | Refused:
        shape = tuple(array.shape)
        one = kind != "side" and array.size == 1 and (self._units > 1 or not shape)
        of_units = len(shape) == 2 - (kind != "side") or shape[:-1] == (self._rows,)
        if not one and not (of_units and shape and shape[-1] and shape[-1] % self._units == 0):
            return Refused(f"a {kind} of shape {shape}")
        is_mask = array.dtype == bool
        if not is_mask and not jnp.issubdtype(array.dtype, jnp.floating):
            return Refused(f"numbers of {array.dtype}")
        count = 1 if one else shape[-1] // self._units
        return Value(tuple(self._input(Field(kind, leaf, i), is_mask) for i in range(count)), one)

    def _input(self, field: Field, is_mask: bool) -> Node:
        known = self.masks if is_mask else self.numbers
        known.append(field)
        return self._graph.input("mask" if is_mask else "field", len(known) - 1, is_mask=is_mask)

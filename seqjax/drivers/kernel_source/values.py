"""Arrays [..., nH] as n blocks, of which a graph has one unit of one row each."""

from __future__ import annotations

import dataclasses

from seqjax.drivers.kernel_source.graph import Node, Refused


@dataclasses.dataclass(frozen=True)
class Value:
    """An array, its rows and units left out."""

    nodes: tuple[Node, ...]
    """one for each block of H columns"""
    uniform: bool
    """whether it is one number for all columns"""

    def spread(self, blocks: int) -> Value:
        """As so many blocks."""
        return Value(self.nodes * blocks, False) if self.uniform else self


def known(value: Value | Refused) -> Value:
    """The value. Raises what stands in its place."""
    if isinstance(value, Refused):
        raise value
    return value

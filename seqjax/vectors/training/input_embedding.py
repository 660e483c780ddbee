"""Where the vectors of context words come from, and where what is added to them goes."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from jax import lax

from seqjax.basics.types import Array, Params
from seqjax.vectors.training.context_windows import Chunk
from seqjax.vectors.training.embedding_ops import add_rows, rows


class Lookup(NamedTuple):
    """Reads vectors of a chunk's context words, and writes."""

    read: Callable[[Params, Chunk], Array]
    """(tables, chunk) -> vectors [B, W, D]"""
    write: Callable[[Params, Chunk, Array], Params]
    """(tables, chunk, what is added to the vectors [B, W, D]) -> tables"""


def whole_words() -> Lookup:
    """A row a word."""

    def read(tables: Params, chunk: Chunk) -> Array:
        # Not within the loop that copies rows: there each number would look its row up.
        return rows(tables["input"], lax.optimization_barrier(chunk.contexts))

    def write(tables: Params, chunk: Chunk, added: Array) -> Params:
        return {**tables, "input": add_rows(tables["input"], chunk.contexts, added)}

    return Lookup(read, write)

"""Errors at the public door: each names the argument, what it got and what it wants.

Arrays are asked for shape and dtype, which costs nothing inside a compiled program; their values
are looked at only where they are known, outside of one.
"""

from seqjax.basics.checks.arrays import (
    array,
    batch_shape,
    floating,
    ids,
    lengths,
    one_id,
    resets,
    sequence,
    width,
)
from seqjax.basics.checks.options import (
    flag,
    fraction,
    lookup,
    natural,
    number,
    positive,
    seed,
)
from seqjax.basics.checks.parts import carries, cell, key, layer, layers

__all__ = [
    "array",
    "batch_shape",
    "carries",
    "cell",
    "flag",
    "floating",
    "fraction",
    "ids",
    "key",
    "layer",
    "layers",
    "lengths",
    "lookup",
    "natural",
    "number",
    "one_id",
    "positive",
    "resets",
    "seed",
    "sequence",
    "width",
]

"""Interop: weights to and from other libraries, and seqjax layers as modules of Flax.

Each library is a module with ``load(weights, cell) -> params`` and ``store(params, cell) ->
weights``. The conventions of all of them stand in one table, ``gates.CONVENTIONS``. Importing this
needs Flax alone.
"""

from seqjax.interop import equinox, haiku, keras, linen, nnx, torch
from seqjax.interop.flax_modules import LinenLayer, NNXLayer

__all__ = ["LinenLayer", "NNXLayer", "equinox", "haiku", "keras", "linen", "nnx", "torch"]

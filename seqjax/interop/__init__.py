"""Interop: weights to and from other libraries, and seqjax layers as modules of Flax.

Each library is a module with ``load(weights, cell) -> params`` and ``store(params, cell) ->
weights``:

    cell = lstm(200)
    layer = stack([recurrent(cell), recurrent(cell)])
    params = interop.torch.load(torch.nn.LSTM(100, 200, num_layers=2), cell)
    carry, hs = layer.apply(params, xs)
    module.load_state_dict(interop.torch.store(params, cell))

The conventions of all of them stand in one table, ``gates.CONVENTIONS``. Importing this needs Flax
alone.
"""

from seqjax.interop import equinox, haiku, keras, linen, nnx, torch
from seqjax.interop.flax_modules import LinenLayer, NNXLayer

__all__ = ["LinenLayer", "NNXLayer", "equinox", "haiku", "keras", "linen", "nnx", "torch"]

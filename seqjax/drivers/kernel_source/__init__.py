"""C++ of the pointwise half of a cell, from its own functions: a gate becomes a functor.

    gate_graph   a gate, ``hidden`` and ``read``, with their transposes, as graphs of operations
    residuals    which values the backward pass is to find, and which it makes again
    functor      the C++ text

The text knows nothing of the device: it is a template over the type of a number, be that one float
or a register of them, and calls functions such as ``tanh`` and ``select`` of that type.
"""

from seqjax.drivers.kernel_source.fields import Field
from seqjax.drivers.kernel_source.functor import Functor, functor
from seqjax.drivers.kernel_source.gate_graph import GateGraph, Shapes, gate_graph
from seqjax.drivers.kernel_source.graph import Refused

__all__ = ["Field", "Functor", "GateGraph", "Refused", "Shapes", "functor", "gate_graph"]

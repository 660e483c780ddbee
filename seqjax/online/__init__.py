"""Gradients without a way back: learning while walking, with memory that does not grow with time.

    result = online.rtrl(cell, params, xs, loss, targets)      # xs [T, B, D], one window
    result.total, result.gradient                              # of Σ loss over its steps and rows
    online.rtrl(cell, params, more, loss, targets, state=result.state)

``rtrl`` is exact; ``snap1``, ``uoro`` and ``eprop`` are approximations that cost less. All serve
any cell: derivatives are made by JAX, and which of them are zero is found by ``sparsity``. The
state that is handed on holds the influence of the parameters on it, so that the gradient of a later
window reaches back over its border, which truncated backpropagation cannot.
"""

from seqjax.online.method import Gradient, Online
from seqjax.online.methods import METHODS, eprop, rtrl, snap1, uoro
from seqjax.online.sparsity import Sparsity, sparsity
from seqjax.online.walk import OnlineState

__all__ = [
    "METHODS",
    "Gradient",
    "Online",
    "OnlineState",
    "Sparsity",
    "eprop",
    "rtrl",
    "snap1",
    "sparsity",
    "uoro",
]

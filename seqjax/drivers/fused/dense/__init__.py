"""The kernel for a dense w_h that is too wide for one multiprocessor: all of them walk together.

A block owns some units, with the columns of w_h of all their gates, and holds these in registers
for the whole walk. After each step blocks hand each other the new h, or backward du, through a ring
in the L2 cache whose words say themselves whether they are written: there is no barrier of the
grid. Backward, clusters of blocks share the reading of du, which is k times as long as h.

    kernels     CUDA, forward and backward, for any gate that ``kernel_source`` has code for
    layouts     how much a block owns, by sizes
    plan        gate, factors, layouts and source of a walk, or the reason why there is none
    source      the text that a compiler gets
    cubins      machine code, by ``nvrtc`` or nvcc, kept in the cache
    host        what starts it, for XLA
    call        arrays and places of a call
    walk        the two loops, and the products after them
    driver      a walk with derivatives, and whether there is one

A wait that takes too long ends after some 50 ms: the results of that walk are NaN, and the next
call raises an error. The first costs a ``where`` over hs, the carry and the gradients of weights,
which XLA joins with what reads them where that is no product. The second costs nothing: the flag
lies in memory of the host, which is looked at when a call begins; a call that waited for its own
flag would keep the host from going ahead.

Weights in registers and waits for data: Diamos et al. 2016 (persistent RNNs), Pöppel et al. 2024
(FlashRNN). Not run on a GPU by this project: tests run the same sources on a CPU, thread by thread.
"""

from __future__ import annotations

from seqjax.drivers.fused.dense.driver import loaded, run
from seqjax.drivers.fused.dense.plan import Plan

__all__ = ["Plan", "loaded", "run"]

"""The methods: exact, and approximations that cost less."""

from __future__ import annotations

from seqjax.basics.types import Params, Tree
from seqjax.online.flat_step import FlatStep, no_cut
from seqjax.online.influence import Influence, masked, rank_one
from seqjax.online.method import Online
from seqjax.online.sparsity import sparsity


def _exact(step: FlatStep, params: Params, x: Tree) -> Influence:
    return masked(step, sparsity(step.cell, params, x), closed=True)


def _one_step(step: FlatStep, params: Params, x: Tree) -> Influence:
    return masked(step, sparsity(step.cell, params, x), closed=False)


def _local(step: FlatStep, params: Params, x: Tree) -> Influence:
    found = sparsity(step.cell, params, x, local=True)
    return masked(step, found, closed=True, local=True)


rtrl = Online("rtrl", _exact)
"""Real-time recurrent learning (Williams and Zipser 1989): the gradient of backpropagation.

Carries every entry of ∂s_t/∂θ that is not zero by the structure of the cell, which is found by
``sparsity``: B N P numbers for a dense cell, B N P / heads for one of heads, B P for one whose
units do not see each other. Time for a dense cell: B N² P a step.
"""

snap1 = Online("snap1", _one_step)
"""SnAp-1 (Menick et al. 2021): of ∂s_t/∂θ the entries alone that one step makes, and of D_t what
leads from these to these. B P numbers, or some times that where a unit has several states. Equal to
``rtrl`` where units do not see each other. Biased elsewhere.
"""

uoro = Online("uoro", lambda step, params, x: rank_one(step), noisy=True)
"""Unbiased online recurrent optimization (Tallec and Ollivier 2018): an estimate of ∂s_t/∂θ of rank
one whose mean over keys is ∂s_t/∂θ. B (N + P) numbers. Its variance grows with N and with how far
the past reaches.
"""

eprop = Online("eprop", _local, no_cut)
"""e-prop (Bellec et al. 2020): D_t without what passes through h_{t-1} w_h, so that an eligibility
trace ∂s_t/∂θ stays within the unit that the parameter belongs to; it meets ∂L_t/∂s_t of the same
step alone. What a cell hands on past its product is kept: the memory of an LSTM, z ⊙ h of a GRU.
For a cell that is linear in time all of D_t is. Cells whose step does not say what it multiplies by
w_h are refused. B P numbers. Biased where units see their past through w_h.
"""

METHODS = {method.name: method for method in (rtrl, snap1, uoro, eprop)}

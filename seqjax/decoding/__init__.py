"""Sequences drawn from a model, and the likeliest ones.

A model is seen only as ``step(carry, token int32 [B]) -> (carry, logits [B, V])``, carry a tree of
[B, ...] arrays. ``functools.partial(model.step, params)`` of a tied or embedded layer is one.
"""

from seqjax.decoding.beam import Beams, beam, length_penalty
from seqjax.decoding.choose import NO_TOKEN, choose
from seqjax.decoding.defined import check_chosen, check_defined
from seqjax.decoding.filters import forbid, top_k, top_p
from seqjax.decoding.sample import Samples, sample
from seqjax.decoding.step import Step

__all__ = [
    "NO_TOKEN",
    "Beams",
    "Samples",
    "Step",
    "beam",
    "check_chosen",
    "check_defined",
    "choose",
    "forbid",
    "length_penalty",
    "sample",
    "top_k",
    "top_p",
]

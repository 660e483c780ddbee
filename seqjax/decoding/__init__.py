"""Sequences drawn from a model, and the likeliest ones.

A model is seen only as ``step(carry, token int32 [B]) -> (carry, logits [B, V])``, carry a tree of
[B, ...] arrays. ``functools.partial(model.step, params)`` of a tied or embedded layer is one.
"""

from seqjax.decoding.beam import Beams, beam, length_penalty
from seqjax.decoding.choose import choose
from seqjax.decoding.filters import forbid, top_k, top_p
from seqjax.decoding.sample import Samples, sample
from seqjax.decoding.step import Step

__all__ = [
    "Beams",
    "Samples",
    "Step",
    "beam",
    "choose",
    "forbid",
    "length_penalty",
    "sample",
    "top_k",
    "top_p",
]

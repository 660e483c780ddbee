"""Objectives: what is minimised and reported. Losses give elements; masks and means are outside.

Names here are those of losses over a vocabulary and of sums; the others lie in their modules, such
as ``seqjax.objectives.ctc``.
"""

from seqjax.objectives.adaptive_softmax import AdaptiveSoftmax, adaptive_softmax
from seqjax.objectives.cross_entropy import bits, cross_entropy, perplexity
from seqjax.objectives.sampled_softmax import sampled_softmax
from seqjax.objectives.sums import accumulate, masked, mean, means

__all__ = [
    "AdaptiveSoftmax",
    "accumulate",
    "adaptive_softmax",
    "bits",
    "cross_entropy",
    "masked",
    "mean",
    "means",
    "perplexity",
    "sampled_softmax",
]

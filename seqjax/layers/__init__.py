"""Layers: maps from sequences to sequences, and ways to put them together."""

from seqjax.layers.bidirectional import bidirectional
from seqjax.layers.dense import dense
from seqjax.layers.dropout import dropout
from seqjax.layers.embedding import embedding, tied
from seqjax.layers.positions import positions
from seqjax.layers.recurrent import recurrent
from seqjax.layers.residual import residual
from seqjax.layers.stack import stack

__all__ = [
    "bidirectional",
    "dense",
    "dropout",
    "embedding",
    "positions",
    "recurrent",
    "residual",
    "stack",
    "tied",
]

"""Word vectors: questions put to them, tests, pictures, and bias measured and removed.

``load`` gives a ``KeyedVectors``; everything else is a function of one. Tests of association, the
direction of a bias and ways to remove it are in modules of their own: ``weat``, ``bias_direction``,
``bias_measures``, ``residual``, ``debias``, ``soft_debias``, ``null_space``, ``audit``.
"""

from seqjax.vectors.analogies import solve
from seqjax.vectors.evaluation.analogy_test import analogy_test, read_analogies, totals
from seqjax.vectors.evaluation.similarity_sets import read_pairs, similarity_test
from seqjax.vectors.expressions import parse
from seqjax.vectors.files import load, save, save_projector
from seqjax.vectors.keyed import KeyedVectors
from seqjax.vectors.nearest import Neighbour, Query, nearest, nearest_to, odd_one_out, similarities

__all__ = [
    "KeyedVectors",
    "Neighbour",
    "Query",
    "analogy_test",
    "load",
    "nearest",
    "nearest_to",
    "odd_one_out",
    "parse",
    "read_analogies",
    "read_pairs",
    "save",
    "save_projector",
    "similarities",
    "similarity_test",
    "solve",
    "totals",
]

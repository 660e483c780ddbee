"""Word vectors: read and written, asked, tested, drawn, and bias measured and removed.

``load`` gives a ``KeyedVectors``: words, their vectors and, if known, how often they occurred.
Everything else is a function of one.

    files           load, save, load_fasttext (a ``SubwordVectors``, for unseen words too),
                    save_projector
    one, two words  similarities, distances, rank, closer_than
    nearest words   nearest and nearest_by_product (of a word or a ``Query``, a sum of words with
                    weights; ``parse`` reads one), nearest_to (any vector), nearest_among (given
                    words), solve (analogies)
    sets of words   mean_vector, set_similarity, odd_one_out
    other words     selected, added
    tests           similarity_test with read_pairs; analogy_test with read_analogies and totals

Training them is in ``training``, pictures are in ``plots``, bias is in ``bias``: tests of
association, its direction, measures, ways to remove it, an audit of all.
"""

from seqjax.vectors.analogies import solve
from seqjax.vectors.cosine_products import nearest_by_product
from seqjax.vectors.editing import added, selected
from seqjax.vectors.evaluation.analogy_test import analogy_test, read_analogies, totals
from seqjax.vectors.evaluation.similarity_sets import read_pairs, similarity_test
from seqjax.vectors.files import load, load_fasttext, save, save_projector
from seqjax.vectors.keyed import KeyedVectors
from seqjax.vectors.nearest import nearest, nearest_to
from seqjax.vectors.queries import Neighbour, Query, parse
from seqjax.vectors.similarity import closer_than, distances, nearest_among, rank, similarities
from seqjax.vectors.subword import SubwordVectors
from seqjax.vectors.word_sets import mean_vector, odd_one_out, set_similarity

__all__ = [
    "KeyedVectors",
    "Neighbour",
    "Query",
    "SubwordVectors",
    "added",
    "analogy_test",
    "closer_than",
    "distances",
    "load",
    "load_fasttext",
    "mean_vector",
    "nearest",
    "nearest_among",
    "nearest_by_product",
    "nearest_to",
    "odd_one_out",
    "parse",
    "rank",
    "read_analogies",
    "read_pairs",
    "save",
    "save_projector",
    "selected",
    "set_similarity",
    "similarities",
    "similarity_test",
    "solve",
    "totals",
]

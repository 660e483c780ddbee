"""Where the vectors of context words come from: a row a word, or character n-grams as well.

With n-grams words that look alike share, and unseen words have vectors (fastText):

    v(word) = 1 / (1 + n) (z_word + Σ_g z_g),   g the n-grams of "<word>" (Bojanowski et al. 2017)

As in fastText, the gradient with respect to v is added to each row in full, not divided by 1 + n:
so v changes as much as a vector that stands alone. Differs from fastText: only the first 64 n-grams
of a very long word count, and CBOW takes the mean of the words' means.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import lax

from seqjax.basics.types import Array, Params
from seqjax.vectors.training.context_windows import Chunk
from seqjax.vectors.training.embedding_ops import add_rows, rows


class InputEmbedding(NamedTuple):
    """Vectors of a chunk's context words: read from the tables, and updated in them."""

    read: Callable[[Params, Chunk], Array]
    """(tables, chunk) -> vectors [B, W, D]"""
    add: Callable[[Params, Chunk, Array], Params]
    """(tables, chunk, updates of the vectors [B, W, D]) -> tables"""


def word_embedding() -> InputEmbedding:
    """A row of "input" [V, D] for each word."""

    def read(tables: Params, chunk: Chunk) -> Array:
        # Not within the loop that copies rows: there each number would look its row up.
        return rows(tables["input"], lax.optimization_barrier(chunk.contexts))

    def add(tables: Params, chunk: Chunk, updates: Array) -> Params:
        return {**tables, "input": add_rows(tables["input"], chunk.contexts, updates)}

    return InputEmbedding(read, add)


def ngram_embedding(bucket_ids: np.ndarray) -> InputEmbedding:
    """Rows of "input" [V, D] and of "ngrams" [B, D]; which ones, ``bucket_ids`` [V, G] says.

    Args:
      bucket_ids: of ``seqjax.data.words.character_ngrams``.
    """
    table = jnp.asarray(bucket_ids)

    def ngrams(chunk: Chunk) -> tuple[Array, Array]:
        """(rows of the n-grams [P, G], 1 for those that are real) of each word of the text."""
        ids = rows(table, chunk.text)
        return jnp.maximum(ids, 0), (ids >= 0).astype(jnp.float32)

    def read(tables: Params, chunk: Chunk) -> Array:
        ids, real = ngrams(chunk)
        word_rows = rows(tables["input"], chunk.text)
        return _mean(word_rows, rows(tables["ngrams"], ids), real)[chunk.context_positions]

    def add(tables: Params, chunk: Chunk, updates: Array) -> Params:
        ids, real = ngrams(chunk)
        zeros = jnp.zeros((len(chunk.text), updates.shape[-1]), updates.dtype)
        text_updates = zeros.at[chunk.context_positions].add(updates)
        ngram_updates = lax.optimization_barrier(text_updates[:, None] * real[..., None])
        return {
            **tables,
            "input": add_rows(tables["input"], chunk.text, text_updates),
            "ngrams": add_rows(tables["ngrams"], ids, ngram_updates),
        }

    return InputEmbedding(read, add)


def composed_vectors(tables: Params, bucket_ids: np.ndarray) -> Array:
    """v of all words of the vocabulary, [V, D]."""

    def vector(word: tuple[Array, Array]) -> Array:
        word_row, ids = word
        ngram_rows = rows(tables["ngrams"], jnp.maximum(ids, 0))
        return _mean(word_row[None], ngram_rows[None], (ids >= 0)[None].astype(word_row.dtype))[0]

    vectors: Array = lax.map(vector, (tables["input"], jnp.asarray(bucket_ids)), batch_size=256)
    return vectors


def _mean(word_rows: Array, ngram_rows: Array, real: Array) -> Array:
    """[P, D] of rows [P, D] and [P, G, D], of which some are real [P, G]."""
    total = word_rows + jnp.einsum("pgd,pg->pd", ngram_rows, real)
    return total / (1 + real.sum(axis=1, keepdims=True))

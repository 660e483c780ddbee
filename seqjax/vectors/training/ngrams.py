"""Character n-grams, so that words that look alike share, and unseen words have vectors (fastText).

    v(word) = 1 / (1 + n) (z_word + Σ_g z_g),   g the n-grams of "<word>" (Bojanowski et al. 2017)

N-grams share a table of B rows by their hash. As in fastText, the gradient with respect to v is
added to each row in full, not divided by 1 + n: so v moves as far as a vector that stands alone.
Differs from fastText: only the first 64 n-grams of a very long word count, and CBOW takes the mean
of the words' means.
"""

from __future__ import annotations

from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np
from jax import lax

from seqjax.basics import checks
from seqjax.basics.types import Array, Params
from seqjax.vectors.training.context_windows import Chunk
from seqjax.vectors.training.embedding_ops import add_rows, rows
from seqjax.vectors.training.input_embedding import Lookup

SHORTEST, LONGEST = 3, 6
MOST = 64
"""N-grams of a word that count: all those of a word of 17 letters."""
NONE = -1


def fnv(text: str) -> int:
    """The 32-bit hash of fastText: FNV-1a over UTF-8 whose bytes are SIGNED, so é differs."""
    found = 2166136261
    for byte in text.encode():
        signed = byte - 256 if byte > 127 else byte
        found = ((found ^ (signed & 0xFFFFFFFF)) * 16777619) & 0xFFFFFFFF
    return found


def ngrams(word: str) -> list[str]:
    """Those of 3 to 6 characters of "<word>", in fastText's order."""
    marked = f"<{word}>"
    return [
        marked[begin : begin + size]
        for begin in range(len(marked))
        for size in range(SHORTEST, LONGEST + 1)
        if begin + size <= len(marked)
    ]


def bucket_ids(words: Sequence[str], buckets: int) -> np.ndarray:
    """int32 [V, G]: the rows of each word's n-grams in a table of B buckets, then -1.

    Raises:
      ValueError: for fewer than one bucket.
    """
    checks.positive("buckets", buckets)
    found = [[fnv(gram) % buckets for gram in ngrams(word)[:MOST]] for word in words]
    width = max(1, *map(len, found), 0)
    filled = [ids + [NONE] * (width - len(ids)) for ids in found]
    return np.array(filled, np.int32).reshape(-1, width)


def with_ngrams(ids: np.ndarray) -> Lookup:
    """Reads and writes "input" [V, D] and "ngrams" [B, D], given ``bucket_ids``."""
    table = jnp.asarray(ids)

    def parts(chunk: Chunk) -> tuple[Array, Array]:
        """(rows of the n-grams [P, G], 1 for those that are there) of each place in the text."""
        found = rows(table, chunk.text)
        return jnp.maximum(found, 0), (found >= 0).astype(jnp.float32)

    def read(tables: Params, chunk: Chunk) -> Array:
        places, there = parts(chunk)
        own = rows(tables["input"], chunk.text)
        return _mean(own, rows(tables["ngrams"], places), there)[chunk.places]

    def write(tables: Params, chunk: Chunk, added: Array) -> Params:
        places, there = parts(chunk)
        own = jnp.zeros((len(chunk.text), added.shape[-1]), added.dtype).at[chunk.places].add(added)
        shared = lax.optimization_barrier(own[:, None] * there[..., None])
        return {
            **tables,
            "input": add_rows(tables["input"], chunk.text, own),
            "ngrams": add_rows(tables["ngrams"], places, shared),
        }

    return Lookup(read, write)


def _mean(own: Array, shared: Array, there: Array) -> Array:
    """[P, D] of rows [P, D] and [P, G, D]."""
    total = own + jnp.einsum("pgd,pg->pd", shared, there)
    return total / (1 + there.sum(axis=1, keepdims=True))


def composed(tables: Params, ids: np.ndarray) -> Array:
    """v of all words of the vocabulary, [V, D]."""

    def of(word: tuple[Array, Array]) -> Array:
        own, grams = word
        shared = rows(tables["ngrams"], jnp.maximum(grams, 0))
        return _mean(own[None], shared[None], (grams >= 0)[None].astype(own.dtype))[0]

    return lax.map(of, (tables["input"], jnp.asarray(ids)), batch_size=256)


def unseen(tables: Params, words: Sequence[str]) -> np.ndarray:
    """Vectors of any words, [N, D], from their n-grams alone: 1 / n Σ_g z_g.

    Raises:
      ValueError: for tables without n-grams, or a word that has none: the empty one.
    """
    if "ngrams" not in tables:
        raise ValueError("tables: got none of n-grams, want some trained with buckets above 0")
    table = np.asarray(tables["ngrams"])
    if "" in words:
        raise ValueError("words: got an empty one, want one letter or more")
    found = bucket_ids(words, len(table))
    return np.stack([table[ids[ids >= 0]].mean(axis=0) for ids in found])

"""Vectors of made-up texts of a few hundred words: trained from each of several seeds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import jax
import numpy as np

from seqjax.basics.types import Params
from seqjax.data.words.cooccurrence import cooccurrences
from seqjax.data.words.corpus import WordCorpus, from_pieces
from seqjax.data.words.corpus_pieces import CorpusPieces
from seqjax.data.words.entries import WordEntries
from seqjax.data.words.text_pieces import NEWLINE
from seqjax.vectors import KeyedVectors
from seqjax.vectors.evaluation.similarity_sets import spearman
from seqjax.vectors.training.config import VectorsConfig, rate_of
from seqjax.vectors.training.trained import Trained, trained
from seqjax.vectors.unit_rows import unit_rows

PIECE = 1 << 14
"""Words, or entries, that one call of the update goes over."""


def corpus_of(sentences: Iterable[Sequence[str]], minimum: int = 1) -> WordCorpus:
    """A corpus whose windows end where sentences do.

    Args:
      minimum: how often a word must occur.

    >>> corpus_of([("a", "b"), ("a",)]).words
    ('a', 'b')
    """
    pieces = ([*sentence, NEWLINE] for sentence in sentences)
    return from_pieces(iter(pieces), minimum=minimum, lines=True)


def train(
    config: VectorsConfig,
    corpus: WordCorpus,
    *,
    seeds: Sequence[int],
    epochs: int,
    say: Callable[[str], None] = lambda words: None,
    name: str = "",
) -> tuple[Trained, list[Params]]:
    """The model and its tables, one for each seed: that of first vectors, windows and negatives.

    The rate falls to nothing by the last epoch. All words are read, however frequent.

    Args:
      config: objective, width and window.
      corpus: the same for all seeds.
      epochs: how often the text is read.
      say: is told how far it is.
      name: of what is trained, for that.
    """
    model = trained(config, corpus.words, corpus.counts)
    update = jax.jit(model.objective.update, donate_argnums=0)
    tables = []
    for seed in seeds:
        item_at, pieces = _source(config, corpus, seed)
        state, key = model.init(jax.random.key(seed)), jax.random.key(1000 + seed)
        total, loss, count = pieces * epochs, 0.0, 1.0
        for done in range(total):
            share = 1 - np.array([done, done + 1]) / total
            rates = (rate_of(config) * share).astype(np.float32)
            item = item_at(done // pieces, done % pieces)
            state, loss, count = update(state, item, rates, jax.random.fold_in(key, done))
        say(f"{name}: seed {seed}, {epochs} epochs, loss {float(loss) / float(count):.3g}")
        tables.append(state)
    return model, tables


def train_vectors(
    config: VectorsConfig, corpus: WordCorpus, *, seeds: Sequence[int], epochs: int, **told: Any
) -> list[KeyedVectors]:
    """The vectors of words that ``train`` gives, one set for each seed."""
    model, tables = train(config, corpus, seeds=seeds, epochs=epochs, **told)
    return [model.vectors(table) for table in tables]


def same_cosines(first: np.ndarray, second: np.ndarray) -> float:
    """Spearman's correlation of the cosines of all pairs of words in two spaces, in [-1, 1].

    Args:
      first: [V, D].
      second: [V, E], the same words in another space.

    >>> rows = np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 3.0], [-1.0, 0.5]])
    >>> round(same_cosines(rows, rows @ np.array([[0.0, 2.0], [-2.0, 0.0]])), 6)  # turned
    1.0
    """
    above = np.triu_indices(len(first), 1)
    units = [unit_rows(rows.astype(np.float64)) for rows in (first, second)]
    # Rounded, so that equal cosines are equal in both.
    cosines = [np.round(rows @ rows.T, 12)[above] for rows in units]
    return spearman(cosines[0], cosines[1])


def _source(
    config: VectorsConfig, corpus: WordCorpus, seed: int
) -> tuple[Callable[[int, int], dict[str, np.ndarray]], int]:
    """((epoch, number) -> a piece, pieces of an epoch)."""
    if config.objective == "glove":
        counts = cooccurrences(corpus, window=config.window)
        entries = WordEntries(counts, held_out=0.0, length=PIECE, seed=seed)
        return lambda epoch, number: entries[number], len(entries)
    keep = np.ones(len(corpus.words), np.float32)
    pieces = CorpusPieces(
        corpus, keep, window=config.window, dynamic=config.dynamic, length=PIECE, seed=seed
    )
    return pieces.at, len(pieces)

"""Word vectors by seqjax, from the corpus that was read: a compiled program, and training."""

from __future__ import annotations

import time
from typing import NamedTuple

import jax
import numpy as np
import optax

from experiments.benchmark.word_vectors.gensim_side import Train
from seqjax.data import Source, stream
from seqjax.data.words.cooccurrence import cooccurrences
from seqjax.data.words.corpus import WordCorpus
from seqjax.data.words.corpus_pieces import CorpusPieces
from seqjax.data.words.entries import WordEntries
from seqjax.tasks.word_vectors.training import step_of
from seqjax.training.adaptation import Adaptation
from seqjax.training.step import State, begin
from seqjax.vectors.keyed import KeyedVectors
from seqjax.vectors.training.build import build
from seqjax.vectors.training.config import VectorsConfig, rate_of

FINAL = 1e-4
"""Share of the rate at the end; gensim falls to a rate of 1e-4, which is as good as 0 too."""


class SeqjaxTraining(NamedTuple):
    """A compiled program, and how to train with it."""

    compiling: float
    """seconds"""
    entries: int
    """of GloVe; 0 for others"""
    train: Train


def seqjax_training(
    config: VectorsConfig, corpus: WordCorpus, keep: np.ndarray, *, epochs: int, piece: int
) -> SeqjaxTraining:
    """Compiles the step and measures how long that takes.

    Args:
      keep: how likely an occurrence of each word is kept, [V].
      piece: words (glove: entries) of one call of the compiled program.
    """
    objective = build(config, corpus.counts)
    entries: WordEntries | None = None
    if config.objective == "glove":
        counts = cooccurrences(corpus, window=config.window, symmetric=config.symmetric)
        entries = WordEntries(counts, part="train", held_out=0.0, length=piece)

    def source(seed: int) -> Source:
        if entries is not None:
            return entries
        window, dynamic = config.window, config.dynamic
        return CorpusPieces(corpus, keep, window=window, dynamic=dynamic, length=piece, seed=seed)

    def start(seed: int) -> State:
        first, noise = jax.random.split(jax.random.key(seed))
        state = begin(objective.init(first), optax.identity(), (), key=noise)
        return jax.block_until_ready(state)

    steps = epochs * len(source(0))
    step, unchanged = step_of(objective, rate_of(config), FINAL, steps), Adaptation(1.0, False)

    def train(seed: int) -> tuple[float, KeyedVectors]:
        state, pieces = start(seed), source(seed)
        before = time.perf_counter()
        batches = stream(pieces, seed=seed)
        for _ in range(steps):
            state, metrics = step(state, next(batches), unchanged)
        jax.block_until_ready((state, metrics))
        seconds = time.perf_counter() - before
        return seconds, KeyedVectors(corpus.words, np.asarray(objective.vectors(state.params)))

    state, first_piece = start(0), source(0)[0]
    times = []
    for _ in range(2):  # the first call compiles, the second does not
        before = time.perf_counter()
        state, _ = jax.block_until_ready(step(state, first_piece, unchanged))
        times.append(time.perf_counter() - before)
    number = 0 if entries is None else entries.entries
    return SeqjaxTraining(max(0.0, times[0] - times[1]), number, train)

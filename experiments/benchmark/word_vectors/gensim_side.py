"""gensim as the other side: word2vec from a prepared file, and the test sets of its wheel."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from seqjax.vectors.keyed import KeyedVectors
from seqjax.vectors.training.config import VectorsConfig, rate_of

SIMILARITY = ("wordsim353.tsv", "simlex999.txt")
ANALOGIES = "questions-words.txt"

Train = Callable[[int], tuple[float, KeyedVectors]]
"""seed -> (seconds, vectors)"""


class GensimTraining(NamedTuple):
    """A vocabulary that was read, and how to train on it."""

    reading: float
    """seconds for reading and counting words"""
    words: int
    train: Train


def library() -> Any:
    """gensim, or an ImportError that says how it is installed."""
    try:
        import gensim
        import gensim.models
    except ModuleNotFoundError as error:
        raise ImportError("gensim is not installed; pip install 'seqjax[test]'") from error
    return gensim


def test_sets() -> Path:
    """The folder of gensim's wheel with ``SIMILARITY`` and ``ANALOGIES``."""
    return Path(library().__file__).parent / "test" / "test_data"


def gensim_training(
    path: Path, config: VectorsConfig, *, minimum: int, sample: float, epochs: int, workers: int
) -> GensimTraining:
    """Reads the corpus, a line of words after the other, as its corpus_file."""

    def with_vocabulary(seed: int) -> Any:
        model = library().models.Word2Vec(
            vector_size=config.size, window=config.window, negative=config.negatives,
            ns_exponent=config.exponent, sg=int(config.objective == "skip_gram"),
            alpha=rate_of(config), min_count=minimum, sample=sample, epochs=epochs,
            workers=workers, seed=seed,
        )  # fmt: skip
        model.build_vocab(corpus_file=str(path))
        return model

    start = time.perf_counter()
    words = len(with_vocabulary(1).wv.index_to_key)
    reading = time.perf_counter() - start

    def train(seed: int) -> tuple[float, KeyedVectors]:
        model = with_vocabulary(seed + 1)  # 0 is as good a seed, but 1 is where gensim begins
        start = time.perf_counter()
        model.train(
            corpus_file=str(path), total_examples=model.corpus_count,
            total_words=model.corpus_total_words, epochs=epochs,
        )  # fmt: skip
        seconds = time.perf_counter() - start
        return seconds, KeyedVectors(tuple(model.wv.index_to_key), np.array(model.wv.vectors))

    return GensimTraining(reading, words, train)

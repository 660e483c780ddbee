"""gensim as the other side of ``experiments.vectors_speed``: word2vec from a prepared file."""

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


class Gensim(NamedTuple):
    """A vocabulary that was read, and how to train on it."""

    reading: float
    """seconds for reading and counting words"""
    words: int
    train: Callable[[int], tuple[float, KeyedVectors]]
    """seed -> (seconds, vectors)"""


def library() -> Any:
    """gensim, or an ImportError that says how it is installed."""
    try:
        import gensim
        import gensim.models
    except ModuleNotFoundError as error:
        raise ImportError("gensim is not installed; pip install 'seqjax[test]'") from error
    return gensim


def tests() -> Path:
    """The folder of gensim's wheel with ``SIMILARITY`` and ``ANALOGIES``."""
    return Path(library().__file__).parent / "test" / "test_data"


def prepare(
    path: Path, config: VectorsConfig, *, minimum: int, sample: float, epochs: int, workers: int
) -> Gensim:
    """Reads the corpus, a line of words after the other, as its corpus_file."""

    def model(seed: int) -> Any:
        return library().models.Word2Vec(
            vector_size=config.size, window=config.window, negative=config.negatives,
            ns_exponent=config.exponent, sg=int(config.objective == "skip_gram"),
            alpha=rate_of(config), min_count=minimum, sample=sample, epochs=epochs,
            workers=workers, seed=seed,
        )  # fmt: skip

    def read(seed: int) -> Any:
        made = model(seed)
        made.build_vocab(corpus_file=str(path))
        return made

    before = time.perf_counter()
    first = read(1)
    reading = time.perf_counter() - before

    def train(seed: int) -> tuple[float, KeyedVectors]:
        made = read(seed + 1)  # 0 is as good a seed, but 1 is where gensim begins
        before = time.perf_counter()
        made.train(
            corpus_file=str(path), total_examples=made.corpus_count,
            total_words=made.corpus_total_words, epochs=epochs,
        )  # fmt: skip
        seconds = time.perf_counter() - before
        return seconds, KeyedVectors(tuple(made.wv.index_to_key), np.array(made.wv.vectors))

    return Gensim(reading, len(first.wv.index_to_key), train)

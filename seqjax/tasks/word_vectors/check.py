"""What can be known to be wrong with the settings before a text of any size is read."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np

from seqjax.basics import checks
from seqjax.data.encodings import check_encoding
from seqjax.data.words.text_pieces import SPLITS
from seqjax.tasks.settings import unused
from seqjax.tasks.word_vectors import start
from seqjax.tasks.word_vectors.config import (
    CorpusConfig,
    OutcomeConfig,
    StartConfig,
    WordVectorsRun,
    names,
)
from seqjax.tasks.word_vectors.corpus import text_files
from seqjax.tasks.word_vectors.vector_tests import read_tests
from seqjax.vectors import files
from seqjax.vectors.training.build import build
from seqjax.vectors.training.config import VectorsConfig
from seqjax.vectors.training.trained import check_contexts


def check(
    run: WordVectorsRun,
    corpus: CorpusConfig,
    config: VectorsConfig,
    beginning: StartConfig,
    outcome: OutcomeConfig,
) -> None:
    """Refuses settings before any data is read.

    Raises:
      ValueError: for a setting that is wrong or contradicts another; it names it.
    """
    checks.natural("threads", run.threads)
    if run.nonfinite == "skip":
        raise ValueError(
            "nonfinite: got 'skip', want stop or back: a step changes word vectors in place, chunk"
            " by chunk, so there is nothing left that would be without it"
        )
    _check_precision(run.precision, config.objective)
    if not 0 <= run.final <= 1:
        raise ValueError(f"final: got {run.final}, want a share in [0, 1]")
    # An objective for two words refuses all that one for many does, but for its size.
    build(dataclasses.replace(config, size=min(config.size, 2)), np.ones(2), words=("a", "b"))
    check_encoding(corpus.encoding)
    _check_corpus(corpus)
    _check_outcome(outcome, config)
    start.check(beginning, config)


def _check_precision(precision: str, objective: str) -> None:
    if objective == "glove" and precision != "float32":
        raise ValueError(
            f"precision: got {precision!r}, but glove has no products of matrices: nothing would"
            " use it; leave it at 'float32'"
        )
    if objective == "neural_lm" and precision == "float16":
        raise ValueError(
            "precision: got 'float16', but the gradients of neural_lm are too small for it and no"
            " loss scale is there; want bfloat16"
        )


def _check_corpus(config: CorpusConfig) -> None:
    checks.lookup("split", SPLITS, config.split)
    for name in ("minimum", "piece"):
        checks.positive(name, getattr(config, name))
    if config.vocabulary < 0 or config.vocabulary == 1:
        raise ValueError(f"vocabulary: got {config.vocabulary}, want 2 or more, or 0 for all")
    if not 0 <= config.sample <= 1:
        raise ValueError(f"sample: got {config.sample}, want a share in [0, 1]")
    if not 0 < config.held_out < 1:
        raise ValueError(f"held_out: got {config.held_out}, want a share above 0 and below 1")
    if config.phrases < 0 or not config.phrase_threshold >= 0:
        raise ValueError(
            f"phrases, phrase_threshold: got {config.phrases} and {config.phrase_threshold}, want 0"
            " or more"
        )
    if not config.phrases:
        unused(config, "phrase_threshold", why="without --phrases")
    if not config.data:
        unused(config, "encoding", why="without --data")
    text_files(names(config.data))


def _check_outcome(config: OutcomeConfig, vectors: VectorsConfig) -> None:
    """Files that could not be read or written after training are refused before."""
    for setting in ("save", "contexts"):
        for name in names(getattr(config, setting)):
            endings = (files.NUMPY, *files.ENDINGS)
            if Path(name).suffix not in endings or Path(name).name != name:
                raise ValueError(
                    f"{setting}: got {name!r}, want names without folders that end in"
                    f" {', '.join(endings)}"
                )
    if config.contexts:
        check_contexts(vectors)
    read_tests(config)

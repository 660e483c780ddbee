"""A corpus as batches for an objective, and the counts of its words in the record of a run."""

from __future__ import annotations

import itertools
import zlib
from typing import Any

import numpy as np

from seqjax.data import Source
from seqjax.data.words.cooccurrence import cooccurrences
from seqjax.data.words.corpus import WordCorpus
from seqjax.data.words.corpus_pieces import CorpusPieces
from seqjax.data.words.entries import WordEntries
from seqjax.data.words.subsampling import keep_probability
from seqjax.tasks.settings import Record, of_record
from seqjax.tasks.word_vectors.config import CorpusConfig
from seqjax.vectors.training.config import VectorsConfig

COUNTS = "counts"
"""in record["data"]"""


def encoded(record: Record, corpus: WordCorpus, *parts: str) -> dict[str, Any]:
    """The source of each part, train or valid, as the run's objective reads a text.

    Pieces of text with windows, or for GloVe entries of the table of co-occurrences: those of the
    training part alone are counted, and a share of them is held out if there is a valid part.
    """
    settings, config = of_record(CorpusConfig, record), of_record(VectorsConfig, record)
    if config.objective == "glove":
        table = cooccurrences(corpus, window=config.window, symmetric=config.symmetric)
        held_out = settings.held_out if "valid" in parts else 0.0
        return {
            part: WordEntries(table, part=part, held_out=held_out, length=settings.piece)
            for part in parts
        }
    keep = keep_probability(corpus.counts, settings.sample)
    dynamic = config.dynamic and config.objective in ("skip_gram", "cbow")
    return {
        part: CorpusPieces(
            corpus, keep, part=part, window=config.window, dynamic=dynamic, length=settings.piece,
            seed=record["config"]["seed"],
        )
        for part in parts
    }  # fmt: skip


def amount_of(source: Source) -> int:
    """What one pass goes through: words, the rare ones not among them, or entries."""
    return source.entries if isinstance(source, WordEntries) else source.words  # type: ignore[attr-defined]


def counts_as_text(counts: np.ndarray) -> str:
    """Counts in runs of equal ones, as falling counts have them; ``counts_of`` reads them.

    >>> counts_as_text(np.array([90, 41, 5, 5, 5]))
    '90 41 5x3'
    """
    runs = ((count, len([*equal])) for count, equal in itertools.groupby(counts.tolist()))
    return " ".join(f"{count}x{times}" if times > 1 else f"{count}" for count, times in runs)


def counts_of(record: Record) -> np.ndarray | None:
    """int64 [V], how often each word occurs in the training text of a run.

    None for a run of an older seqjax, which did not keep them.
    """
    text = record["data"].get(COUNTS)
    if text is None:
        return None
    pairs = [run.partition("x") for run in text.split()]
    values, times = [int(a) for a, _, _ in pairs], [int(b or 1) for _, _, b in pairs]
    return np.repeat(np.array(values, np.int64), times)


def checksum(ids: np.ndarray) -> int:
    """CRC-32 of an array [N] that may be larger than memory."""
    crc = 0
    for start in range(0, len(ids), 1 << 22):
        crc = zlib.crc32(ids[start : start + (1 << 22)].tobytes(), crc)
    return crc

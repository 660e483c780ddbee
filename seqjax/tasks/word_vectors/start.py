"""What training of word vectors begins with: nothing, another run, or vectors of a file."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from seqjax import vectors
from seqjax.basics.types import Array, Params
from seqjax.tasks.word_vectors.config import StartConfig
from seqjax.tasks.word_vectors.other_run import read_other_run, record_of
from seqjax.vectors.training.config import VectorsConfig

Init = Callable[[Array], Params]


class KnownVectors(NamedTuple):
    """Words and the tables that they had before training: none of them, or ``read_known``'s."""

    words: tuple[str, ...]
    tables: dict[str, np.ndarray]
    """"input" and perhaps "output", [number of words, D]"""

    def init(self, base: Init, words: Sequence[str]) -> Init:
        """``base``, but the rows of known words, which are among ``words``, begin as they were."""
        if not self.words:
            return base
        row_of = {word: row for row, word in enumerate(words)}
        rows = np.array([row_of[word] for word in self.words], np.int32)

        def init(key: Array) -> Params:
            tables = base(key)
            known = {n: tables[n].at[rows].set(table) for n, table in self.tables.items()}
            return {**tables, **known}

        return init

    def checksum(self) -> int:
        """CRC-32 of words and tables."""
        crc = zlib.crc32("\n".join(self.words).encode())
        for name in sorted(self.tables):
            crc = zlib.crc32(np.ascontiguousarray(self.tables[name]).data, crc)
        return crc

    def about(self, config: StartConfig, words: Sequence[str]) -> str:
        """What is known of which words, for a person; "" where training begins from nothing."""
        if not self.words:
            return ""
        count, known = len(self.words), set(self.words)
        new = sum(word not in known for word in words)
        frozen = "; known vectors are frozen" if config.freeze else ""
        if config.vectors:
            origin = f"{config.vectors}: {count:,} vectors, input-only: output vectors begin at 0"
        elif "output" in self.tables:
            origin = f"{config.continue_from}: {count:,} words with input and output vectors"
        else:
            origin = (
                f"{config.continue_from}: {count:,} words with input vectors; nodes of the tree"
                " begin at 0"
            )
        return f"{origin}; {new:,} words are new{frozen}"


def check(start: StartConfig, config: VectorsConfig) -> None:
    """Looks at the settings, and at a run's record alone.

    Raises:
      ValueError: for settings that contradict each other, or another run that does not fit.
    """
    if start.continue_from and start.vectors:
        raise ValueError("vectors: got a file beside continue_from, want one of them")
    if not (start.continue_from or start.vectors):
        if start.freeze:
            raise ValueError("freeze: got nothing to freeze, want vectors or continue_from with it")
        return
    if config.objective not in ("skip_gram", "cbow"):
        raise ValueError(
            f"objective: got {config.objective}, want skip_gram or cbow to begin with known vectors"
        )
    if config.buckets:
        raise ValueError(
            f"buckets: got {config.buckets}, want 0 to begin with known vectors: with n-grams no"
            " row is a word's alone"
        )
    if start.continue_from:
        _check_run(start.continue_from, config)
    elif not Path(start.vectors).is_file():
        raise ValueError(f"vectors: got {start.vectors}, which is no file")


def _check_run(folder: str, config: VectorsConfig) -> None:
    settings = record_of(folder)["config"]
    for name in ("objective", "output", "buckets"):
        other, own = settings.get(name), getattr(config, name)
        if other != own:
            raise ValueError(f"continue_from: {folder} has {name} {other}, want {own}")
    _check_width(folder, settings["size"], config)


def read_known(start: StartConfig, config: VectorsConfig) -> KnownVectors:
    """What was known before; the settings have been checked.

    Raises:
      ValueError: for a file that holds no vectors of this width, a run without a checkpoint.
    """
    if start.continue_from:
        words, tables = read_other_run(start.continue_from)
        if config.output == "hierarchical":
            del tables["output"]  # its rows are nodes of a tree, and another vocabulary has another
        return KnownVectors(words, tables)
    if not start.vectors:
        return KnownVectors((), {})
    keyed = vectors.load(start.vectors)
    _check_width(start.vectors, keyed.width, config)
    return KnownVectors(keyed.words, {"input": keyed.matrix.astype(np.float32)})


def _check_width(where: str, width: int, config: VectorsConfig) -> None:
    if width != config.size:
        raise ValueError(f"size: got {config.size}, but the vectors of {where} have {width}")

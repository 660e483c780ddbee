"""What training of word vectors begins with: nothing, another run, or vectors from a file."""

from __future__ import annotations

import dataclasses
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from seqjax import runs, vectors
from seqjax.basics.options import option
from seqjax.basics.types import Array, Params
from seqjax.data import Vocabulary
from seqjax.training.checkpoints import Checkpoints
from seqjax.vectors.training.config import VectorsConfig
from seqjax.vectors.training.objective import Objective


@dataclasses.dataclass(frozen=True)
class StartConfig:
    """Where vectors come from before training."""

    continue_from: str = option(
        "", "folder of another run of this objective: its words keep their vectors, input and"
        " output, and those that are new in --data are added"
    )  # fmt: skip
    vectors: str = option(
        "", "file of vectors that words begin with; it is input-only: output vectors begin at 0, as"
        " they do without it"
    )  # fmt: skip
    freeze: bool = option(
        False, "the vectors that were known before stay as they are; output vectors learn"
    )


class Known(NamedTuple):
    """Words and the tables that they had."""

    words: tuple[str, ...]
    tables: dict[str, np.ndarray]


def known(start: StartConfig, config: VectorsConfig) -> Known:
    """What was known before.

    Raises:
      ValueError: for a folder or file without it, or one of another kind.
    """
    if start.continue_from and start.vectors:
        raise ValueError("vectors: got a file beside continue_from, want one of them")
    if not (start.continue_from or start.vectors):
        if start.freeze:
            raise ValueError("freeze: got nothing to freeze, want vectors or continue_from with it")
        return Known((), {})
    if config.objective not in ("skip_gram", "cbow"):
        raise ValueError(f"objective: got {config.objective}, want skip_gram or cbow to begin with"
                         " known vectors")  # fmt: skip
    if config.buckets:
        raise ValueError(f"buckets: got {config.buckets}, want 0 to begin with known vectors: with"
                         " n-grams no row is a word's alone")  # fmt: skip
    if start.continue_from:
        return _run(Path(start.continue_from), config)
    found = vectors.load(start.vectors)
    _width(start.vectors, found.matrix, config)
    return Known(found.words, {"input": found.matrix.astype(np.float32)})


def _run(folder: Path, config: VectorsConfig) -> Known:
    record = runs.read_record(folder)
    if record["kind"] != "vectors":
        raise ValueError(f"continue_from: {folder} is a run of {record['kind']}, want word vectors")
    for name in ("objective", "output", "buckets"):
        was, want = record["config"].get(name), getattr(config, name)
        if was != want:
            raise ValueError(f"continue_from: {folder} has {name} {was}, want {want}")
    words = Vocabulary.load(folder / "vocabulary.words.json").tokens
    rows = {"input": len(words), "output": len(words) - (config.output == "hierarchical")}
    like = {
        name: jax.ShapeDtypeStruct((count, record["config"]["size"]), jnp.float32)
        for name, count in rows.items()
    }
    with Checkpoints(folder / runs.CHECKPOINTS) as checkpoints:
        newest = checkpoints.latest()
        if newest is None:
            raise ValueError(f"continue_from: {folder} has no checkpoint yet")
        tables = checkpoints.restore(newest, {"params": like})["params"]
    if config.output == "hierarchical":
        del tables["output"]  # its rows are nodes of a tree, and another vocabulary has another
    found = {name: np.asarray(table) for name, table in tables.items()}
    _width(str(folder), found["input"], config)
    return Known(words, found)


def _width(where: str, matrix: np.ndarray, config: VectorsConfig) -> None:
    if matrix.shape[1] != config.size:
        raise ValueError(f"size: got {config.size}, but the vectors of {where} have"
                         f" {matrix.shape[1]}")  # fmt: skip


def begin(objective: Objective, before: Known, words: Sequence[str], key: Array) -> Params:
    """Tables that begin with what was known, by word."""
    tables = objective.init(key)
    places = {word: row for row, word in enumerate(words)}
    old = [row for row, word in enumerate(before.words) if word in places]
    new = np.array([places[before.words[row]] for row in old], np.int32)
    filled = {name: tables[name].at[new].set(matrix[old]) for name, matrix in before.tables.items()}
    return {**tables, **filled} if len(new) else tables


def frozen(start: StartConfig, before: Known, words: Sequence[str]) -> np.ndarray | None:
    """bool [V], which vectors stay as they are."""
    if not start.freeze:
        return None
    old = set(before.words)
    return np.array([word in old for word in words])


def mark(before: Known) -> int:
    """A checksum of what was known before."""
    found = zlib.crc32("\n".join(before.words).encode())
    for name in sorted(before.tables):
        found = zlib.crc32(np.ascontiguousarray(before.tables[name]).data, found)
    return found


def about(start: StartConfig, before: Known, words: Sequence[str]) -> str:
    """What is known of which words, for a person; nothing where training begins from nothing."""
    if not before.words:
        return ""
    old = set(before.words)
    new = sum(word not in old for word in words)
    stay = "; known vectors are frozen" if start.freeze else ""
    if start.vectors:
        has = f"{start.vectors}: {len(old):,} vectors, input-only: output vectors begin at 0"
    elif "output" in before.tables:
        has = f"{start.continue_from}: {len(old):,} words with input and output vectors"
    else:
        has = (f"{start.continue_from}: {len(old):,} words with input vectors; nodes of the tree"
               " begin at 0")  # fmt: skip
    return f"{has}; {new:,} words are new{stay}"

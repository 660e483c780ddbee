"""Another run of word vectors, whose words and tables training goes on with."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import jax
import numpy as np

from seqjax.tasks.run_record import CHECKPOINTS, read_record, read_vocabularies
from seqjax.tasks.settings import Record, of_record
from seqjax.training.checkpoints import Checkpoints
from seqjax.vectors.training.config import VectorsConfig
from seqjax.vectors.training.trained import trained


class OtherRun(NamedTuple):
    """What it has trained."""

    words: tuple[str, ...]
    tables: dict[str, np.ndarray]


def record_of(folder: str) -> Record:
    """The record of a run of word vectors.

    Raises:
      ValueError: for a folder that is none.
    """
    try:
        record = read_record(Path(folder))
    except ValueError as error:
        raise ValueError(f"continue_from: {error}") from None
    if record["task"] != "word_vectors":
        task = record["task"]
        raise ValueError(f"continue_from: {folder} is a run of {task}, want one of word vectors")
    return record


def read_other_run(folder: str) -> OtherRun:
    """Words and tables of the newest checkpoint.

    Raises:
      ValueError: for a run without a checkpoint.
    """
    words = read_vocabularies(Path(folder))["words"].tokens
    model = trained(of_record(VectorsConfig, record_of(folder)), words)
    shapes = jax.eval_shape(model.init, jax.random.key(0))
    with Checkpoints(Path(folder) / CHECKPOINTS) as checkpoints:
        newest = checkpoints.latest()
        if newest is None:
            raise ValueError(f"continue_from: {folder} has no checkpoint yet")
        tables = checkpoints.restore(newest, {"params": shapes})["params"]
    return OtherRun(words, {name: np.asarray(table) for name, table in tables.items()})

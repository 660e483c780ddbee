"""Pretrained against fresh vectors: the settings of the second run, and both beside each other."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

from seqjax.basics.options import option
from seqjax.data.formats.vector_readers import read_vectors
from seqjax.models.classifier_config import ClassifierConfig
from seqjax.tasks.classification.baseline import FILE
from seqjax.tasks.classification.config import ClassificationData, ClassificationRun
from seqjax.tasks.classification.report import table
from seqjax.tasks.pretrained.config import PretrainedConfig
from seqjax.training import logs
from seqjax.training.config import Optimization
from seqjax.training.fit import Figures

FRESH = "fresh"
"""The folder, in that of the run, of the run without the vectors."""


@dataclasses.dataclass(frozen=True)
class CompareConfig:
    """The comparison: what else is trained."""

    compare_vectors: bool = option(
        False, "with --vectors: train again with fresh embeddings as wide, and print both models"
        " with both beside each other"
    )  # fmt: skip


def check_compare(compare: CompareConfig, vectors: PretrainedConfig) -> None:
    """Whether there is something to compare.

    Raises:
      ValueError: for a comparison without a file of vectors.
    """
    if compare.compare_vectors and not vectors.vectors:
        raise ValueError("compare_vectors: got no vectors to compare, want --vectors=FILE with it")


def fresh(
    run: ClassificationRun,
    data: ClassificationData,
    config: ClassifierConfig,
    vectors: PretrainedConfig,
    optimization: Optimization,
) -> list[Any]:
    """The settings of the run without the vectors: all else is the same, the width too.

    Raises:
      ValueError: for a file that holds no vectors.
    """
    width = read_vectors(Path(vectors.vectors), limit=1).matrix.shape[1]
    return [
        dataclasses.replace(run, workdir=str(Path(run.workdir) / FRESH)),
        data,
        dataclasses.replace(config, embedding=width),
        PretrainedConfig(),
        optimization,
    ]


def comparison(folder: Path) -> str:
    """A table of all four models, as both runs tested them."""
    rows = []
    for name, run in (("pretrained", folder), ("fresh", folder / FRESH)):
        model, baseline = _figures(run)
        rows += [(f"{name}, this model", model), (f"{name}, averaged embeddings", baseline)]
    return table("pretrained and fresh vectors, on the same part", rows)


def _figures(folder: Path) -> tuple[Figures, Figures]:
    """Of the model and of the baseline of a run that has ended."""
    test_rows = [row for row in logs.read(folder / logs.NAME) if row["kind"] == "test"]
    return test_rows[-1], json.loads((folder / FILE).read_text(encoding="utf-8"))

"""Pretrained against fresh vectors, under a recurrent model and under their mean, in one launch."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

from experiments import classify_baseline, classify_report
from experiments.pretrained import PretrainedConfig
from experiments.task import RunConfig
from seqjax.basics.options import option
from seqjax.data.formats.vector_readers import read_vectors
from seqjax.models.classifier_config import ClassifierConfig
from seqjax.training import logs
from seqjax.training.fit import Figures

FRESH = "fresh"
"""The folder, in that of the run, of the run without the vectors."""


@dataclasses.dataclass(frozen=True)
class CompareConfig:
    """What else is trained."""

    compare_vectors: bool = option(
        False, "with --vectors: train again with fresh embeddings as wide, and print both models"
        " with both beside each other"
    )  # fmt: skip


def check(compare: CompareConfig, vectors: PretrainedConfig) -> None:
    """Raises a ValueError if there is nothing to compare."""
    if compare.compare_vectors and not vectors.vectors:
        raise ValueError("compare_vectors: got no vectors to compare, want --vectors=FILE with it")


def fresh(
    run: RunConfig, config: ClassifierConfig, vectors: PretrainedConfig
) -> tuple[RunConfig, ClassifierConfig, PretrainedConfig]:
    """The configurations of the run without the vectors: all else is the same."""
    width = read_vectors(vectors.vectors, limit=1).matrix.shape[1]
    folder = str(Path(run.workdir) / FRESH)
    return (
        dataclasses.replace(run, workdir=folder),
        dataclasses.replace(config, embedding=width),
        PretrainedConfig(),
    )


def table(folder: Path) -> str:
    """All four, as both runs tested them."""
    rows = []
    for name, where in (("pretrained", folder), ("fresh", folder / FRESH)):
        model, baseline = _figures(where)
        rows += [(f"{name}, this model", model), (f"{name}, averaged embeddings", baseline)]
    return classify_report.table("pretrained and fresh vectors, on the same part", rows)


def _figures(folder: Path) -> tuple[Figures, Figures]:
    """Of the model and of the baseline of a run that has ended."""
    tested = [row for row in logs.read(folder / logs.NAME) if row["kind"] == "test"]
    return tested[-1], json.loads((folder / classify_baseline.FILE).read_text(encoding="utf-8"))

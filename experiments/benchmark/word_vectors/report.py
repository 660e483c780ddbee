"""What came of training word vectors: seconds and quality by seed, and the table of both sides."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from experiments.benchmark.word_vectors.gensim_side import ANALOGIES, SIMILARITY, test_sets
from seqjax.vectors.evaluation.analogy_test import analogy_test, read_analogies, totals
from seqjax.vectors.evaluation.similarity_sets import read_pairs, similarity_test
from seqjax.vectors.keyed import KeyedVectors


class Trained(NamedTuple):
    """What one seed gave."""

    seconds: float
    quality: dict[str, float]


def quality(vectors: KeyedVectors) -> dict[str, float]:
    """Agreement with both similarity sets, and the share of analogies."""
    folder = test_sets()
    agreements = {
        Path(name).stem: similarity_test(vectors, read_pairs(folder / name)).spearman
        for name in SIMILARITY
    }
    scores = analogy_test(vectors, read_analogies(folder / ANALOGIES))
    return {**agreements, "analogies": totals(scores)["total"].answered_only}


def spread(values: Sequence[float], form: str) -> str:
    """The mean, and behind it the lowest and highest."""
    low, high = min(values), max(values)
    return f"{statistics.fmean(values):{form}} ({low:{form}} to {high:{form}})"


def table(
    trained: Mapping[str, Sequence[Trained]], amounts: Mapping[str, float], epochs: int
) -> str:
    """One line a seed and side, then the means with their spread, then the ratio.

    Args:
      trained: by side, a run a seed.
      amounts: by unit, such as "words/s, raw", how many an epoch has.
    """
    lines = []
    names = list(next(iter(trained.values()))[0].quality)
    for side, runs in trained.items():
        for seed, run in enumerate(runs):
            measures = "  ".join(f"{name} {value:.4f}" for name, value in run.quality.items())
            lines.append(f"{side:7} seed {seed}  {run.seconds:7.1f} s  {measures}")
    for side, runs in trained.items():
        for unit, amount in amounts.items():
            speeds = [epochs * amount / run.seconds for run in runs]
            lines.append(f"{side:7} {unit:26} {spread(speeds, ',.0f')}")
        for name in names:
            lines.append(f"{side:7} {name:26} {spread([r.quality[name] for r in runs], '.4f')}")
    if len(trained) == 2:
        pairs = zip(trained["seqjax"], trained["gensim"], strict=True)
        ratios = [theirs.seconds / ours.seconds for ours, theirs in pairs]
        lines.append(f"seqjax trains {spread(ratios, '.2f')} times as fast")
    return "\n".join(lines)

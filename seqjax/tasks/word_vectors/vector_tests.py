"""Tests of word vectors that a run is given: sets of similar words, and analogies."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from seqjax.tasks.word_vectors.config import OutcomeConfig, names
from seqjax.training.fit import Figures
from seqjax.vectors.evaluation.analogy_test import Section, analogy_test, read_analogies, totals
from seqjax.vectors.evaluation.similarity_sets import Pair, read_pairs, similarity_test
from seqjax.vectors.keyed import KeyedVectors


class SimilarityTest(NamedTuple):
    """Pairs of words with scores of people."""

    name: str
    pairs: Sequence[Pair]

    def figures(self, vectors: KeyedVectors) -> Figures:
        """Spearman's correlation, and of how many pairs it is."""
        spearman, covered, _ = similarity_test(vectors, self.pairs)
        return {f"spearman {self.name}": spearman, f"covered {self.name}": covered}

    def lines(self, figures: Figures) -> list[str]:
        """The same for a person."""
        covered, value = figures[f"covered {self.name}"], figures[f"spearman {self.name}"]
        return [f"spearman {self.name}: {value:.4f} ({covered:.0f} of {len(self.pairs)} pairs)"]


class AnalogyTest(NamedTuple):
    """Questions in sections; figures are of all, of semantic and of syntactic ones."""

    sections: Sequence[Section]

    def figures(self, vectors: KeyedVectors) -> Figures:
        """Shares of right answers, and of how many questions they are; none where none is."""
        figures: Figures = {}
        for name, score in totals(analogy_test(vectors, self.sections)).items():
            if score.answered:
                figures |= {
                    f"analogies {name}": score.answered_only,
                    f"answered {name}": score.answered,
                    f"questions {name}": score.questions,
                }
        return figures

    def lines(self, figures: Figures) -> list[str]:
        """The same for a person."""
        kinds = [key.removeprefix("analogies ") for key in figures if key.startswith("analogies ")]
        rows = [
            (kind, *(figures[f"{what} {kind}"] for what in ("analogies", "answered", "questions")))
            for kind in kinds
        ]
        return [
            f"analogies {kind}: {share:.4f} ({answered:,.0f} of {questions:,.0f} questions)"
            for kind, share, answered, questions in rows
        ]


Tests = list[SimilarityTest | AnalogyTest]


def read_tests(config: OutcomeConfig) -> Tests:
    """Those that the settings name.

    Raises:
      ValueError: for a file that is no such test.
    """
    tests: Tests = [SimilarityTest(Path(p).stem, read_pairs(p)) for p in names(config.similarity)]
    if config.analogies:
        tests.append(AnalogyTest(read_analogies(config.analogies)))
    return tests

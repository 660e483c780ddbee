"""The analogy test of Mikolov et al. 2013: questions in sections, and who may be counted wrong."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from seqjax.basics import checks
from seqjax.data import lines, read
from seqjax.vectors.analogies import METHODS, best_answers
from seqjax.vectors.keyed import KeyedVectors

LIMIT = 30_000
"""The commonest words, which word2vec's own test is restricted to by default."""
SYNTACTIC = "gram"
"""What the names of sections on grammar begin with in Google's file; the others are semantic."""


class Section(NamedTuple):
    """Questions of one kind."""

    name: str
    questions: tuple[tuple[str, str, str, str], ...]


class SectionScore(NamedTuple):
    """Counts of a section; the same counts make both accuracies in use.

    >>> score = SectionScore("capitals", questions=10, answered=8, correct=4)
    >>> score.answered_only, score.oov_wrong
    (0.5, 0.4)
    """

    name: str
    questions: int
    answered: int
    """all four words have a vector that is not zero"""
    correct: int

    @property
    def answered_only(self) -> float:
        """Correct / answered: questions with an unknown word do not count. word2vec, gensim."""
        return self.correct / self.answered if self.answered else float("nan")

    @property
    def oov_wrong(self) -> float:
        """Correct / all questions: an unknown word is a wrong answer. gensim's dummy4unknown."""
        return self.correct / self.questions if self.questions else float("nan")


def read_analogies(path: str | Path) -> list[Section]:
    """The sections of a file: ``: name`` begins one, each further line is a question of four words.

    Raises:
      ValueError: names the file and the line: not four words, a question before the first section;
        no questions at all.
    """
    groups: list[tuple[str, list[tuple[str, str, str, str]]]] = []
    for number, line in enumerate(lines(read(path)), 1):
        words = line.split()
        if words and words[0].startswith(":"):
            groups.append((line.strip(": \t"), []))
        elif words:
            if len(words) != 4:
                raise ValueError(f"{path}, line {number}: got {len(words)} words, want four")
            if not groups:
                raise ValueError(f"{path}, line {number}: want a section, ': name', before this")
            a, b, c, d = words
            groups[-1][1].append((a, b, c, d))
    sections = [Section(name, tuple(questions)) for name, questions in groups]
    if not any(section.questions for section in sections):
        raise ValueError(f"{path}: got no questions, want an analogy test")
    return sections


def analogy_test(
    vectors: KeyedVectors,
    sections: Sequence[Section],
    *,
    limit: int | None = LIMIT,
    case: str = "fold",
    method: str = "3CosAdd",
    exclude: bool = True,
) -> list[SectionScore]:
    """Counts for each section. Questions and answers are within the ``limit`` commonest words.

    Args:
      limit: None for all words. Figures for different limits are not comparable.
      case: fold: a question's word is the commonest spelling of it, and an answer in another
        spelling is as good (word2vec, gensim); exact: as it stands.
      method, exclude: as in ``solve``.

    Raises:
      ValueError: for an unknown method or case, a limit below 1.

    >>> rows = np.array([[1, 0, 0], [0, 1, 0], [1, 0, 1], [0, 1, 1.0]])
    >>> vectors = KeyedVectors(("man", "woman", "king", "queen"), rows)
    >>> analogy_test(vectors, [Section("royal", (("man", "woman", "king", "queen"),))])
    [SectionScore(name='royal', questions=1, answered=1, correct=1)]
    """
    checks.lookup("method", METHODS, method)
    known = vectors if limit is None else vectors.first(limit)
    spellings = known.rows(known.words, case=case)
    words = [word for section in sections for question in section.questions for word in question]
    rows = known.rows(words, case=case).reshape(-1, 4)
    answerable = np.all((rows >= 0) & known.directed[rows], axis=1)
    asked, correct = rows[answerable], np.zeros(len(rows), bool)
    if len(asked):
        answers = best_answers(known, asked[:, :3], spellings, 1, method, exclude)
        correct[answerable] = [
            bool(best) and spellings[best[0]] == spellings[target]
            for (best, _), target in zip(answers, asked[:, 3], strict=True)
        ]
    scores, start = [], 0
    for section in sections:
        part = slice(start, start := start + len(section.questions))
        counts = len(section.questions), int(answerable[part].sum()), int(correct[part].sum())
        scores.append(SectionScore(section.name, *counts))
    return scores


def totals(scores: Sequence[SectionScore]) -> dict[str, SectionScore]:
    """Sums over all questions: total, and semantic and syntactic sections apart.

    >>> totals([SectionScore("gram1", 4, 4, 1), SectionScore("capitals", 2, 1, 1)])["total"]
    SectionScore(name='total', questions=6, answered=5, correct=2)
    """
    grammar = [score for score in scores if score.name.startswith(SYNTACTIC)]
    meaning = [score for score in scores if not score.name.startswith(SYNTACTIC)]
    groups = {"total": scores, "semantic": meaning, "syntactic": grammar}
    return {name: _sum(name, group) for name, group in groups.items()}


def _sum(name: str, scores: Iterable[SectionScore]) -> SectionScore:
    counts = np.array([score[1:] for score in scores], int).reshape(-1, 3).sum(axis=0)
    return SectionScore(name, *counts.tolist())

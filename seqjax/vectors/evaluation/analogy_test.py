"""The analogy test of Mikolov et al. 2013: questions in sections, and who may be counted wrong."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from seqjax.basics import checks
from seqjax.data.text import read
from seqjax.vectors.analogies import METHODS, best
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
    """Counts of a section; the same counts make both accuracies in use."""

    name: str
    questions: int
    answered: int
    """all four words have a vector"""
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
    found: list[tuple[str, list]] = []
    for number, line in enumerate(read(path).splitlines(), 1):
        words = line.split()
        if words and words[0].startswith(":"):
            found.append((line.strip(": \t"), []))
        elif words:
            if len(words) != 4:
                raise ValueError(f"{path}, line {number}: got {len(words)} words, want four")
            if not found:
                raise ValueError(f"{path}, line {number}: want a section, ': name', before this")
            found[-1][1].append(tuple(words))
    sections = [Section(name, tuple(questions)) for name, questions in found]
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
    """
    checks.lookup("method", METHODS, method)
    known = vectors if limit is None else vectors.first(limit)
    kinds = known.rows(known.words, case=case)
    words = [word for section in sections for question in section.questions for word in question]
    rows = known.rows(words, case=case).reshape(-1, 4)
    answered = np.all(rows >= 0, axis=1)
    asked = rows[answered]
    answers = best(known, asked[:, :3], kinds, 1, method, exclude)[0] if len(asked) else []
    correct = np.zeros(len(rows), bool)
    correct[answered] = [
        bool(answer) and kinds[answer[0]] == kinds[want]
        for answer, want in zip(answers, asked[:, 3], strict=True)
    ]
    scores, start = [], 0
    for section in sections:
        part = slice(start, start := start + len(section.questions))
        counts = len(section.questions), int(answered[part].sum()), int(correct[part].sum())
        scores.append(SectionScore(section.name, *counts))
    return scores


def totals(scores: Sequence[SectionScore]) -> dict[str, SectionScore]:
    """Sums over all questions: total, and semantic and syntactic sections apart."""
    grammar = [score for score in scores if score.name.startswith(SYNTACTIC)]
    meaning = [score for score in scores if not score.name.startswith(SYNTACTIC)]
    groups = {"total": scores, "semantic": meaning, "syntactic": grammar}
    return {name: _sum(name, group) for name, group in groups.items()}


def _sum(name: str, scores: Iterable[SectionScore]) -> SectionScore:
    counts = np.array([score[1:] for score in scores], int).reshape(-1, 3).sum(axis=0)
    return SectionScore(name, *counts.tolist())

"""Results of the tests of word vectors: tables for a person, and figures as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from seqjax.basics.whole_file import whole_file
from seqjax.vectors.evaluation.analogy_test import SectionScore, totals
from seqjax.vectors.evaluation.similarity_sets import Agreement


def text(
    agreements: Mapping[str, Agreement],
    scores: Sequence[SectionScore],
    *,
    limit: int | None,
    method: str,
    exclude: bool,
) -> str:
    """Both tables, each if there is something in it; the options are those of ``analogy_test``."""
    parts = [similarity_table(agreements)] if agreements else []
    if scores:
        words = "all words" if limit is None else f"the {limit:,} commonest words"
        with_query = "" if exclude else ", the question's words among the answers"
        parts.append(f"analogies ({method}, within {words}{with_query})\n{analogy_table(scores)}")
    return "\n".join(parts)


def similarity_table(agreements: Mapping[str, Agreement]) -> str:
    """One line a set, by its name.

    >>> print(similarity_table({"wordsim": Agreement(0.5, 90, 100)}))
    similarity                     Spearman   covered   pairs
      wordsim                        0.5000        90     100
    """
    lines = [f"{'similarity':30}{'Spearman':>9}{'covered':>10}{'pairs':>8}"]
    for name, (spearman, covered, pairs) in agreements.items():
        lines.append(f"  {name:28}{spearman:9.4f}{covered:10,}{pairs:8,}")
    return "\n".join(lines)


def analogy_table(scores: Sequence[SectionScore]) -> str:
    """One line a section, then the sums."""
    heads = ("answered only", "OOV wrong", "correct", "answered", "questions")
    lines = [" " * 30 + "".join(f"{head:>{len(head) + 3}}" for head in heads)]
    for score in (*scores, *totals(scores).values()):
        lines.append(
            f"  {score.name:28}{score.answered_only:16.4f}{score.oov_wrong:12.4f}"
            f"{score.correct:10,}{score.answered:11,}{score.questions:12,}"
        )
    return "\n".join(lines)


def figures(agreements: Mapping[str, Agreement], scores: Sequence[SectionScore]) -> dict[str, Any]:
    """{"similarity": by name, "analogies": a list of the sections and then the sums}.

    >>> figures({"wordsim": Agreement(0.5, 90, 100)}, [])["similarity"]
    {'wordsim': {'spearman': 0.5, 'covered': 90, 'pairs': 100}}
    """
    return {
        "similarity": {name: agreement._asdict() for name, agreement in agreements.items()},
        "analogies": [
            {**score._asdict(), "answered_only": score.answered_only, "oov_wrong": score.oov_wrong}
            for score in (*scores, *totals(scores).values())
        ],
    }


def write_json(path: str | Path, tree: Any) -> None:
    """Writes indented JSON; null where a figure is not finite, which JSON cannot say.

    The file's folder is made if there is none.

    Raises:
      TypeError: for what JSON has no form for.
    """
    text = json.dumps(_finite(tree), indent=2, ensure_ascii=False, allow_nan=False)
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")


def _finite(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {name: _finite(value) for name, value in tree.items()}
    if isinstance(tree, list | tuple):
        return [_finite(value) for value in tree]
    return None if isinstance(tree, float) and not math.isfinite(tree) else tree

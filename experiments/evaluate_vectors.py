"""Similarity sets and the analogy test: python -m experiments.evaluate_vectors --vectors=FILE.

    similarity                    Spearman   covered   pairs
      EN-WS-353-ALL                 0.4567       259     353
    analogies (3CosAdd, within the 30,000 commonest words)
                                  answered only   OOV wrong   correct   answered   questions
      family                             0.6200      0.3419       173        279         506

"Answered only" leaves out questions with a word that has no vector, as word2vec and gensim do; "OOV
wrong" counts them as wrong answers. Figures for other limits or other such rules do not compare.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from absl import flags as absl_flags

from experiments import flags, launch, strict_json
from seqjax import vectors
from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.vectors.analogies import METHODS
from seqjax.vectors.evaluation.analogy_test import SectionScore
from seqjax.vectors.evaluation.similarity_sets import Agreement
from seqjax.vectors.keyed import CASES

SIMILARITY = "similarity"


@dataclasses.dataclass(frozen=True)
class EvaluateConfig:
    """Which vectors are tested on what."""

    vectors: str = option("", "file: word2vec text or binary, GloVe text, fastText .vec, .npz")
    analogies: str = option("", "file of analogy questions, in the form of questions-words.txt")
    limit: int = option(30_000, "commonest words that analogies are within; 0: all")
    method: str = option("3CosAdd", "3CosAdd or 3CosMul")
    include: bool = option(False, "let the words of a question be answers to it")
    case: str = option("fold", "fold (a word's commonest spelling) or exact")
    encoding_errors: str = option("strict", "words that are not UTF-8: strict, replace or ignore")
    json: str = option("", "file to write the figures to")


def evaluate(config: EvaluateConfig, similarity: Sequence[str]) -> dict[str, Any]:
    """Agreement by name of the set, and counts by section.

    Raises:
      ValueError: for a flag or a file that is wrong.
    """
    checks.lookup("method", METHODS, config.method)
    checks.lookup("case", dict.fromkeys(CASES, 0), config.case)
    flags.natural("limit", config.limit)
    if not config.vectors or not (similarity or config.analogies):
        raise ValueError("want --vectors=FILE, and --similarity=FILE or --analogies=FILE")
    sets = {Path(path).stem: vectors.read_pairs(path) for path in similarity}
    sections = vectors.read_analogies(config.analogies) if config.analogies else []
    known = vectors.load(config.vectors, encoding_errors=config.encoding_errors)
    return {
        "similarity": {
            name: vectors.similarity_test(known, pairs, case=config.case)
            for name, pairs in sets.items()
        },
        "analogies": vectors.analogy_test(
            known,
            sections,
            limit=config.limit or None,
            case=config.case,
            method=config.method,
            exclude=not config.include,
        ),
    }


def table(found: Mapping[str, Any], config: EvaluateConfig) -> str:
    """What a person reads."""
    parts = []
    if found["similarity"]:
        parts.append(similarity_table(found["similarity"]))
    if found["analogies"]:
        within = f"the {config.limit:,} commonest" if config.limit else "all"
        with_query = ", the question's words among the answers" if config.include else ""
        parts.append(f"analogies ({config.method}, within {within} words{with_query})")
        parts.append(analogy_table(found["analogies"]))
    return "\n".join(parts)


def similarity_table(found: Mapping[str, Agreement]) -> str:
    """One line a set."""
    lines = [f"{'similarity':30}{'Spearman':>9}{'covered':>10}{'pairs':>8}"]
    for name, (spearman, covered, pairs) in found.items():
        lines.append(f"  {name:28}{spearman:9.4f}{covered:10,}{pairs:8,}")
    return "\n".join(lines)


def analogy_table(found: Sequence[SectionScore]) -> str:
    """One line a section, then the sums."""
    heads = ("answered only", "OOV wrong", "correct", "answered", "questions")
    lines = [" " * 30 + "".join(f"{head:>{len(head) + 3}}" for head in heads)]
    for score in (*found, *vectors.totals(found).values()):
        lines.append(
            f"  {score.name:28}{score.answered_only:16.4f}{score.oov_wrong:12.4f}"
            f"{score.correct:10,}{score.answered:11,}{score.questions:12,}"
        )
    return "\n".join(lines)


def as_json(found: Mapping[str, Any], config: EvaluateConfig) -> str:
    """The figures with the flags they were made with."""
    scores = [*found["analogies"], *vectors.totals(found["analogies"]).values()]
    rates = [
        {**score._asdict(), "answered_only": score.answered_only, "oov_wrong": score.oov_wrong}
        for score in scores
    ]
    agreements = {name: each._asdict() for name, each in found["similarity"].items()}
    made = {"flags": flags.text(config), "similarity": agreements, "analogies": rates}
    return strict_json.text(made)


def main() -> None:
    """Prints the tables."""
    with launch.mistakes():
        config = flags.parse(EvaluateConfig)
        found = evaluate(config, absl_flags.FLAGS[SIMILARITY].value or [])
        print(table(found, config))
        if config.json:
            Path(config.json).write_text(as_json(found, config), encoding="utf-8")


if __name__ == "__main__":
    absl_flags.DEFINE_multi_string(SIMILARITY, [], "a similarity set; may be given several times")
    flags.define(EvaluateConfig)
    launch.run(main)

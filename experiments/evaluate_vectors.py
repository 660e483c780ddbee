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
from pathlib import Path
from typing import Any

from absl import flags as absl_flags

from experiments import flags, launch
from experiments.vector_files import open_vectors
from seqjax import vectors
from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.tasks.settings import as_json
from seqjax.vectors.analogies import METHODS
from seqjax.vectors.evaluation import report
from seqjax.vectors.keyed import CASES

SIMILARITY = "similarity"


@dataclasses.dataclass(frozen=True)
class EvaluateConfig:
    """Which vectors are tested on what."""

    vectors: str = option(
        "", "file: word2vec text or binary, GloVe text, fastText .vec, .npz; or folder of a run"
    )
    analogies: str = option("", "file of analogy questions, in the form of questions-words.txt")
    limit: int = option(30_000, "commonest words that analogies are within; 0: all")
    method: str = option("3CosAdd", "3CosAdd or 3CosMul")
    include: bool = option(False, "let the words of a question be answers to it")
    case: str = option("fold", "fold (a word's commonest spelling) or exact")
    encoding_errors: str = option("strict", "words that are not UTF-8: strict, replace or ignore")
    json: str = option("", "file to write the figures to")


def main() -> None:
    """Prints the tables."""
    with launch.mistakes():
        config, paths = flags.parse(EvaluateConfig), absl_flags.FLAGS[SIMILARITY].value or []
        checks.lookup("method", METHODS, config.method)
        checks.lookup("case", dict.fromkeys(CASES), config.case)
        checks.natural("limit", config.limit)
        if not config.vectors or not (paths or config.analogies):
            raise ValueError("want --vectors=FILE, and --similarity=FILE or --analogies=FILE")
        sets = {Path(path).stem: vectors.read_pairs(path) for path in paths}
        sections = vectors.read_analogies(config.analogies) if config.analogies else []
        keyed = open_vectors(config.vectors, encoding_errors=config.encoding_errors)
        agreements = {
            name: vectors.similarity_test(keyed, pairs, case=config.case)
            for name, pairs in sets.items()
        }
        rules: dict[str, Any] = {"limit": config.limit or None, "method": config.method}
        rules["exclude"] = not config.include
        scores = vectors.analogy_test(keyed, sections, case=config.case, **rules)
        print(report.text(agreements, scores, **rules))
        if config.json:
            figures = report.figures(agreements, scores)
            report.write_json(config.json, {"flags": as_json(config), **figures})


if __name__ == "__main__":
    absl_flags.DEFINE_multi_string(SIMILARITY, [], "a similarity set; may be given several times")
    flags.define(EvaluateConfig)
    launch.run(main)

"""Which words are near: python -m experiments.nearest --vectors=FILE, or a run's folder.

Answers words and sums of words, from --words (several times) or from standard input, one a line,
until it ends; behind "odd:" it names the word that fits the others least:

    king - man + woman
      queen                    0.7118
      monarch                  0.6190
    odd: breakfast cereal dinner lunch
      cereal

Signs have blanks around them. Words asked with are no answers, unless --include. Of several
questions, those that cannot be answered are named and the others answered.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterator

from absl import flags as absl_flags

from experiments import flags, launch
from experiments.vector_files import open_vectors
from seqjax.basics.options import option
from seqjax.vectors import questions
from seqjax.vectors.keyed import KeyedVectors

WORDS = "words"


@dataclasses.dataclass(frozen=True)
class NearestConfig(questions.NeighbourOptions):
    """The vectors, and what is asked of them."""

    vectors: str = option(
        "", "file: word2vec text or binary, GloVe text, fastText .vec, .npz; or folder of a run"
    )
    limit: int = option(0, "rows of the file that are read, the commonest words; 0: all")
    encoding_errors: str = option("strict", "words that are not UTF-8: strict, replace or ignore")


def _typed() -> Iterator[str]:
    """Lines of standard input; a person is asked for each."""
    if prompt := "> " if sys.stdin.isatty() else "":
        print("Words, or sums such as king - man + woman; Ctrl-D ends:", file=sys.stderr)
    print(prompt, end="", file=sys.stderr, flush=True)
    while line := sys.stdin.readline():
        if line.strip():
            yield line
        print(prompt, end="", file=sys.stderr, flush=True)


def _answered(keyed: KeyedVectors, line: str, config: NearestConfig) -> bool:
    """Prints the answer, or on standard error why there is none."""
    try:
        print(questions.answer(keyed, line, config), flush=True)
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return False
    return True


def main() -> int:
    """Prints answers; the status is 1 if --words has none."""
    with launch.mistakes():
        config = flags.parse(NearestConfig)
        questions.check(config)
        keyed = open_vectors(config.vectors, config.limit, config.encoding_errors)
    asked = absl_flags.FLAGS[WORDS].value or []
    answered = [_answered(keyed, line, config) for line in asked or _typed()]
    return int(bool(asked) and not any(answered))


if __name__ == "__main__":
    absl_flags.DEFINE_multi_string(WORDS, [], "a word or a sum; may be given several times")
    flags.define(NearestConfig)
    launch.run(main)

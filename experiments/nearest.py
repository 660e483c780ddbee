"""Which words are near: python -m experiments.nearest --vectors=FILE, or a run's folder.

Answers words and sums of words, from --words, which may be given several times, or from standard
input, one a line, until it ends; behind "odd:" it names the word that fits the others least:

    king - man + woman
      queen                    0.7118
      monarch                  0.6190
    odd: breakfast cereal dinner lunch
      cereal

Signs have blanks around them, as words may hold a hyphen. The words asked with are no answers,
unless --include: so "doctor - man + woman" cannot be answered with doctor, and such answers say
less about a bias than they seem to.
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
    prompt = "> " if sys.stdin.isatty() else ""
    if prompt:
        print("Words, or sums such as king - man + woman; Ctrl-D ends:", file=sys.stderr)
    while True:
        print(prompt, end="", file=sys.stderr, flush=True)
        if not (line := sys.stdin.readline()):
            return
        if line.strip():
            yield line


def main() -> None:
    """Prints answers."""
    with launch.mistakes():
        config = flags.parse(NearestConfig)
        questions.check(config)
        keyed = open_vectors(
            config.vectors, limit=config.limit, encoding_errors=config.encoding_errors
        )
        if given := absl_flags.FLAGS[WORDS].value or []:
            print("\n".join(questions.answer(keyed, line, config) for line in given))
            return
    for line in _typed():
        try:
            print(questions.answer(keyed, line, config), flush=True)
        except ValueError as error:
            print(error, file=sys.stderr)


if __name__ == "__main__":
    absl_flags.DEFINE_multi_string(WORDS, [], "a word or a sum; may be given several times")
    flags.define(NearestConfig)
    launch.run(main)

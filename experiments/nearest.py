"""Which words are near: python -m experiments.nearest --vectors=FILE.

Answers words and sums of words, from --words, which may be given several times, or from standard
input, one a line, until it ends:

    king - man + woman
      queen                    0.7118
      monarch                  0.6190

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
from seqjax import vectors
from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.vectors.nearest import METRICS

WORDS = "words"


@dataclasses.dataclass(frozen=True)
class NearestConfig:
    """What is asked of which vectors."""

    vectors: str = option("", "file: word2vec text or binary, GloVe text, fastText .vec, .npz")
    limit: int = option(0, "rows of the file that are read, the commonest words; 0: all")
    encoding_errors: str = option("strict", "words that are not UTF-8: strict, replace or ignore")
    count: int = option(10, "answers")
    metric: str = option("cosine", "cosine (1 is nearest) or euclidean (0 is nearest)")
    include: bool = option(False, "let the words asked with be answers")


def opened(config: NearestConfig) -> vectors.KeyedVectors:
    """The vectors that are asked.

    Raises:
      ValueError: for a flag that is wrong, or what ``vectors.load`` raises.
    """
    checks.positive("count", config.count)
    checks.lookup("metric", METRICS, config.metric)
    flags.natural("limit", config.limit)
    if not config.vectors:
        raise ValueError("vectors: got no file, want --vectors=FILE")
    errors = config.encoding_errors
    return vectors.load(config.vectors, limit=config.limit or None, encoding_errors=errors)


def answer(known: vectors.KeyedVectors, line: str, config: NearestConfig) -> str:
    """The question and its answers, a line each.

    Raises:
      ValueError: for a word without a vector, or what is no sum of words.
    """
    query = vectors.parse(line)
    (found,) = vectors.nearest(
        known, [query], config.count, metric=config.metric, exclude=not config.include
    )
    return "\n".join([line.strip(), *(f"  {word:24} {score:.4f}" for word, score in found)])


def _questions() -> Iterator[str]:
    """Lines of standard input; a person is asked for each."""
    asks = sys.stdin.isatty()
    if asks:
        print("Words, or sums such as king - man + woman; Ctrl-D ends:", file=sys.stderr)
    while True:
        if asks:
            print("> ", end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline()
        if not line:
            return
        if line.strip():
            yield line


def main() -> None:
    """Prints answers."""
    with launch.mistakes():
        config = flags.parse(NearestConfig)
        known = opened(config)
        given = absl_flags.FLAGS[WORDS].value or []
        if given:
            print("\n".join(answer(known, line, config) for line in given))
            return
    for line in _questions():
        try:
            print(answer(known, line, config), flush=True)
        except ValueError as error:
            print(error, file=sys.stderr)


if __name__ == "__main__":
    absl_flags.DEFINE_multi_string(WORDS, [], "a word or a sum; may be given several times")
    flags.define(NearestConfig)
    launch.run(main)

"""Words in the plane: python -m experiments.picture --vectors=FILE --out=words.png --out=words.svg.

Of words that are named, or of the most frequent ones; with the sides of analogies:

    --words="man woman king queen" --parallelogram="man woman king queen"

A picture shows what may be worth asking; distances are to be computed in all dimensions
(experiments.nearest), since two of them cannot hold the others.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from absl import flags as absl_flags

from experiments import flags, launch
from seqjax import vectors
from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.vectors.plots import pictures

OUT, PARALLELOGRAM = "out", "parallelogram"
ENDINGS = {".png": 0, ".svg": 0, ".pdf": 0}


@dataclasses.dataclass(frozen=True)
class PictureConfig:
    """What is drawn."""

    vectors: str = option("", "file: word2vec text or binary, GloVe text, fastText .vec, .npz")
    words: str = option("", "words to draw, with blanks between them; none: the most frequent")
    count: int = option(100, "most frequent words, if none are named")
    skip: int = option(0, "most frequent words that are left out first, such as the, of, and")
    method: str = option("pca", "pca or tsne (needs scikit-learn)")
    perplexity: float = option(30.0, "of t-SNE: about how many neighbours a word has")
    seed: int = option(0, "of t-SNE")
    title: str = option("", "stands above the picture")
    encoding_errors: str = option("strict", "words that are not UTF-8: strict, replace or ignore")


def picture(config: PictureConfig, analogies: Sequence[Sequence[str]]) -> pictures.Picture:
    """The words and where they are drawn.

    Raises:
      ValueError: for a flag that is wrong, or a word without a vector.
    """
    checks.positive("count", config.count)
    checks.lookup("method", pictures.METHODS, config.method)
    flags.natural("skip", config.skip)
    flags.seed(config.seed)
    if not config.perplexity > 0:
        raise ValueError(f"perplexity: got {config.perplexity}, want more than 0")
    if not config.vectors:
        raise ValueError("vectors: got no file, want --vectors=FILE")
    known = vectors.load(config.vectors, encoding_errors=config.encoding_errors)
    named = [*config.words.split(), *(word for words in analogies for word in words)]
    words = list(dict.fromkeys(named)) or known.words[config.skip : config.skip + config.count]
    return pictures.project(
        known, words, method=config.method, perplexity=config.perplexity, seed=config.seed
    )


def main() -> None:
    """Writes the files."""
    with launch.mistakes():
        config = flags.parse(PictureConfig)
        paths = absl_flags.FLAGS[OUT].value or []
        for path in paths:
            checks.lookup("ending of out", ENDINGS, Path(path).suffix)
        analogies = [words.split() for words in absl_flags.FLAGS[PARALLELOGRAM].value or []]
        for words in analogies:
            if len(words) != 4:
                raise ValueError(f"parallelogram: got {' '.join(words)!r}, want four words")
        made = picture(config, analogies)
        pictures.draw(made, paths, parallelograms=analogies, title=config.title)
    print(f"{', '.join(paths)}: {len(made.words)} words. {made.about}")


if __name__ == "__main__":
    absl_flags.DEFINE_multi_string(OUT, ["words.png"], "file, .png, .svg or .pdf; several times")
    absl_flags.DEFINE_multi_string(
        PARALLELOGRAM, [], "four words, a is to b as c is to d; may be given several times"
    )
    flags.define(PictureConfig)
    launch.run(main)

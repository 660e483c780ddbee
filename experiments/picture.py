"""Words in the plane: python -m experiments.picture --vectors=FILE --out=words.png --out=words.svg.

Of words that are named, or of the most frequent ones; with the sides of analogies:

    --words="man woman king queen" --parallelogram="man woman king queen"

A picture shows what may be worth asking; distances are to be computed in all dimensions
(experiments.nearest), since two cannot hold the others. The TensorFlow embedding projector turns
thousands of words in space: --count=10000 --projector=FOLDER writes its files, without a picture.
"""

from __future__ import annotations

import dataclasses

from absl import flags as absl_flags

from experiments import flags, launch
from experiments.vector_files import open_vectors
from seqjax import vectors
from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.vectors.plots import options, pictures

OUT, PARALLELOGRAM = "out", "parallelogram"


@dataclasses.dataclass(frozen=True)
class PictureConfig:
    """What is drawn."""

    vectors: str = option(
        "", "file: word2vec text or binary, GloVe text, fastText .vec, .npz; or folder of a run"
    )
    words: str = option("", "words to draw, with blanks between them; none: the most frequent")
    count: int = option(100, "most frequent words, if none are named")
    skip: int = option(0, "most frequent words that are left out first, such as the, of, and")
    method: str = option("pca", "pca or tsne (needs scikit-learn)")
    perplexity: float = option(30.0, "of t-SNE: about how many neighbours a word has")
    seed: int = option(0, "of t-SNE")
    title: str = option("", "stands above the picture")
    projector: str = option("", "folder for vectors.tsv and metadata.tsv of the words")
    encoding_errors: str = option("strict", "words that are not UTF-8: strict, replace or ignore")


def main() -> None:
    """Writes the files."""
    with launch.mistakes():
        config = flags.parse(PictureConfig)
        paths = absl_flags.FLAGS[OUT].value or ([] if config.projector else ["words.png"])
        analogies = [words.split() for words in absl_flags.FLAGS[PARALLELOGRAM].value or []]
        options.check(paths, analogies, config.method, config.perplexity)
        checks.positive("count", config.count)
        checks.natural("skip", config.skip)
        checks.seed(config.seed)
        keyed = open_vectors(config.vectors, encoding_errors=config.encoding_errors)
        named = [*config.words.split(), *(word for words in analogies for word in words)]
        commonest = keyed.words if config.projector else keyed.directed_words(keyed.words)
        words = list(dict.fromkeys(named)) or commonest[config.skip :][: config.count]
        keyed.check_known(named)
        if config.projector:
            vectors.save_projector(config.projector, vectors.selected(keyed, words))
            print(f"{config.projector}: vectors.tsv, metadata.tsv, {len(words)} words")
        if paths:
            picture = pictures.project(
                keyed, words, method=config.method, perplexity=config.perplexity, seed=config.seed
            )
            pictures.draw(picture, paths, parallelograms=analogies, title=config.title)
            print(f"{', '.join(paths)}: {len(words)} words. {picture.about}")


if __name__ == "__main__":
    absl_flags.DEFINE_multi_string(OUT, [], "file, .png, .svg or .pdf; several times")
    absl_flags.DEFINE_multi_string(
        PARALLELOGRAM, [], "four words, a is to b as c is to d; may be given several times"
    )
    flags.define(PictureConfig)
    launch.run(main)

"""Tags of new text by a trained tagger: python -m experiments.tag_text --run=FOLDER.

Sentences come from --text, which may be given several times, from --file, or from standard input,
one a line; with --input=conll a word a line, and a blank line behind each sentence. Each sentence
becomes a line, or with --output=conll a line for each word, with a tab before its tag:

    The/DET cat/NOUN sat/VERB ./PUNCT

--probability adds how likely the model holds the tag to be.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Sequence
from typing import NamedTuple

import jax
import numpy as np
from absl import flags as absl_flags

from experiments import flags, given, launch, pretrained
from experiments.tag_data import Encoder, TaggedConfig
from experiments.tag_figures import named
from seqjax import data, kinds, runs
from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.data.buckets import buckets
from seqjax.data.formats.conll import columns
from seqjax.models.tagger import Tagger

TEXT = "text"
FORMS = ("lines", "conll")


@dataclasses.dataclass(frozen=True)
class TagTextConfig:
    """What is tagged, and how it is shown."""

    run: str = option("runs/tag", "folder of a trained tagger")
    file: str = option("", "a text file (UTF-8, plain or gzip)")
    input: str = option("lines", "lines (a sentence each) or conll (a word a line, in column 1)")
    tokenizer: str = option(
        "words", "input=lines: words (punctuation marks apart), or pretokenised (blanks between)"
    )
    output: str = option("lines", "lines (word/tag) or conll (a word a line, a tab, its tag)")
    probability: bool = option(False, "add the probability of each tag")
    batch: int = option(32, "sentences that are tagged at once")
    checkpoint: str = option("best", "best (on the validation part) or newest")


class Word(NamedTuple):
    """A word and what the model makes of it."""

    word: str
    tag: str
    """of several labels with a | between them"""
    probability: float
    """of the tag; of several labels the least sure one, of labels and of those left out"""


def tag(
    loaded: runs.Loaded, sentences: Sequence[Sequence[str]], batch: int = 32
) -> list[list[Word]]:
    """The tags of each word of each sentence; an empty sentence has none.

    Raises:
      ValueError: for no sentences.
    """
    checks.positive("batch", batch)
    if not len(sentences):
        raise ValueError("text: got no sentences, want one or more")
    config = kinds.config(TaggedConfig, loaded.record)
    spelled = loaded.record["config"]["characters"] != "none"
    tags, words = loaded.vocabularies["tags"], loaded.vocabularies["words"]
    ids = functools.partial(pretrained.encode, loaded.record, words)
    encode = Encoder(config, ids, loaded.vocabularies["characters"] if spelled else None)
    predict, rows = _predict(loaded.model), [encode(sentence) for sentence in sentences]
    # To compile takes longer than to tag a few sentences with padding.
    shapes = 1 if len(rows) <= batch else 8
    found: list[list[Word]] = [[] for _ in sentences]
    for item in buckets(rows, batch, sides={"": tuple(rows[0])}, shapes=shapes):
        best, probabilities = map(np.asarray, predict(loaded.params, item))
        for b, (index, length) in enumerate(zip(item["index"], item["lengths"], strict=True)):
            if index >= 0:
                row = best[:length, b]
                sure = _sure(row, probabilities[:length, b])
                triples = zip(sentences[index], named(row, tags), sure, strict=True)
                found[index] = [Word(*triple) for triple in triples]
    return found


@functools.cache
def _predict(model: Tagger) -> Callable[..., tuple]:
    """(params, batch) -> (tags, probabilities), compiled once for a model."""
    return jax.jit(
        lambda params, item: (model.predict(params, item), model.probabilities(params, item))
    )


def _sure(row: np.ndarray, probabilities: np.ndarray) -> list[float]:
    """The probability of what was chosen, [n]."""
    if row.ndim == 1:
        return np.take_along_axis(probabilities, row[:, None], 1)[:, 0].tolist()
    return np.where(row > 0.5, probabilities, 1 - probabilities).min(-1, initial=1).tolist()


def shown(words: Sequence[Word], config: TagTextConfig) -> str:
    """What is printed for a sentence."""
    between = "/" if config.output == "lines" else "\t"
    cells = [
        between.join([w.word, w.tag, *([f"{w.probability:.3f}"] if config.probability else [])])
        for w in words
    ]
    return " ".join(cells) if config.output == "lines" else "".join(f"{c}\n" for c in cells)


def _sentences(config: TagTextConfig, sentences: Sequence[str]) -> list[list[str]]:
    text = given.text(config.file, sentences, what="Sentences")
    if config.input == "conll":
        return _columns(config, text, sentences)
    cut = data.tokenizer(config.tokenizer)
    lines = list(sentences) or [line for line in text.split("\n") if line.strip()]
    if not lines:
        raise ValueError("text: got no sentences, want --text, --file or lines on standard input")
    return [cut.split(line) for line in lines]


def _columns(config: TagTextConfig, text: str, sentences: Sequence[str]) -> list[list[str]]:
    if sentences:
        raise ValueError("text: got it with --input=conll, want a file or standard input")
    return [list(s.words) for s in columns(text, config.file or "standard input", tags=1)]


def main() -> None:
    """Prints the sentences with their tags."""
    with launch.mistakes():
        config = flags.parse(TagTextConfig)
        checks.lookup("input", dict.fromkeys(FORMS), config.input)
        checks.lookup("output", dict.fromkeys(FORMS), config.output)
        loaded = runs.load(config.run, config.checkpoint, kind="tagger")
        sentences = _sentences(config, absl_flags.FLAGS[TEXT].value or [])
        found = tag(loaded, sentences, config.batch)
    for words in found:
        print(shown(words, config))


if __name__ == "__main__":
    absl_flags.DEFINE_multi_string(TEXT, [], "a sentence; may be given several times")
    flags.define(TagTextConfig)
    launch.run(main)

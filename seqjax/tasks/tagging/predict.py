"""Tags of new sentences by a trained tagger."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import jax
import numpy as np

from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.basics.types import Array, Params, Tree
from seqjax.data import one_line, read, tokenizer
from seqjax.data.buckets import buckets
from seqjax.data.formats.conll import columns
from seqjax.models.tagger import Tagger
from seqjax.tasks.loaded import Loaded
from seqjax.tasks.tagging.encode import encoder_of
from seqjax.tasks.tagging.evaluate import named
from seqjax.tasks.text_checks import check_text_or_tokens
from seqjax.tasks.text_input import encoding_of, lines_of

LAYOUTS = ("lines", "conll")


@dataclasses.dataclass(frozen=True)
class TaggingOptions:
    """Tagging: how sentences are read, and how their tags are shown."""

    tokenizer: str = option(
        "words", "input=lines: words (punctuation marks apart), or pretokenised (blanks between)"
    )
    input: str = option("lines", "lines (a sentence each) or conll (a word a line, in column 1)")
    output: str = option("lines", "lines (word/tag) or conll (a word a line, a tab, its tag)")
    probability: bool = option(False, "show the probability of each tag")
    batch: int = option(32, "sentences that are tagged at once")


class TaggedSentence(NamedTuple):
    """The words of a sentence and what the model makes of them."""

    words: list[str]
    tags: list[str]
    """of several labels with a | between them"""
    probabilities: list[float]
    """of each tag; of several labels the least sure one, of labels and of those left out"""


def predict(
    loaded: Loaded, sentences: Sequence[str | Sequence[str]], options: TaggingOptions
) -> list[TaggedSentence]:
    """The tags of each sentence, a text or its words; an empty sentence has none.

        run.predict(["Ada met Charles ."])[0].tags

    Raises:
      ValueError: for no sentences, a batch below 1, or an unknown tokenizer.
    """
    checks.positive("batch", options.batch)
    if not len(sentences):
        raise ValueError("inputs: got no sentences, want one or more")
    for number, sentence in enumerate(sentences, 1):
        check_text_or_tokens(sentence, number)
    split = tokenizer(options.tokenizer).split
    tokenized = [
        split(one_line(sentence)) if isinstance(sentence, str) else list(sentence)
        for sentence in sentences
    ]
    encode, tags = encoder_of(loaded.record, loaded.vocabularies), loaded.vocabularies["tags"]
    forward, rows = _forward(loaded.model), [encode(words) for words in tokenized]
    # To compile takes longer than to tag a few sentences with padding.
    shapes = 1 if len(rows) <= options.batch else 8
    tagged = [TaggedSentence([], [], []) for _ in tokenized]
    for item in buckets(rows, options.batch, sides={"": tuple(rows[0])}, shapes=shapes):
        best, probabilities = map(np.asarray, forward(loaded.params, item))
        for b, (index, length) in enumerate(zip(item["index"], item["lengths"], strict=True)):
            if index >= 0:
                row = best[:length, b]
                certainty = _certainty(row, probabilities[:length, b])
                words = tokenized[index]
                tagged[index] = TaggedSentence(words, list(named(row, tags)), certainty)
    return tagged


@functools.lru_cache(maxsize=4)
def _forward(model: Tagger) -> Callable[[Params, Tree], tuple[Array, Array]]:
    """(params, batch) -> (tags, probabilities), compiled once for a model."""
    return jax.jit(
        lambda params, item: (model.predict(params, item), model.probabilities(params, item))
    )


def _certainty(row: np.ndarray, probabilities: np.ndarray) -> list[float]:
    """The probability of what was chosen, [n]."""
    if row.ndim == 1:
        values = np.take_along_axis(probabilities, row[:, None], 1)[:, 0]
    else:
        values = np.where(row > 0.5, probabilities, 1 - probabilities).min(-1, initial=1)
    return [float(value) for value in values]


def inputs(
    loaded: Loaded, texts: Sequence[str], files: Sequence[str], options: TaggingOptions
) -> list[list[str]]:
    """Sentences as their words.

    Raises:
      ValueError: for options that are unknown, and files that cannot be read.
    """
    for name in ("input", "output"):
        checks.lookup(name, dict.fromkeys(LAYOUTS), getattr(options, name))
    encoding = encoding_of(loaded.record)
    if options.input == "conll":
        if texts:
            return [list(s.words) for s in columns("\n".join(texts), "--text", tags=1)]
        read_files = [columns(read(Path(file), encoding), file, tags=1) for file in files]
        return [list(s.words) for sentences in read_files for s in sentences]
    split = tokenizer(options.tokenizer).split
    return [split(line) for line in lines_of(texts, files, keep_empty=True, encoding=encoding)]


def show(sentence: TaggedSentence, options: TaggingOptions) -> str:
    """word/tag word/tag ..., or a word a line."""
    separator = "/" if options.output == "lines" else "\t"
    cells = [
        separator.join([word, tag, *([f"{probability:.3f}"] if options.probability else [])])
        for word, tag, probability in zip(*sentence, strict=True)
    ]
    return " ".join(cells) if options.output == "lines" else "".join(f"{c}\n" for c in cells)

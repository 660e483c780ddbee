"""Sentences as arrays: the words and spellings that a tagger reads, the tags it is to give."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from seqjax.basics.unicode_form import composed
from seqjax.data import Vocabulary
from seqjax.data.buckets import Buckets, buckets
from seqjax.data.formats.conll import Tagged
from seqjax.tasks.pretrained.encode import encode
from seqjax.tasks.settings import Record, of_record
from seqjax.tasks.tagging.config import TaggingData
from seqjax.tasks.tagging.labels import labels_of
from seqjax.tasks.task import Part, Vocabularies


def encoded(record: Record, vocabularies: Vocabularies, sentences: Sequence[Tagged]) -> Part:
    """Tagged sentences as batches, in the vocabularies of a run; tags that are new have id -1."""
    config = of_record(TaggingData, record)
    encoder = encoder_of(record, vocabularies)
    tags, multilabel = vocabularies["tags"], record["config"]["head"] == "sigmoid"
    examples = [{**encoder(s.words), "tags": targets(tags, s.tags, multilabel)} for s in sentences]
    sides = {"": tuple(examples[0])}
    source: Buckets = buckets(examples, config.batch, sides=sides, shapes=config.shapes)
    return Part(source, sentences)


def encoder_of(record: Record, vocabularies: Vocabularies) -> Encoder:
    """The encoder of a run: words -> arrays, as training has read them."""
    words = vocabularies["words"]
    with_characters = record["config"]["characters"] != "none"
    return Encoder(
        of_record(TaggingData, record),
        lambda row: encode(record["data"], words, row),
        vocabularies["characters"] if with_characters else None,
    )


class Encoder:
    """words -> {"words" int32 [n], "characters" int32 [n, W]}, as a tagger reads a sentence.

    Of a word longer than W the beginning and the end are read, half of W each.
    """

    def __init__(
        self,
        config: TaggingData,
        ids: Callable[[list[str]], np.ndarray],
        characters: Vocabulary | None,
    ):
        self.config, self.ids, self.characters = config, ids, characters
        self.spellings: dict[str, np.ndarray] = {}

    def __call__(self, words: Sequence[str]) -> dict[str, np.ndarray]:
        arrays = {"words": self.ids([vocabulary_form(self.config, word) for word in words])}
        if self.characters is not None:
            rows = [self._spelling(self.characters, composed(word)) for word in words]
            arrays["characters"] = np.array(rows, np.int32).reshape(
                len(words), self.config.word_length
            )
        return arrays

    def _spelling(self, characters: Vocabulary, word: str) -> np.ndarray:
        if word not in self.spellings:
            width = self.config.word_length
            ends = word if len(word) <= width else word[: -(-width // 2)] + word[-(width // 2) :]
            row = np.zeros(width, np.int32)
            row[: len(ends)] = characters.encode(list(ends))
            self.spellings[word] = row
        return self.spellings[word]


def vocabulary_form(config: TaggingData, word: str) -> str:
    """A word as the vocabulary has it: in NFC, and in small letters where the settings say so."""
    return composed(word).lower() if config.lower else composed(word)


def targets(tags: Vocabulary, row: Sequence[str], multilabel: bool) -> np.ndarray:
    """The tags of n words: ids int32 [n], or of multilabel 1 and 0, float32 [n, C].

    -1, in all of a word's row, is for what training does not have.
    """
    ids = {tag: k for k, tag in enumerate(tags.tokens)}
    if not multilabel:
        return np.array([ids.get(tag, -1) for tag in row], np.int32)
    one_hot = np.zeros((len(row), len(tags)), np.float32)
    for t, tag in enumerate(row):
        labels = [ids.get(label, -1) for label in labels_of(tag, True)]
        one_hot[t, labels] = 1
        if -1 in labels:
            one_hot[t] = -1
    return one_hot

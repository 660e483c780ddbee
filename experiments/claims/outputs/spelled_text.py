r"""One text as words and as characters, so that both are worth the same bits.

Words and marks stand with one space behind each: a word that is known says its characters and the
space, a word that is not costs the unknown word and then its spelling. So the bits of words are
those of the same string that characters spell.

    "in the <eos>"  words: in the <eos>   characters: "in the \n "
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from seqjax.data import EOS, UNK, Vocabulary, tokenizer
from seqjax.data.builtin.documentation import documentation
from seqjax.models.ngram import NGram, ngram

TRAINING, HELD_OUT = 200_000, 24_000
"""Characters of the text before it is cut into words, one part behind the other."""
WORDS = 1000
"""Entries of the vocabulary of words."""
SPELLING = 4
"""Characters of a gram of the spelling model."""
STREAMS = 8
"""Pieces of the held-out text that are read side by side."""


class Corpus(NamedTuple):
    """A text in two alphabets."""

    words: Vocabulary
    """the most frequent of the training text, UNK among them"""
    characters: Vocabulary
    train: list[str]
    """words"""
    test: list[str]
    spelling: NGram
    """of the words of the training text that are unknown, each with a space behind it"""


def shown(words: Sequence[str]) -> str:
    r"""The string that words stand for.

    >>> shown(["in", "the", EOS])
    'in the \n '
    """
    return "".join("\n " if word == EOS else f"{word} " for word in words)


def cut(text: str, test: int, size: int) -> Corpus:
    """A corpus whose last ``test`` characters are held out, with ``size`` words.

    Characters that are not ASCII become "?"; the alphabet is that of the whole text.
    """
    text = text.encode("ascii", "replace").decode()
    split = tokenizer("words").split
    train, held_out = split(text[: len(text) - test]), split(text[len(text) - test :])
    words = Vocabulary.build(train, size=size, specials=[UNK, EOS])
    characters = Vocabulary.build(shown([*train, *held_out]))
    unknown = [word for word in train if word not in words]
    ids = characters.encode(list(shown(["", *unknown])))
    return Corpus(words, characters, train, held_out, ngram(ids, len(characters), order=SPELLING))


@functools.cache
def corpus() -> Corpus:
    """That of Python's documentation."""
    return cut(documentation()[: TRAINING + HELD_OUT], HELD_OUT, WORDS)


def spelling_nats(made: Corpus, words: Sequence[str]) -> float:
    """What the spellings of the words that are unknown cost together, with their spaces."""
    space = made.characters.encode([" "])
    nats = 0.0
    for word in words:
        if word not in made.words:
            ids = made.characters.encode(list(shown([word])))
            nats += float(made.spelling.nats(ids, space).sum())
    return nats


def streams(ids: np.ndarray, first: int) -> tuple[np.ndarray, np.ndarray]:
    """(inputs, targets) [T, STREAMS] of ids [N]; the rest that fills no row is left out.

    Args:
      first: what each stream begins after.
    """
    targets = ids[: len(ids) // STREAMS * STREAMS].reshape(STREAMS, -1).T
    inputs = np.concatenate([np.full((1, STREAMS), first, targets.dtype), targets[:-1]])
    return inputs, targets

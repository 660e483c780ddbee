"""Labelled sentences as arrays, for the claim on transfer."""

from __future__ import annotations

from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np

from experiments.claims.embeddings.transfer_report import SIZES
from seqjax.basics.types import Array
from seqjax.data.builtin.growers import TAGS
from seqjax.data.formats.conll import Tagged

LONGEST = 14
"""Words of the longest sentence, and more."""
Rows = dict[str, np.ndarray]


def encoded(sentences: Sequence[Tagged], vocabulary: dict[str, int]) -> Rows:
    """words and tags int32 [N, T], lengths int32 [N]; a word that is not known is 0.

    >>> rows = encoded([Tagged(("a", "b"), ("O", "PER"))], {"b": 7})
    >>> rows["words"][0, :3].tolist(), rows["tags"][0, :3].tolist(), rows["lengths"].tolist()
    ([0, 7, 0], [0, 1, 0], [2])
    """
    words, tags = (np.zeros((len(sentences), LONGEST), np.int32) for _ in range(2))
    for row, sentence in enumerate(sentences):
        words[row, : len(sentence.words)] = [vocabulary.get(word, 0) for word in sentence.words]
        tags[row, : len(sentence.tags)] = [TAGS.index(tag) for tag in sentence.tags]
    lengths = np.array([len(sentence.words) for sentence in sentences], np.int32)
    return {"words": words, "tags": tags, "lengths": lengths}


def time_first(rows: Rows) -> dict[str, Array]:
    """The batch as a tagger has it: words and tags [T, B]."""
    return {name: jnp.asarray(array).T for name, array in rows.items()}


def labelled_text(parts: dict[str, list[Tagged]], words: int) -> list[Tagged]:
    """Sentences of the training part, as many as have ``words`` words together."""
    ends = np.cumsum([len(sentence.words) for sentence in parts["train"]])
    return parts["train"][: int(np.searchsorted(ends, words)) + 1]


def side_by_side(parts: dict[str, list[Tagged]], vocabulary: dict[str, int]) -> Rows:
    """The labelled text of each size in turn, [N, sizes, ...], a short one over and over."""
    texts = [encoded(labelled_text(parts, size), vocabulary) for size in SIZES]
    count = len(texts[-1]["lengths"])
    turns = [np.arange(count) % len(text["lengths"]) for text in texts]
    return {
        name: np.stack([text[name][turn] for text, turn in zip(texts, turns, strict=True)], axis=1)
        for name in texts[0]
    }

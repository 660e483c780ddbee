"""A line end inside a text is a blank, and no token, to models to which a text is a line."""

from __future__ import annotations

import pytest

from seqjax.data import one_line
from seqjax.data.formats.pairs import Pair
from seqjax.tasks.classification.config import ClassificationData
from seqjax.tasks.classification.encode import tokens_of
from seqjax.tasks.translation import encode as translation
from seqjax.tasks.translation.config import TranslationData

ENDS = ["\n", "\r\n", "\r", "\n\n"]


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("name", ["words", "pretokenised"])
def test_a_line_end_is_no_word(name, end):
    text, words = f"a fine{end}film", ["a", "fine", "film"]
    assert tokens_of(ClassificationData(tokenizer=name), text) == words
    config = TranslationData(tokenizer=name)
    (pair,) = translation.tokenized(config, [Pair(text, text)])
    assert (pair.source_tokens, pair.target_tokens) == (words, words)
    record = {"config": {"tokenizer": name, "lower": False}}
    assert translation.tokens_of(record, text) == words


@pytest.mark.parametrize("end", ENDS[:3])
def test_a_line_end_is_a_blank_to_characters(end):
    assert tokens_of(ClassificationData(tokenizer="characters"), f"a{end}b") == ["a", " ", "b"]
    assert one_line(f"a{end}b") == "a b"

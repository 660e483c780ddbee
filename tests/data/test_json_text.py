"""JSON that is none, too deep, or holds what is no text; and the readers that go by it."""

from __future__ import annotations

import pytest

from seqjax.data import Vocabulary
from seqjax.data.formats.music import read_pieces
from seqjax.data.formats.table import table
from seqjax.data.json_text import parse

WRONG = {
    "deep lists": ("[" * 100_000, "got lists or objects that are nested too deep"),
    "deep objects": ('{"a":' * 100_000, "got lists or objects that are nested too deep"),
    "half a character": (r'{"text": "a\ud800"}', r"got '\\ud800', half a character, want text"),
    "half a key": (r'{"\uDFFF": "a"}', r"got '\\udfff', half a character, want text"),
    "a long number": ("9" * 5000, r"got no JSON \(Exceeds the limit"),
    "no end": ('{"text":', r"got no JSON \(Expecting value: line 1 column 9"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_one_error(name, tmp_path):
    text, message = WRONG[name]
    with pytest.raises(ValueError, match=f"it: {message}"):
        parse(text, "it")
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=rf"a\.json: {message}"):
        read_pieces(path)
    with pytest.raises(ValueError, match=rf"a\.json, line 1: {message}"):
        table(path, ["text"], layout="jsonl")


def test_two_halves_are_a_character():
    assert parse(r'"\ud83d\ude00"', "it") == "\U0001f600"


@pytest.mark.parametrize("content", ["[" * 100_000, '{"tokens": "abc"}', '{"tokens": {"a": 1}}'])
def test_vocabularies(content, tmp_path):
    path = tmp_path / "vocabulary.json"
    path.write_text(content)
    with pytest.raises(ValueError, match=r"vocabulary .*vocabulary\.json: got a file without one"):
        Vocabulary.load(path)

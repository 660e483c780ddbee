"""Tokenizers: what they split and that join undoes it."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqjax.data import EOS, TOKENIZERS, tokenizer

PROSE = 'She said: "Don\'t (ever) pay 3.50, or 1/2, well-known…" Then—she left!\n\nNaïve «été»?\n'


@given(st.text() | st.text("ab1 .,'’\"()-/\n"))
@pytest.mark.parametrize("name", TOKENIZERS)
def test_tokens_survive_join(name: str, text: str) -> None:
    made = tokenizer(name)
    tokens = made.split(text)
    assert made.split(made.join(tokens)) == tokens


@given(st.text())
def test_characters_and_bytes_are_exact(text: str) -> None:
    characters, octets = tokenizer("characters"), tokenizer("bytes")
    assert characters.join(characters.split(text)) == unicodedata.normalize("NFC", text)
    assert octets.join(octets.split(text)) == text
    assert [ord(token) for token in octets.split(text)] == list(text.encode())


def test_characters_are_composed() -> None:
    assert tokenizer("characters").split("e\u0301a") == ["é", "a"]


def test_half_a_character_of_bytes_is_replaced() -> None:
    assert tokenizer("bytes").join(tokenizer("bytes").split("é")[:1]) == "\ufffd"


def test_jamo() -> None:
    jamo = tokenizer("jamo")
    # 한글 in conjoining jamo; é and Japanese stay composed.
    assert jamo.split("한글 가é が") == [*"\u1112\u1161\u11ab\u1100\u1173\u11af \u1100\u1161é が"]
    assert jamo.join(jamo.split("한글 가é")) == "한글 가é"
    # Compatibility jamo, as in laughter, are letters of their own.
    assert jamo.split("ㅋㅋ") == ["ㅋ", "ㅋ"]
    # What a reader finds decomposed is composed first.
    assert jamo.split("e\u0301") == ["é"]


@given(st.text("가각갂힣\u1100\u1161\u11a8\u11a7e\u0301ㄱ "))
def test_jamo_is_exact(text: str) -> None:
    jamo = tokenizer("jamo")
    tokens = jamo.split(text)
    assert jamo.join(tokens) == unicodedata.normalize("NFC", text)
    assert jamo.split(jamo.join(tokens)) == tokens


def test_words() -> None:
    words = tokenizer("words")
    want = 'She said : " Don\'t ( ever ) pay 3.50 , or 1 / 2 , well - known … " Then — she left !'
    assert words.split(PROSE) == [*want.split(), EOS, EOS, "Naïve", "«", "été", "»", "?", EOS]
    # Marks belong to the letters they stand on.
    assert words.split("हिन्दी में") == ["हिन्दी", "में"]
    assert words.split("cafe\u0301") == ["café"]


def test_words_join_reads_well() -> None:
    words = tokenizer("words")
    assert words.join(words.split(PROSE)) == PROSE.replace("—", " — ")
    assert words.join(["a", '"', "b", EOS, '"', "c", '"', "d"]) == 'a "b\n"c" d'


def test_pretokenised() -> None:
    made = tokenizer("pretokenised")
    text = " = Title = \n \n\n the <unk> N . \n"
    tokens = ["=", "Title", "=", EOS, EOS, EOS, "the", "<unk>", "N", ".", EOS]
    assert made.split(text) == tokens
    assert made.join(tokens) == "= Title =\n\n\nthe <unk> N .\n"
    assert made.split("no newline") == ["no", "newline"]


def test_lookup() -> None:
    units = ["character", "byte", "jamo", "word", "word"]
    assert [made.unit for made in TOKENIZERS.values()] == units
    assert all(made.name == name for name, made in TOKENIZERS.items())
    with pytest.raises(ValueError, match=r"tokenizer: got 'charactrs'.*did you mean 'characters'"):
        tokenizer("charactrs")

"""From text to tokens and back."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import NamedTuple

from seqjax.basics.unicode_form import composed
from seqjax.data.vocabulary import EOS

OPENING = frozenset("([{“‘«¿¡")
CLOSING = frozenset(".,;:!?)]}”’»…%")
JOINING = frozenset("-/")
FIRST_SYLLABLE, LAST_SYLLABLE = "가", "힣"
"""Of Hangul: each is composed of two or three jamo, the letters of Korean."""


class Tokenizer(NamedTuple):
    """A way to cut text. ``split(join(tokens)) == tokens`` for whatever ``split`` gave.

    >>> TOKENIZERS["bytes"].split("é")
    ['Ã', '©']
    >>> TOKENIZERS["characters"].split("añb")
    ['a', 'ñ', 'b']
    """

    name: str
    split: Callable[[str], list[str]]
    join: Callable[[list[str]], str]
    unit: str
    """What one token is called in print: character, byte, jamo or word."""


def tokenizer(name: str) -> Tokenizer:
    """The tokenizer of that name.

    Raises:
      ValueError: lists the names and the closest one.

    >>> words = tokenizer("words")
    >>> words.split("It's 3.5 km (or so).")
    ["It's", '3.5', 'km', '(', 'or', 'so', ')', '.']
    >>> words.join(['Yes', ',', 'so', '.'])
    'Yes, so.'
    """
    if name in TOKENIZERS:
        return TOKENIZERS[name]
    close = difflib.get_close_matches(str(name), TOKENIZERS, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    raise ValueError(f"tokenizer: got {name!r}, want one of {', '.join(TOKENIZERS)}{hint}")


def _split_characters(text: str) -> list[str]:
    return list(composed(text))


def _split_bytes(text: str) -> list[str]:
    return list(text.encode("utf-8").decode("latin-1"))


def _join_bytes(tokens: list[str]) -> str:
    return "".join(tokens).encode("latin-1").decode("utf-8", errors="replace")


def _split_words(text: str) -> list[str]:
    text = composed(text)
    # \w knows letters and digits, but not the marks that many scripts put on them. All marks there
    # are would make a slow pattern; those of the text are few.
    marks = "".join(sorted(c for c in set(text) if unicodedata.category(c)[0] == "M"))
    letter = rf"[\w{marks}]"
    # Newline, number, word with its apostrophes, or any other single mark.
    pieces = re.findall(rf"\n|\d+(?:[.,]\d+)+|{letter}+(?:['’]{letter}+)*|\S", text)
    return [EOS if token == "\n" else token for token in pieces]


def _join_words(tokens: list[str]) -> str:
    return "".join(_spaced(tokens))


def _spaced(tokens: list[str]) -> Iterator[str]:
    quoted, tight = False, True
    for token in tokens:
        if token == EOS:
            yield "\n"
            quoted, tight = False, True
            continue
        ends_quotation = token == '"' and quoted
        if not (tight or ends_quotation or token in CLOSING or token in JOINING):
            yield " "
        yield token
        quoted ^= token == '"'
        tight = token in OPENING or token in JOINING or (token == '"' and quoted)


def _split_pretokenised(text: str) -> list[str]:
    return text.replace("\n", f" {EOS} ").split()


def _join_pretokenised(tokens: list[str]) -> str:
    words = " ".join("\n" if token == EOS else token for token in tokens)
    return re.sub(" ?\n ?", "\n", words)


def _split_jamo(text: str) -> list[str]:
    return list("".join(map(_jamo, composed(text))))


def _jamo(character: str) -> str:
    hangul = FIRST_SYLLABLE <= character <= LAST_SYLLABLE
    return unicodedata.normalize("NFD", character) if hangul else character


def _join_jamo(tokens: list[str]) -> str:
    return composed("".join(tokens))


TOKENIZERS = {
    entry.name: entry
    for entry in [
        # Code points after canonical composition (NFC).
        Tokenizer("characters", _split_characters, "".join, "character"),
        # Each byte of UTF-8, as the Latin-1 character of that number.
        Tokenizer("bytes", _split_bytes, _join_bytes, "byte"),
        # Code points, those of Hangul syllables being their conjoining jamo; all else as above NFC.
        Tokenizer("jamo", _split_jamo, _join_jamo, "jamo"),
        # Words and punctuation marks, and <eos> for each newline; other white space is lost.
        Tokenizer("words", _split_words, _join_words, "word"),
        # What white space parts, and <eos> for each newline: the form of PTB and WikiText.
        Tokenizer("pretokenised", _split_pretokenised, _join_pretokenised, "word"),
    ]
}

"""Words of the page in the languages that it is written in."""

from __future__ import annotations

import re
from typing import NamedTuple

LANGUAGES = {"en": 0, "ko": 1}


class Words(NamedTuple):
    """The same in each of ``LANGUAGES``."""

    en: str
    ko: str

    def in_(self, language: str) -> str:
        """Those of one.

        >>> Words("step", "시점").in_("ko")
        '시점'
        """
        return self[LANGUAGES[language]]


PROPERTIES = {
    "inside quotes": "따옴표 안",
    "depth of brackets": "괄호의 깊이",
    "place in the line": "줄 안의 위치",
    "place in the sentence": "문장 안의 위치",
    "indentation of the line": "줄의 들여쓰기",
    "inside a word": "단어 안",
    "capital letter": "대문자",
    "digit": "숫자",
    "punctuation mark": "문장 부호",
}
"""Of ``diagnostics.text_properties``, in Korean."""


def property_name(name: str, language: str) -> str:
    """What a property of a text is called; a word that tokens are compared with stays as it is.

    >>> property_name("digit", "ko"), property_name("digit", "en")
    ('숫자', 'digit')
    """
    return PROPERTIES.get(name, name) if language == "ko" else name


def layer_name(name: str, language: str) -> str:
    """What a walker is called.

    >>> layer_name("layer 2 backward", "ko"), layer_name("encoder, layer 1 forward", "ko")
    ('2층 역방향', '인코더 1층 순방향')
    """
    if language != "ko":
        return name
    name = re.sub(r"layer (\d+)", r"\1층", name.replace("encoder, ", "인코더 "))
    return name.replace("forward", "순방향").replace("backward", "역방향")

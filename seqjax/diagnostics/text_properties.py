"""What can be counted along a text, token by token: quotes, brackets, places, words."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

OPENING, CLOSING = "([{", ")]}"
SENTENCE_ENDS = ".!?"


def _inside_quotes(text: str) -> list[float]:
    inside, values = False, []
    for character in text:
        if character == "“":
            inside = True
        elif character == "”":
            inside = False
        elif character == '"':
            inside = not inside
        values.append(float(inside))
    return values


def _bracket_depth(text: str) -> list[float]:
    depth, values = 0, []
    for character in text:
        depth += (character in OPENING) - (character in CLOSING)
        depth = max(depth, 0)
        values.append(float(depth))
    return values


def _since(text: str, ends: str) -> list[float]:
    count, values = 0, []
    for character in text:
        count = 0 if character in ends else count + 1
        values.append(float(count))
    return values


def _indentation(text: str) -> list[float]:
    depth, counting, values = 0, True, []
    for character in text:
        if character == "\n":
            depth, counting = 0, True
        elif counting and character in " \t":
            depth += 1
        else:
            counting = False
        values.append(float(depth))
    return values


def _is(test: Callable[[str], bool]) -> Callable[[str], list[float]]:
    return lambda text: [float(test(character)) for character in text]


PROPERTIES: dict[str, Callable[[str], list[float]]] = {
    "inside quotes": _inside_quotes,
    "depth of brackets": _bracket_depth,
    "place in the line": lambda text: _since(text, "\n"),
    "place in the sentence": lambda text: _since(text, SENTENCE_ENDS),
    "indentation of the line": _indentation,
    "inside a word": _is(lambda c: c.isalnum() or c in "'_"),
    "capital letter": _is(str.isupper),
    "digit": _is(str.isdigit),
    "punctuation mark": _is(lambda c: not (c.isalnum() or c.isspace())),
}
"""By name: text -> a number for each character, known once it has been read."""


def text_properties(tokens: Sequence[str], separator: str = "") -> dict[str, np.ndarray]:
    """{property: float [T]} of the tokens of a text, those alone that change within it.

    A token has the value of its last character.

    Args:
      tokens: characters, or words.
      separator: what stands between two of them in the text.

    >>> text_properties(list('a "b" c'))["inside quotes"].tolist()
    [0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0]
    """
    ends, place = [], 0
    for token in tokens:
        place += len(token)
        ends.append(max(place - 1, 0))
        place += len(separator)
    text = separator.join(tokens)
    found = {name: np.array(function(text)) for name, function in PROPERTIES.items()}
    of_tokens = {name: values[ends] for name, values in found.items() if len(values)}
    return {name: values for name, values in of_tokens.items() if np.ptp(values) > 0}

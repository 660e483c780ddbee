"""Roles of Python's tokens: what the tree says, on lines written for it, and of the data set."""

from __future__ import annotations

from collections import Counter

import pytest

from seqjax.data.builtin.catalogue import dataset
from seqjax.data.builtin.python_tokens import _lines, python_tokens

SOURCE = '''
from os import path as p
class Walk(Base):
    def walk(self, xs, *, key=len):
        """Gone: alone on its line."""
        self.far[key] = walk(walk.walk, key=self.near()) + 1  # why
        text = b"two words" + f"{gone}"
        with open(xs) as file: await file
'''.replace("await ", "yield ")
WANT = """
from/keyword os/module import/keyword path/module as/keyword p/name
class/keyword Walk/class (/operator Base/name )/operator :/operator
def/keyword walk/function (/operator self/parameter ,/operator xs/parameter ,/operator */operator ,/operator key/parameter =/operator len/name )/operator :/operator
"\""Gone:_alone_o/string
self/name ./operator far/attribute [/operator key/name ]/operator =/operator walk/call (/operator walk/name ./operator walk/attribute ,/operator key/argument =/operator self/name ./operator near/method (/operator )/operator )/operator +/operator 1/number #_why/comment
with/keyword open/call (/operator xs/name )/operator as/keyword file/target :/operator yield/keyword file/name
""".replace('"\\""', '"""')  # fmt: skip # noqa: E501


def test_roles():
    lines = [" ".join(map("/".join, zip(*line, strict=True))) for line in _lines(SOURCE)]
    assert lines == WANT.strip().split("\n")


@pytest.fixture(scope="module")
def parts():
    return python_tokens()


def test_the_data_set(parts):
    assert dataset("tagging", "python").load is python_tokens
    assert list(parts) == ["train", "valid", "test"]
    assert len(parts["train"]) > 5000
    assert all(len(parts[part]) > 1000 for part in ("valid", "test"))
    lines = [line for part in parts.values() for line in part]
    assert len(set(lines)) == len(lines)
    for words, tags in lines:
        assert 2 <= len(words) == len(tags) <= 40
        assert all(words)
        assert not any(len(word.split()) > 1 for word in words)


def test_roles_need_context(parts):
    """Many words have several roles, so that looking at each alone cannot do."""
    seen = {}
    for words, tags in parts["train"]:
        for word, tag in zip(words, tags, strict=True):
            seen.setdefault(word, Counter())[tag] += 1
    names = {w: c for w, c in seen.items() if w.isidentifier() and c.total() > 1}
    right = sum(max(c.values()) for c in names.values())
    total = sum(c.total() for c in names.values() if "keyword" not in c)
    right -= sum(max(c.values()) for c in names.values() if "keyword" in c)
    assert right / total < 0.85

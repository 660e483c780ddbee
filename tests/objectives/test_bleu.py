"""BLEU against a count by hand."""

from __future__ import annotations

import math
import unicodedata
from collections import Counter

import pytest

from seqjax.objectives.bleu import bleu

WRITTEN = ["a man in a red hat is reading a book .", "two dogs run over the green grass ."]
RIGHT = ["a man in a red hat reads a book .", "two dogs are running over the green grass ."]


def by_hand(written, right):
    """Papineni et al. 2002: the geometric mean of clipped precisions, times the brevity penalty."""
    logs = []
    for n in range(1, 5):
        same = total = 0
        for a, b in zip(written, right, strict=True):
            grams = [Counter(zip(*(t.split()[i:] for i in range(n)), strict=False)) for t in (a, b)]
            same += sum((grams[0] & grams[1]).values())
            total += sum(grams[0].values())
        logs.append(math.log(same / total))
    sizes = [sum(len(t.split()) for t in texts) for texts in (written, right)]
    return 100 * math.exp(min(0, 1 - sizes[1] / sizes[0]) + sum(logs) / 4)


def test_against_a_count_by_hand():
    for pair in ((WRITTEN, RIGHT), (RIGHT, WRITTEN)):
        found = bleu(*pair, tokenize="none")
        assert found.score == pytest.approx(by_hand(*pair), rel=1e-12)
        assert "tok:none" in found.signature
        assert f"BLEU {found.score:.1f} (nrefs:1|" in str(found)


def test_capitals_and_marks():
    high = [text.upper().replace(" .", ".") for text in WRITTEN]
    assert bleu(high, WRITTEN).score < 50
    same = bleu(high, WRITTEN, lower=True)
    assert same.score == pytest.approx(100)  # 13a parts the mark from its word
    assert "case:lc" in same.signature


def test_the_form_of_unicode_makes_no_difference():
    texts = ["á é í ó ú", "ñ ü ç å ô", "한국어 텍스트 한 줄 더"]
    apart = [unicodedata.normalize("NFD", text) for text in texts]
    assert apart != texts
    for tokenize in ("13a", "none", "char", "intl"):
        for written, right in ((texts, apart), (apart, texts)):
            assert bleu(written, right, tokenize=tokenize).score == pytest.approx(100)
    assert bleu(apart, ["x y z"] * 3).score == bleu(texts, ["x y z"] * 3).score


def test_what_is_refused():
    with pytest.raises(ValueError, match="tokenize: got 'abc', want one of 13a, char, intl, none"):
        bleu(WRITTEN, RIGHT, tokenize="abc")
    with pytest.raises(ValueError, match="tokenize: got 'spm'"):  # would download a model
        bleu(WRITTEN, RIGHT, tokenize="spm")
    with pytest.raises(ValueError, match="written: got 1 texts, want 2"):
        bleu(WRITTEN[:1], RIGHT)
    with pytest.raises(ValueError, match="written: got 0 texts"):
        bleu([], [])

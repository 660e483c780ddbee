"""The figures of a report: of perfect translations all are perfect, whatever form texts have."""

from __future__ import annotations

import unicodedata

import pytest

from seqjax.data import tokenizer
from seqjax.tasks.translation.encode import TokenizedPair
from seqjax.tasks.translation.predict import Translation
from seqjax.tasks.translation.report import scores

TEXTS = ["Ça va à l'été, señor.", "Où est la forêt déjà brûlée ?", "Ada vit à côté du café fermé."]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("cut", ["words", "pretokenised"])
def test_perfect_translations(cut, form):
    split, join = tokenizer(cut).split, tokenizer(cut).join
    texts = [unicodedata.normalize(form, text) for text in TEXTS]
    pairs = [TokenizedPair("", text, [], split(text)) for text in texts]
    translations = []
    for text in TEXTS:
        tokens = split(text)
        translations.append(Translation(join(tokens), tokens, 0.0, 0.0, []))
    exact, *bleus = scores("greedy", translations, pairs, words=True)
    assert "exact match 100.00%" in exact
    assert len(bleus) == 2
    assert all("BLEU 100.0" in line for line in bleus)

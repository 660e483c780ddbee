"""Every claim that is listed is there, whole, in both languages."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from experiments.claims import catalogue
from experiments.claims.claim import Claim, Text

HANGUL = re.compile("[가-힣]")


@pytest.mark.parametrize("name", catalogue.NAMES)
def test_a_listed_claim_is_whole(name):
    claim = catalogue.load(name)
    assert isinstance(claim, Claim)
    assert (claim.name, claim.number) == (name, catalogue.NAMES.index(name) + 1)
    texts = {key: value for key, value in claim._asdict().items() if isinstance(value, Text)}
    assert {*texts} == {"statement", "experiment", "rule", "alt"}
    for text in texts.values():
        assert not HANGUL.search(text.en)
        assert HANGUL.search(text.ko)
    assert len(inspect.signature(claim.measure).parameters) == 2


def test_every_claim_is_listed():
    folder = Path(inspect.getfile(catalogue)).parent
    there = {path.stem for path in folder.rglob("*.py") if "\nCLAIM = " in path.read_text("utf-8")}
    assert there == {*catalogue.NAMES}
    assert len({*catalogue.NAMES}) == len(catalogue.NAMES) == 20


def test_chosen_are_in_the_order_of_the_report():
    assert catalogue.chosen("") == [*catalogue.NAMES]
    assert catalogue.chosen("losses, lookup") == ["lookup", "losses"]


@pytest.mark.parametrize("text", ["lokup", "losses,lokup", "losses,"])
def test_an_unknown_name_is_refused(text):
    with pytest.raises(
        ValueError, match=r"only: got '(lokup)?', want one of agreement, .*"
    ) as found:
        catalogue.chosen(text)
    assert ("did you mean 'lookup'?" in str(found.value)) == ("lokup" in text)

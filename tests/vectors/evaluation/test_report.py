"""Results of the tests of word vectors: as tables, as figures, as JSON."""

from __future__ import annotations

import json
import math

import pytest

from seqjax.vectors.evaluation.analogy_test import SectionScore
from seqjax.vectors.evaluation.report import figures, text, write_json
from seqjax.vectors.evaluation.similarity_sets import Agreement

AGREEMENTS = {"pairs": Agreement(0.5, 3, 4), "none": Agreement(math.nan, 0, 7)}
SCORES = [SectionScore("family", 4, 3, 2), SectionScore("gram1", 2, 0, 0)]


def test_tables_by_hand():
    lines = text(AGREEMENTS, SCORES, limit=30_000, method="3CosMul", exclude=False).splitlines()
    assert lines[1].split() == ["pairs", "0.5000", "3", "4"]
    assert lines[2].split() == ["none", "nan", "0", "7"]
    assert lines[3] == (
        "analogies (3CosMul, within the 30,000 commonest words, the question's words among the"
        " answers)"
    )
    rows = {line.split()[0]: line.split()[1:] for line in lines[5:]}
    assert rows["family"] == ["0.6667", "0.5000", "2", "3", "4"]
    assert rows["gram1"] == ["nan", "0.0000", "0", "0", "2"]
    assert rows["total"] == ["0.6667", "0.3333", "2", "3", "6"]
    assert len({len(line) for line in lines[4:]}) == 1, "columns stand under their heads"


def test_only_what_was_tested_is_in_the_text():
    options = {"limit": None, "method": "3CosAdd", "exclude": True}
    assert text({}, SCORES, **options).startswith("analogies (3CosAdd, within all words)\n")
    assert "analogies" not in text(AGREEMENTS, [], **options)


def test_json_that_every_reader_takes(tmp_path):
    """RFC 8259 has no NaN and no Infinity."""
    path = tmp_path / "new" / "figures.json"
    write_json(path, {**figures(AGREEMENTS, SCORES), "names": ("é", math.inf), "on": True})

    def refuse(constant):
        raise AssertionError(constant)

    found = json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse)
    assert found["similarity"]["none"] == {"spearman": None, "covered": 0, "pairs": 7}
    family, grammar, total, *_ = found["analogies"]
    assert (family["oov_wrong"], grammar["answered_only"]) == (0.5, None)
    assert total["answered_only"] == pytest.approx(2 / 3) and total["name"] == "total"
    assert found["names"] == ["é", None] and found["on"] is True
    assert "é" in path.read_text(encoding="utf-8")

"""The site builds without a warning, and what it needs lies in it."""

from __future__ import annotations

import json
import re
from pathlib import Path


def test_nothing_comes_from_a_network(site: Path) -> None:
    for path in site.rglob("*.html"):
        loaded = re.findall(r"<(?:script|link|img|iframe)[^>]+(?:src|href)=\"(https?:[^\"]+)",
                            path.read_text(encoding="utf-8"))  # fmt: skip
        assert not loaded, path


def test_search_works_from_disk(site: Path) -> None:
    index = (site / "search" / "search_index.js").read_text(encoding="utf-8")
    assert "gru_reset_before" in index
    assert json.dumps("기울기")[1:-1] in index
    front = (site / "index.html").read_text(encoding="utf-8")
    assert 'src="assets/iframe-worker.js"' in front
    assert "unpkg" not in front


def test_front_pages_say_their_language(site: Path) -> None:
    assert '<html lang="en"' in (site / "index.html").read_text(encoding="utf-8")
    assert '<html lang="ko"' in (site / "index.ko.html").read_text(encoding="utf-8")


def test_the_reference_has_docstrings(site: Path) -> None:
    text = (site / "api" / "cells.html").read_text(encoding="utf-8")
    assert 'id="seqjax.cells.lstm.lstm"' in text
    assert "h = o tanh(c)" in text or "tanh" in text

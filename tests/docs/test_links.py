"""Links of the documentation lead somewhere, and every page is in the navigation."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

import pytest
from paths import ROOT

LINK = re.compile(r"(?<!`)\[[^\]\n]+\]\(([^)#\s]*)(#[^)\s]+)?( \"included(?: if there)?\")?\)")
NAVIGATION = re.compile(r"^ +- [^:\n]+: (\S+\.md)$", re.MULTILINE)


def outside_of_code(text: str) -> str:
    return re.sub(r"^```.*?^```|`[^`\n]*`|^    .*$", "", text, flags=re.DOTALL | re.MULTILINE)


def anchors(path: Path, text: str, sections) -> set[str]:
    """Those of a text, of a page with what it includes."""
    if path.is_relative_to(ROOT / "docs"):
        text = sections.expanded(text, path.relative_to(ROOT / "docs").as_posix(), {})
    return {sections.anchor(words) for _, _, words in sections.headings(text)}


def test_links_resolve(documents, sections) -> None:
    seen = 0
    for path, text in documents.items():
        for target, mark, how in LINK.findall(outside_of_code(text)):
            if "://" in target or " if there" in how:
                continue
            seen += 1
            to = (path.parent / target).resolve() if target else path
            if to.is_relative_to(ROOT / "docs" / "api"):  # made when the site is built
                assert (ROOT / "seqjax" / to.stem).is_dir(), f"{path}: {target}"
                continue
            assert to.exists(), f"{path}: {target}"
            if mark:
                found = anchors(to, to.read_text(encoding="utf-8"), sections)
                assert mark in found, f"{path}: {target}{mark}"
    assert seen > 60


@pytest.fixture(scope="module")
def navigation() -> list[str]:
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    return NAVIGATION.findall(text.partition("\nnav:\n")[2].partition("\n\n")[0])


def test_every_page_is_in_the_navigation_once(navigation, pages, reference) -> None:
    made = {f"api/{name}.md" for name in reference.top_packages()}
    assert len(set(navigation)) == len(navigation)
    assert set(navigation) == set(pages) | made


def test_each_file_of_results_has_a_page(pages, sections) -> None:
    places = sections.places_of(pages)
    for path in (ROOT / "experiments" / "results").glob("*.md"):
        assert places[f"experiments/results/{path.name}", ""] == f"results/{path.name}"


def test_what_is_included_is_not_copied(pages) -> None:
    """Long lines of the README stand in no page."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    lines = {line for line in readme.splitlines() if len(line) > 60 and line[0] != " "}
    assert len(lines) > 100
    for page, text in pages.items():
        assert not lines & set(text.splitlines()), page


def test_pages_are_short(pages) -> None:
    for page, text in pages.items():
        longest = 400 if posixpath.basename(page).startswith("course") else 210
        assert len(text.splitlines()) <= longest, page

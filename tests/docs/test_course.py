"""The map of the course: what it names is there, and its two languages say the same."""

from __future__ import annotations

import re

import pytest
from paths import ROOT

from experiments.claims.catalogue import NAMES, module

LANGUAGES = {"course.md": ("Files", "Claims"), "course.ko.md": ("파일", "주장")}
CODE = re.compile(r"`([^`]+)`")


def listed(text: str, label: str) -> list[list[str]]:
    """What stands behind a label, paragraph by paragraph."""
    return [CODE.findall(m[1]) for m in re.finditer(rf"^{label}: ((?:.+\n)+)", text, re.MULTILINE)]


def commands(text: str) -> list[str]:
    return re.findall(r"(?:^    .*\n)+", text, re.MULTILINE)


@pytest.mark.parametrize("page", LANGUAGES)
def test_files_exist(pages, page: str) -> None:
    found = [path for paths in listed(pages[page], LANGUAGES[page][0]) for path in paths]
    assert len(found) > 50
    for path in found:
        assert (ROOT / path).is_file(), path


@pytest.mark.parametrize("page", LANGUAGES)
def test_claims_exist_and_each_has_a_chapter(pages, page: str) -> None:
    found = {name for names in listed(pages[page], LANGUAGES[page][1]) for name in names}
    assert found == set(NAMES)
    for name in found:
        assert (ROOT / f"{module(name).replace('.', '/')}.py").is_file(), name
    named = re.findall(r"experiments\.claims --only=(\w+)", pages[page])
    assert named
    assert set(named) <= set(NAMES)


@pytest.mark.parametrize("page", LANGUAGES)
def test_every_chapter_has_something_to_run_and_to_read(pages, page: str) -> None:
    chapters = re.split(r"^### ", pages[page], flags=re.MULTILINE)[1:]
    assert len(chapters) == 31
    for chapter in chapters:
        assert "python -m experiments" in chapter, chapter[:40]
        assert f"\n{LANGUAGES[page][0]}: `" in chapter, chapter[:40]


def test_both_languages_have_the_same_commands_files_and_claims(pages) -> None:
    english, korean = (pages[page] for page in LANGUAGES)
    assert commands(english) == commands(korean)
    for one, other in zip(*LANGUAGES.values(), strict=True):
        assert listed(english, one) == listed(korean, other)

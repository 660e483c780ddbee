"""Texts of the repository as parts of pages: sections, levels of headings, links."""

from __future__ import annotations

import pytest

TEXT = """# Title

Words before.

## One thing

Of one.

```python
# no heading
```

### A part of it

## To add ...

Of two.
"""


def test_a_section_is_what_stands_under_its_heading(sections) -> None:
    body, level = sections.section(TEXT, "#one-thing")
    assert body.startswith("Of one.\n\n```python\n# no heading")
    assert body.endswith("### A part of it")
    assert level == 2
    assert sections.section(TEXT, "#a-part-of-it") == ("", 3)
    assert sections.section(TEXT, "#to-add-") == ("Of two.", 2)


def test_of_the_title_what_stands_before_the_first_heading(sections) -> None:
    assert sections.section(TEXT, "#title") == ("Words before.", 1)


def test_a_whole_file_is_all_but_its_title(sections) -> None:
    body, level = sections.section(TEXT, "")
    assert body == TEXT.removeprefix("# Title\n\n").rstrip("\n")
    assert level == 1


def test_a_heading_that_is_not_there(sections) -> None:
    with pytest.raises(ValueError, match="no heading has the anchor #three"):
        sections.section(TEXT, "#three")


def test_headings_go_deeper_and_code_stays(sections) -> None:
    deeper = sections.deepened(TEXT, 1)
    assert "\n### One thing\n" in deeper
    assert "\n# no heading\n" in deeper


def test_links_lead_to_pages_of_the_site(sections) -> None:
    places = {("README.md", "#cells"): "drivers.md", ("CONTRIBUTING.md", ""): "contributing.md"}

    def relinked(text: str, source: str = "README.md", page: str = "tasks/tagging.md") -> str:
        return sections.relinked(text, source, page, places)

    assert relinked("[a](docs/scaling.md#one)") == "[a](../scaling.md#one)"
    assert relinked("[a](#cells)") == "[a](../drivers.md)"
    assert relinked("[a](CONTRIBUTING.md#rules)") == "[a](../contributing.md#rules)"
    assert relinked("[a](README.ko.md)") == "[a](../index.ko.md)"
    assert relinked("[a](seqjax/cells/lstm.py)") == "a"
    assert relinked("[a](https://example.org/x)") == "[a](https://example.org/x)"
    assert relinked("f[i](x)") == "f[i](x)"
    assert relinked("![a\\]b](x.svg)", "experiments/results/claims/report.md") == (
        "![a\\]b](../results/claims/x.svg)"
    )
    assert relinked("[a](#rules)", "CONTRIBUTING.md", "contributing.md") == "[a](#rules)"


def test_a_page_with_what_it_includes(sections) -> None:
    text = '# Page\n\n## Part\n\n[Set up](../CONTRIBUTING.md#set-up "included")\n\nAfter.\n'
    made = sections.expanded(text, "page.md", {})
    assert "make fast" in made
    assert made.startswith("# Page\n\n## Part\n\nPython 3.11 or later")
    assert made.endswith("\n\nAfter.\n")
    assert "included" not in made


def test_headings_go_below_that_of_the_page(sections) -> None:
    link = '[One cell, every driver](../README.md#one-cell-every-driver "included")'
    for level in (1, 2, 3):
        made = sections.expanded(f"{'#' * level} Page\n\n{link}\n", "page.md", {})
        assert f"\n{'#' * (level + 1)} Precision\n" in made


def test_what_need_not_be_there(sections) -> None:
    text = '# Page\n\n[Set up](../missing.md "included if there")\n\nAfter.\n'
    assert sections.expanded(text, "page.md", {}) == "# Page\n\n\n\nAfter.\n"
    with pytest.raises(FileNotFoundError):
        sections.expanded(text.replace(" if there", ""), "page.md", {})


def test_every_page_expands(sections, pages) -> None:
    places = sections.places_of(pages)
    for page, text in pages.items():
        assert '"included' not in sections.expanded(text, page, places), page

"""Texts of the repository as parts of pages: a link with the title "included" becomes its text.

    [Install and test](../README.md#install-and-test "included")

alone on a line is, on the site, what stands in README.md under that heading; without an anchor it
is the whole file, without its title; with the anchor of the title, what stands before the next
heading. The title "included if there" leaves nothing where the file is missing. Whoever reads the
page in the repository has a link there. Headings inside go one level below the heading that the
link stands under. Links to what the site has lead to its pages, to pictures of results to copies of
them; of links to other files of the repository their words are left.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
DOCS = "docs"
INCLUDED = re.compile(
    r'^\[[^\]\n]+\]\(([^)#\s]+)(#[^)\s]+)? "included( if there)?"\)$', re.MULTILINE
)
LINK = re.compile(r"\[((?:\\.|[^\]\\\n])+)\]\(([^)#\s]*)(#[^)\s]+)?\)")
RESULTS = "experiments/results"
HEADING = re.compile(r"^(#+) (.+)$")
FRONT = {
    "README.md": "index.md",
    "README.ko.md": "index.ko.md",
    "experiments/README.md": "tasks/index.md",
}
"""Where links to a file lead of which the site has parts alone."""

Places = dict[tuple[str, str], str]
"""the page that has a file ("README.md", "") or a section of it ("README.md", "#cells")"""


def anchor(heading: str) -> str:
    """#what-is-where of ``What is where``, as Markdown makes it."""
    return "#" + re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def headings(text: str) -> Iterator[tuple[int, int, str]]:
    """Line number, level and words of each heading outside of code."""
    fenced = False
    for number, line in enumerate(text.splitlines()):
        fenced ^= line.startswith("```")
        if not fenced and (match := HEADING.match(line)):
            yield number, len(match[1]), match[2]


def section(text: str, wanted: str) -> tuple[str, int]:
    """What stands under a heading, and the level of that heading; "" wants all but the title.

    Raises:
      ValueError: where no heading has that anchor.
    """
    lines, found = text.splitlines(), [*headings(text)]
    for place, (number, level, words) in enumerate(found):
        if anchor(words) == wanted or not wanted:
            last = len(lines)
            for other, below, _ in found[place + 1 :] if wanted else []:
                if below <= level or level == 1:
                    last = other
                    break
            return "\n".join(lines[number + 1 : last]).strip("\n"), level
    raise ValueError(f"no heading has the anchor {wanted}")


def deepened(text: str, by: int) -> str:
    """With so many more signs before each heading."""
    lines = text.splitlines()
    for number, level, words in headings(text):
        lines[number] = f"{'#' * (level + by)} {words}"
    return "\n".join(lines)


def relinked(text: str, source: str, page: str, places: Places) -> str:
    """``text`` of the file ``source`` with links as ``page`` of the site needs them."""

    def replaced(match: re.Match[str]) -> str:
        words, target, mark = match[1], match[2], match[3] or ""
        if "://" in target or not (target or mark):
            return match[0]
        path = posixpath.normpath(posixpath.join(posixpath.dirname(source), target))
        path = path if target else source
        if path.startswith(f"{DOCS}/"):
            to = path.removeprefix(f"{DOCS}/")
        elif path.startswith(RESULTS) and path.endswith((".svg", ".png")):
            to = path.removeprefix("experiments/")  # where on_files puts it
        elif not (ROOT / path).exists():
            return match[0]
        else:
            whole = places.get((path, ""))
            to = places.get((path, mark)) or whole or (FRONT.get(path, "") if not mark else "")
            mark = mark if to == whole else ""
        if not to:
            return words
        if to == page and mark:
            return f"[{words}]({mark})"
        return f"[{words}]({posixpath.relpath(to, posixpath.dirname(page) or '.')}{mark})"

    return LINK.sub(replaced, text)


def expanded(text: str, page: str, places: Places) -> str:
    """A page of docs/ with what it includes; ``page`` is its path there."""
    level = 1

    def replaced(line: str) -> str:
        match = INCLUDED.match(line)
        if not match:
            return line
        file = posixpath.normpath(posixpath.join(DOCS, posixpath.dirname(page), match[1]))
        if match[3] and not (ROOT / file).is_file():
            return ""
        body, above = section((ROOT / file).read_text(encoding="utf-8"), match[2] or "")
        return relinked(deepened(body, level - above), file, page, places)

    lines = relinked(text, f"{DOCS}/{page}", page, places).splitlines()
    marks = {number: depth for number, depth, _ in headings(text)}
    for number, line in enumerate(text.splitlines()):
        level = marks.get(number, level)
        if INCLUDED.match(line):
            lines[number] = replaced(line)
    return "\n".join(lines) + "\n"


def places_of(pages: Iterable[str]) -> Places:
    """Which page of docs/ has what of the other files of the repository."""
    found: Places = {}
    for page in sorted(pages):
        text = (ROOT / DOCS / page).read_text(encoding="utf-8")
        for match in INCLUDED.finditer(text):
            file = posixpath.normpath(posixpath.join(DOCS, posixpath.dirname(page), match[1]))
            found.setdefault((file, match[2] or ""), page)
    return found


_places: Places = {}


def on_files(files: Any, config: Any) -> Any:
    """MkDocs: all pages are known; pictures of results are to be copied."""
    from mkdocs.structure.files import File

    for path in sorted([*(ROOT / RESULTS).rglob("*.svg"), *(ROOT / RESULTS).rglob("*.png")]):
        name = path.relative_to(ROOT / "experiments").as_posix()
        files.append(File.generated(config, name, abs_src_path=str(path)))
    pages = [file.src_uri for file in files.documentation_pages()]
    _places.clear()
    _places.update(places_of(page for page in pages if (ROOT / DOCS / page).is_file()))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """MkDocs: the text of a page, before it becomes HTML."""
    return expanded(markdown, page.file.src_uri, _places)

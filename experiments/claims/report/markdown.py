"""The report as Markdown, with its plots as files beside it."""

from __future__ import annotations

import re

from experiments.claims.report.page import Page, PageTable, Section

SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~])")


def markdown(page: Page) -> str:
    """The whole text."""
    parts = [
        f"# {page.said('title')}",
        page.said("about"),
        *(f"{page.said('machine')}: {escape(each)}" for each in page.machines),
        f"{page.said('command')}: `{page.command}`",
        *(f"> {escape(note)}" for note in page.notes),
        f"## {page.said('summary')}",
        _summary(page),
        *(part for section in page.sections for part in _section(page, section)),
    ]
    return "\n\n".join(parts) + "\n"


def escape(text: str) -> str:
    r"""As Markdown shows it: letters that mean something else there are escaped, one line.

    >>> escape("a*b | <c>")
    'a\\*b \\| \\<c\\>'
    """
    return " ".join(SPECIAL.sub(r"\\\1", text).split())


def _summary(page: Page) -> str:
    head = [page.said("number"), page.said("claim"), page.said("verdict")]
    rows = [
        [str(each.number), f"[{escape(each.heading)}](#{each.name})", escape(each.verdict)]
        for each in page.sections
    ]
    return _rows(head, rows, "|--:|---|---|")


def _section(page: Page, section: Section) -> list[str]:
    begin = [f'<a id="{section.name}"></a>', f"## {section.number}. {escape(section.heading)}"]
    again = [f"### {page.said('reproduce')}", f"    {section.command}"]
    if section.failure:
        return [*begin, f"**{page.said('failure')}**: {escape(section.failure)}", *again]
    return [
        *begin,
        f"### {page.said('experiment')}",
        escape(section.experiment),
        f"### {page.said('numbers')}",
        *(_table(table) for table in section.tables),
        f"### {page.said('verdict')}",
        f"**{escape(section.verdict)}**: {escape(section.reason)}",
        f"{page.said('rule')}: {escape(section.rule)}",
        f"### {page.said('plot')}",
        f"![{escape(section.alt)}]({section.picture})",
        *again,
        escape(section.measured),
    ]


def _table(table: PageTable) -> str:
    columns = "|---|" + "--:|" * (len(table.head) - 1)
    head = [escape(each) for each in table.head]
    rows = [[escape(cell) for cell in row] for row in table.rows]
    return f"{escape(table.caption)}\n\n{_rows(head, rows, columns)}"


def _rows(head: list[str], rows: list[list[str]], columns: str) -> str:
    lines = [f"| {' | '.join(head)} |", columns, *(f"| {' | '.join(row)} |" for row in rows)]
    return "\n".join(lines)

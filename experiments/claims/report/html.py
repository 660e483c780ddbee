"""The report as one HTML page that needs no network and no other file."""

from __future__ import annotations

import base64
from html import escape

from experiments.claims.claim import FAILS, HOLDS, IN_PART
from experiments.claims.report.page import Page, PageTable, Section
from experiments.claims.report.style import CSS
from experiments.claims.report.words import FAILED
from seqjax.diagnostics import plots

CLASSES = {HOLDS: "holds", IN_PART: "part", FAILS: "not", FAILED: "failed"}


def html(page: Page) -> str:
    """The whole page; where hovering is asked for and Bokeh is missing, a note says so."""
    notes, library = list(page.notes), ""
    if page.hover:
        try:
            library = plots.library_html()
        except ImportError:
            page, notes = page._replace(hover=False), [*notes, page.said("no_hover")]
    parts = [
        "<!DOCTYPE html>",
        f'<html lang="{page.language}">',
        "<head>",
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(page.said('title'))}</title>",
        '<link rel="icon" href="data:,">',
        f"<style>\n{CSS}</style>",
        library,
        "</head>",
        "<body>",
        f'<a class="skip" href="#main">{escape(page.said("skip"))}</a>',
        "<header>",
        f"<h1>{escape(page.said('title'))}</h1>",
        f"<p>{escape(page.said('about'))}</p>",
        *(f"<p><b>{page.said('machine')}</b>: {escape(each)}</p>" for each in page.machines),
        f"<p><b>{page.said('command')}</b>:</p>",
        _code(page.command),
        *(f'<p class="note">{escape(note)}</p>' for note in notes),
        "</header>",
        *_contents(page),
        '<main id="main" tabindex="-1">',
        *_summary(page),
        *(line for section in page.sections for line in _section(page, section)),
        "</main>",
        "</body>",
        "</html>",
    ]
    return "\n".join(parts) + "\n"


def _contents(page: Page) -> list[str]:
    links = [
        f'<li value="{each.number}"><a href="#{each.name}">{escape(each.heading)}</a></li>'
        for each in page.sections
    ]
    label = escape(page.said("contents"))
    return [
        f'<nav aria-label="{label}">', "<details>", f"<summary>{label}</summary>",
        f'<p><a href="#summary">{escape(page.said("summary"))}</a></p>',
        "<ol>", *links, "</ol>", "</details>", "</nav>",
    ]  # fmt: skip


def _summary(page: Page) -> list[str]:
    rows = [
        f'<tr><td>{each.number}</td><th scope="row"><a href="#{each.name}">{escape(each.heading)}'
        f"</a></th><td>{_verdict(each)}</td></tr>"
        for each in page.sections
    ]
    head = [page.said("number"), page.said("claim"), page.said("verdict")]
    title = escape(page.said("summary"))
    return [
        '<section aria-labelledby="summary">', f'<h2 id="summary">{title}</h2>',
        *_scrolling(page.said("summary_caption"), head, rows, "words"), "</section>",
    ]  # fmt: skip


def _section(page: Page, section: Section) -> list[str]:
    begin = [
        f'<section aria-labelledby="{section.name}">',
        f'<h2 id="{section.name}">{section.number}. {escape(section.heading)}</h2>',
    ]
    end = [
        f"<h3>{escape(page.said('reproduce'))}</h3>",
        _code(section.command),
        f"<p>{escape(section.measured)}</p>" if section.measured else "",
        f'<p class="top"><a href="#summary">{escape(page.said("top"))}</a></p>',
        "</section>",
    ]
    if section.failure:
        words = f"{page.said('failure')}: {section.failure}"
        return [*begin, f"<p>{_verdict(section)} {escape(words)}</p>", *end]
    data = base64.b64encode(section.svg).decode()
    plot = f'<img src="data:image/svg+xml;base64,{data}" alt="{escape(section.alt)}">'
    if page.hover:
        plot = plots.hover_html(section.figure, plot, section.alt, page.language)
    return [
        *begin,
        f"<h3>{escape(page.said('experiment'))}</h3>",
        f"<p>{escape(section.experiment)}</p>",
        f"<h3>{escape(page.said('numbers'))}</h3>",
        *(line for table in section.tables for line in _table(table)),
        f"<h3>{escape(page.said('verdict'))}</h3>",
        f"<p>{_verdict(section)} {escape(section.reason)}</p>",
        f'<p class="rule"><b>{escape(page.said("rule"))}</b>: {escape(section.rule)}</p>',
        f"<h3>{escape(page.said('plot'))}</h3>",
        "<figure>",
        plot,
        f"<figcaption>{escape(section.alt)}</figcaption>",
        "</figure>",
        *end,
    ]


def _verdict(section: Section) -> str:
    kind = CLASSES[section.kind]
    return f'<strong class="verdict {kind}">{escape(section.verdict)}</strong>'


def _table(table: PageTable) -> list[str]:
    rows = [
        f'<tr><th scope="row">{escape(row[0])}</th>'
        + "".join(f"<td>{escape(cell)}</td>" for cell in row[1:])
        + "</tr>"
        for row in table.rows
    ]
    return _scrolling(table.caption, table.head, rows, "numbers")


def _scrolling(caption: str, head: list[str], rows: list[str], kind: str) -> list[str]:
    """A table in a box of its own, which scrolls where the table is wider than the page."""
    columns = "".join(f'<th scope="col">{escape(each)}</th>' for each in head)
    return [
        f'<div class="scroll" role="region" aria-label="{escape(caption)}" tabindex="0">',
        f'<table class="{kind}">', f"<caption>{escape(caption)}</caption>",
        f"<thead><tr>{columns}</tr></thead>", "<tbody>", *rows, "</tbody>", "</table>", "</div>",
    ]  # fmt: skip


def _code(command: str) -> str:
    return f'<pre tabindex="0"><code>{escape(command)}</code></pre>'

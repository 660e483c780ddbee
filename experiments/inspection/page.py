"""One page of HTML that opens from disk without a network."""

from __future__ import annotations

import html
from collections.abc import Sequence

from experiments.inspection.reading import Section
from experiments.inspection.words import Words

SKIP = Words("Skip to what was found", "본문으로 건너뛰기")
SECTIONS = Words("Sections", "목차")
STYLE = """
body{font:16px/1.5 system-ui,sans-serif;color:#111;background:#fff;max-width:60rem;
margin:0 auto;padding:1rem}
img{max-width:100%;height:auto;display:block}
h1,h2,h3{line-height:1.2}
pre{font-size:15px}
nav ul{padding-left:1.2rem}
a{color:#00508a}
:lang(ko){word-break:keep-all;overflow-wrap:anywhere}
.skip{position:absolute;left:-100vw}
.skip:focus{position:static}
a:focus-visible,summary:focus-visible,[tabindex]:focus-visible{outline:3px solid #b35900}
summary{cursor:pointer}
.note{border-left:4px solid #b35900;padding-left:.8rem}
.scroll{overflow-x:auto}
caption{text-align:left}
th,td{border-bottom:1px solid #ccc;padding:.2rem .8rem .2rem 0;text-align:right}
"""


def page(
    title: str,
    about: Sequence[str],
    sections: Sequence[Section],
    language: str,
    *,
    library: str = "",
    note: str = "",
) -> str:
    """The document.

    Args:
      title: of the page.
      about: lines below it.
      sections: in order.
      language: of the page, as HTML names it.
      library: what the head needs of ``plots.library_html``.
      note: above all; nothing: none.
    """
    links = "".join(
        f'<li><a href="#s{number}">{html.escape(each.title)}</a></li>'
        for number, each in enumerate(sections, 1)
    )
    bodies = "".join(
        f'<section aria-labelledby="s{number}"><h2 id="s{number}">{html.escape(each.title)}</h2>'
        f"<p>{html.escape(each.words)}</p>{each.body}</section>\n"
        for number, each in enumerate(sections, 1)
    )
    lines = "".join(f"<p>{html.escape(line)}</p>" for line in about)
    lines += f'<p class="note">{html.escape(note)}</p>' if note else ""
    skip = SKIP.in_(language)
    return (
        f'<!DOCTYPE html>\n<html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{html.escape(title)}</title><style>{STYLE}</style>"
        f'<link rel="icon" href="data:,">{library}</head>\n'
        f'<body><a class="skip" href="#main">{skip}</a>'
        f"<header><h1>{html.escape(title)}</h1>{lines}</header>\n"
        f'<nav aria-label="{SECTIONS.in_(language)}"><ul>{links}</ul></nav>\n'
        f'<main id="main" tabindex="-1">'
        f"\n{bodies}</main></body></html>\n"
    )

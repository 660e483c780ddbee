"""One page of HTML that opens from disk without a network."""

from __future__ import annotations

import html
from collections.abc import Sequence

from experiments.inspection.reading import Section

STYLE = """
body{font:16px/1.5 system-ui,sans-serif;color:#111;background:#fff;max-width:60rem;
margin:0 auto;padding:1rem}
img{max-width:100%;height:auto;display:block}
h1,h2,h3{line-height:1.2}
pre{font-size:15px}
nav ul{padding-left:1.2rem}
a{color:#00508a}
"""


def page(title: str, about: Sequence[str], sections: Sequence[Section], language: str) -> str:
    """The document.

    Args:
      title: of the page.
      about: lines below it.
      sections: in order.
      language: of the page, as HTML names it.
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
    return (
        f'<!DOCTYPE html>\n<html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{html.escape(title)}</title><style>{STYLE}</style></head>\n"
        f"<body><header><h1>{html.escape(title)}</h1>{lines}</header>\n"
        f'<nav aria-label="Sections"><ul>{links}</ul></nav>\n'
        f"<main>\n{bodies}</main></body></html>\n"
    )

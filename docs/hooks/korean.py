"""Pages named NAME.ko.md say that they are Korean: to browsers, screen readers, search engines."""

from __future__ import annotations

from typing import Any


def on_post_page(output: str, page: Any, config: Any) -> str:
    """MkDocs: the whole HTML of a page; the theme has one language for all of them."""
    if page.file.src_uri.endswith(".ko.md"):
        return output.replace('<html lang="en"', '<html lang="ko"', 1)
    return output

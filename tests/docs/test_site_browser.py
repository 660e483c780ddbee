"""Pages of the site in a real browser, read from disk, wide and narrow."""

from __future__ import annotations

import pytest

PAGES = ("index", "index.ko", "course", "course.ko", "claims", "drivers", "results/speed")
PAGES += ("tasks/language_models", "api/cells", "api/vectors")


@pytest.mark.browser
@pytest.mark.parametrize("width", [400, 1280])
def test_pages_open_from_disk(browser, site, width: int) -> None:
    """No error, nothing from a network, nothing wider than the window."""
    for page in PAGES:
        tab = browser.new_page(viewport={"width": width, "height": 800})
        errors: list[str] = []
        asked: list[str] = []
        tab.on("pageerror", lambda error, errors=errors: errors.append(str(error)))
        tab.on("request", lambda request, asked=asked: asked.append(request.url))
        tab.goto((site / f"{page}.html").as_uri())
        assert errors == [], page
        assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == [], page
        assert tab.evaluate("document.documentElement.scrollWidth") <= width, page
        assert tab.evaluate("document.querySelectorAll('h1').length") == 1, page
        tab.close()


@pytest.mark.browser
@pytest.mark.parametrize("words", ["beam search", "기울기"])
def test_search_finds_words_from_disk(browser, site, words: str) -> None:
    tab = browser.new_page(viewport={"width": 1280, "height": 800})
    tab.goto((site / "index.html").as_uri())
    tab.get_by_role("textbox", name="Search").fill(words)
    tab.locator(".md-search-result__item").first.wait_for(timeout=30_000)
    assert tab.locator(".md-search-result__item").count() >= 2
    tab.close()

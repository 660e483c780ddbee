"""The HTML report of claims in a real browser, wide and narrow, and with the keyboard."""

from __future__ import annotations

import pytest

from experiments.claims import running
from experiments.claims.claim import Table, Text
from experiments.claims.report.html import html
from experiments.claims.report.page import page

pytest.importorskip("matplotlib", reason="matplotlib draws the plots of the report")


@pytest.fixture(params=["en", "ko"])
def report(request, claims, tmp_path):
    """A report with a table that is wider than a telephone, and a word that cannot be broken."""
    wide = Table(
        [Text(f"column {number}", f"{number}째 열") for number in range(12)],
        [[f"cell_{row}", *["12,345 ± 678"] * 11] for row in range(3)],
        Text("A wide table", "넓은 표"),
    )
    claims.add("one", tables=lambda results: [wide])
    claims.add("two", RuntimeError("x" * 300))
    outcomes = running.run(
        ["one", "two"], range(2), tmp_path, claims.machine,
        say=lambda line: None, source=lambda name: "a",
    )  # fmt: skip
    command = "python -m experiments.claims --only=" + ",".join(["name"] * 40)
    made = page(outcomes, request.param, tmp_path, claims.machine, command)
    path = tmp_path / "report.html"
    path.write_text(html(made), encoding="utf-8")
    return path


@pytest.mark.browser
@pytest.mark.parametrize("width", [400, 1280])
def test_the_page_opens_from_disk(browser, report, width):
    """No error, no request, nothing wider than the window, every plot there."""
    tab = browser.new_page(viewport={"width": width, "height": 800})
    errors: list[str] = []
    asked: list[str] = []
    tab.on("console", lambda message: errors.append(message.text) if message.type == "error" else 0)
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(report.as_uri())
    assert errors == []
    assert [url for url in asked if not url.startswith(("data:", report.as_uri()))] == []
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    sizes = tab.evaluate("[...document.images].map(i => [i.naturalWidth, i.clientWidth])")
    assert len(sizes) == 1
    assert all(natural > 0 and 0 < shown <= width for natural, shown in sizes)
    tab.close()


@pytest.mark.browser
def test_the_keyboard_reaches_the_claims(browser, report):
    """The first stop is the link past the contents; what has the focus is seen."""
    tab = browser.new_page(viewport={"width": 1280, "height": 800})
    tab.goto(report.as_uri())
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.className") == "skip"
    box = tab.evaluate("document.activeElement.getBoundingClientRect().x")
    assert box >= 0
    assert tab.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.activeElement.id") == "main"
    tab.close()

"""The HTML report of claims in a real browser, wide and narrow, and with the keyboard."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.claims import running
from experiments.claims.claim import Table, Text
from experiments.claims.report.html import html
from experiments.claims.report.page import page
from seqjax.diagnostics import plots
from seqjax.diagnostics.plots import style

pytest.importorskip("matplotlib", reason="matplotlib draws the plots of the report")
DRAWN = "window.Bokeh?.documents.length == 1 && Bokeh.documents[0].is_idle"
WAIT = 10_000
"""Milliseconds."""
FRAME = """place => {
  const view = [...Bokeh.index][place], box = view.el.getBoundingClientRect();
  const inner = view.frame.bbox;
  return [box.x + inner.left, box.y + inner.top, inner.width, inner.height];
}"""
"""What the axes enclose of a plot: x, y, width, height."""
TOLD = """() => {
  const found = [];
  const walk = node => {
    if (node.classList?.contains("bk-tooltip-content")) found.push(node.innerText);
    [...(node.shadowRoot?.children ?? []), ...(node.children ?? [])].forEach(walk);
  };
  walk(document);
  return found;
}"""
"""The words at the pointer; Bokeh keeps them in trees of their own."""


def curves(results, language):
    """Two panels of points that hover, one with a name that HTML would take for a tag."""
    figure, (left, right) = style.figure(1, 2)
    left.plot(np.arange(9), np.arange(9) / 8, marker="o", label="<b>lstm", color="#0072b2")
    left.set(xlabel="거리" if language == "ko" else "distance", ylabel="share", title="Curve")
    plots.name_points(right.scatter([0.5], [0.5], color="#d55e00"), ["durian"])
    right.set(xlim=(0, 1), ylim=(0, 1), title="Words")
    return figure


@pytest.fixture(params=["en", "ko", "still"])
def report(request, claims, tmp_path):
    """A report with a table that is wider than a telephone, and a word that cannot be broken."""
    hover = request.param != "still"
    if hover:
        pytest.importorskip("bokeh", reason="bokeh draws what answers to the pointer")
    wide = Table(
        [Text(f"column {number}", f"{number}째 열") for number in range(12)],
        [[f"cell_{row}", *["12,345 ± 678"] * 11] for row in range(3)],
        Text("A wide table", "넓은 표"),
    )
    claims.add("one", tables=lambda results: [wide], draw=curves)
    claims.add("two", RuntimeError("x" * 300))
    outcomes = running.run(
        ["one", "two"], range(2), tmp_path, claims.machine,
        say=lambda line: None, source=lambda name: "a",
    )  # fmt: skip
    command = "python -m experiments.claims --only=" + ",".join(["name"] * 40)
    language = "ko" if request.param == "ko" else "en"
    made = page(outcomes, language, tmp_path, claims.machine, command, hover=hover)
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
    hovers = bool(tab.query_selector(".hover"))
    if hovers:
        tab.wait_for_function(DRAWN, timeout=WAIT)
        assert not tab.is_visible("img")
        assert tab.evaluate("[...document.querySelectorAll('.hover *')].every(e => e.tabIndex < 0)")
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    tab.emulate_media(media="print")
    assert not hovers or not tab.is_visible(".hover")
    sizes = tab.evaluate("[...document.images].map(i => [i.naturalWidth, i.clientWidth])")
    assert len(sizes) == 1
    assert all(natural > 0 and 0 < shown <= width for natural, shown in sizes)
    tab.close()


@pytest.mark.browser
@pytest.mark.parametrize("report", ["ko"], indirect=True)
def test_values_are_told_where_the_pointer_is(browser, report):
    """Of a point that is named its name; where no script runs the still picture stands there."""
    tab = browser.new_page(viewport={"width": 1280, "height": 800})
    tab.goto(report.as_uri())
    tab.wait_for_function(DRAWN, timeout=WAIT)
    for place, said in ((0, "<b>lstm 4: 0.5"), (1, "durian 0.5: 0.5")):
        canvas = tab.locator(".hover canvas").nth(place)
        canvas.scroll_into_view_if_needed()
        frame = tab.evaluate(FRAME, place)
        tab.mouse.move(frame[0] + frame[2] / 2, frame[1] + frame[3] / 2)
        tab.wait_for_function(f"({TOLD})().includes({said!r})", timeout=WAIT)
    tab.close()
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(report.as_uri())
    assert tab.is_visible("img")
    assert not tab.is_visible(".hover")
    context.close()


@pytest.mark.browser
@pytest.mark.parametrize("report", ["en", "still"], indirect=True)
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
    if tab.query_selector(".values"):
        hear_the_values(tab)
    tab.close()


def hear_the_values(tab):
    """Who sees no plot hears what it shows, opens the table by keyboard, and walks into it."""
    assert tab.get_by_role("img").all()[0].get_attribute("aria-label") == 'A "line" <falls>'
    for _ in range(40):
        tab.keyboard.press("Tab")
        if tab.evaluate("document.activeElement.parentElement.className") == "values":
            break
    rows = tab.locator(".values tbody tr")
    assert not rows.first.is_visible()
    tab.keyboard.press("Enter")
    assert rows.first.is_visible()
    assert rows.first.get_by_role("rowheader").inner_text() == "0"
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.getAttribute('aria-label')") == "Curve"
    heard = tab.locator(".values").aria_snapshot()
    for words in ("region", "Curve", "<b>lstm", "columnheader", "durian 0.5 0.5"):
        assert words in heard, words

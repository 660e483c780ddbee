"""The look inside a run in a real browser: both languages, wide and narrow, by pointer and keys."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.inspection.page import page
from experiments.inspection.reading import Reading, Section, picture
from seqjax.diagnostics import plots

pytest.importorskip("matplotlib", reason="matplotlib draws the plots of the page")
pytest.importorskip("bokeh", reason="bokeh draws what answers to the pointer")
DRAWN = "window.Bokeh?.documents.length == 1 && Bokeh.documents[0].is_idle"


@pytest.fixture(params=["en", "ko"])
def opened_page(request, browser, tmp_path):
    """(tab, errors) of a page with the curves of a long text; by language."""
    given = Reading(None, None, [], request.param, hover=True)  # type: ignore[arg-type]
    norms = {"layer 1": np.geomspace(1e-9, 1, 600)[:, None], "layer 2": np.ones((600, 1))}
    drawn = picture(plots.loss_gradient_figure(norms, request.param), "rises", given)
    made = page(
        "Inside x", ["a -> b"], [Section("Gradient", "words", drawn)], request.param,
        library=plots.library_html(),
    )  # fmt: skip
    path, errors = tmp_path / "page.html", []
    path.write_text(made, encoding="utf-8")
    tab = browser.new_page(viewport={"width": 400, "height": 800})
    tab.on("console", lambda message: errors.append(message.text) if message.type == "error" else 0)
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.goto(path.as_uri())
    tab.wait_for_function(DRAWN, timeout=10_000)
    yield tab, errors
    tab.close()


@pytest.mark.browser
def test_the_page_opens_from_disk(opened_page):
    tab, errors = opened_page
    for width in (400, 1280):
        tab.set_viewport_size({"width": width, "height": 800})
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
    assert errors == []
    assert tab.get_by_role("img").first.get_attribute("aria-label") == "rises"
    assert not tab.is_visible("img")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.className") == "skip"
    for _ in range(3):
        tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.tagName") in ("SUMMARY", "A")
    tab.locator("summary").press("Enter")
    assert tab.locator(".values tbody tr").count() == plots.panel.TOLD

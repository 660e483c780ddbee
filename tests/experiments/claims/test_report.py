"""Both forms of the report of claims hold all that was found, escaped, and lead nowhere wrong."""

from __future__ import annotations

import base64
import re
import sys
from html.parser import HTMLParser

import pytest

from experiments.claims import running
from experiments.claims.report.html import html
from experiments.claims.report.markdown import markdown
from experiments.claims.report.page import page
from seqjax.diagnostics.plots import style

pytest.importorskip("matplotlib")
VOID = {"meta", "link", "img", "br"}


class Parsed(HTMLParser):
    """Elements in order as (tag, attributes, text directly in it), and whether all are closed."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.open = [], []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.elements.append([tag, dict(attrs), ""])
        if tag not in VOID:
            self.open.append(self.elements[-1])

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag

    def handle_data(self, data):
        if self.open:
            self.open[-1][2] += data

    def all(self, tag):
        return [(attributes, text) for name, attributes, text in self.elements if name == tag]


@pytest.fixture
def made(claims, tmp_path):
    def make(language="en"):
        claims.add("one")
        claims.add("two", ValueError("bad <luck>"))
        claims.add("three")
        outcomes = running.run(
            ["one", "two"], range(3), tmp_path, claims.machine,
            say=lambda line: None, source=lambda name: "a",
        )  # fmt: skip
        command = "python -m experiments.claims --out='a <b>'"
        return page(outcomes, language, tmp_path, claims.machine, command)

    return make


def test_html_is_whole(made):
    text = html(made())
    parsed = Parsed(text)
    ids = [attributes["id"] for _, attributes, _ in parsed.elements if "id" in attributes]
    assert len(set(ids)) == len(ids)
    links = [attributes["href"] for attributes, _ in parsed.all("a")]
    assert {"#main", "#summary", "#one", "#two"} <= {*links}
    assert all(link[0] == "#" and link[1:] in ids for link in links)
    labels = [a["aria-labelledby"] for _, a, _ in parsed.elements if "aria-labelledby" in a]
    assert {*labels} <= {*ids}
    assert [tag for tag, *_ in parsed.elements if re.fullmatch("h[1-6]", tag)] == (
        ["h1", "h2", "h2", *["h3"] * 5, "h2", "h3"]
    )
    assert parsed.all("html")[0][0]["lang"] == "en"
    assert parsed.all("title")[0][1]
    assert "http" not in text.replace("http-equiv", "")
    assert "script" not in {tag for tag, *_ in parsed.elements}


def test_html_tables_and_plots(made):
    parsed = Parsed(html(made()))
    assert len(parsed.all("caption")) == len(parsed.all("table")) == 2
    assert {attributes["scope"] for attributes, _ in parsed.all("th")} == {"row", "col"}
    assert [text for _, text in parsed.all("td")][-2:] == ["0.91 ± 0.02", "<i>0.5 & x"]
    assert ("lstm | <x>") in [text for _, text in parsed.all("th")]
    ((image, _),) = parsed.all("img")
    assert image["alt"] == 'A "line" <falls>'
    kind, _, data = image["src"].partition(",")
    assert kind == "data:image/svg+xml;base64"
    assert b"</svg>" in base64.b64decode(data)


def test_html_says_everything(made):
    text = " ".join(text for *_, text in Parsed(html(made())).elements)
    for words in (
        "1. Networks of one | are <b>good</b> & *fast*", "Nothing is trained.", "holds",
        "the mean is > 0.5", "it is [0.0, 0.1, 0.2]", "--only=one --seeds=3", "3 seeds (0, 1, 2)",
        "A <fast> one, 2 cores, no accelerator. Linux, Python 3.11, jax 0.10.", "--out='a <b>'",
        "ValueError: bad <luck>", "failed", "Not measured yet with this code: three.",
    ):  # fmt: skip
        assert words in text, words


def test_a_page_that_hovers_needs_bokeh(made, monkeypatch):
    """Without it, still pictures and a note; hovering that is not asked for is not missed."""
    monkeypatch.setitem(sys.modules, "bokeh", None)
    monkeypatch.setitem(sys.modules, "bokeh.resources", None)
    report = made()
    assert "pip install" not in html(report)
    text = html(report._replace(hover=True))
    assert "pip install &#x27;seqjax[hover]&#x27;" in text
    assert "<script" not in text
    assert len(Parsed(text).all("img")) == 1
    assert "pip install" not in markdown(report._replace(hover=True))


def test_markdown(made, tmp_path):
    text = markdown(made())
    assert "## 1. Networks of one \\| are \\<b\\>good\\</b\\> & \\*fast\\*" in text
    anchors = set(re.findall('<a id="(.*?)"></a>', text))
    assert set(re.findall(r"\]\(#(.*?)\)", text)) == anchors == {"one", "two"}
    pictures = re.findall(r"!\[(.*?)\]\((.*?)\)", text)
    assert pictures == [('A "line" \\<falls\\>', "one.svg")]
    assert (tmp_path / "one.svg").read_text().count("</svg>") == 1
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert "| lstm \\| \\<x\\> | 0.91 ± 0.02 |" in rows
    assert "    python -m experiments.claims --only=one --seeds=3" in text
    assert "ValueError: bad \\<luck\\>" in text
    assert "Not measured yet with this code: three." in text


@pytest.mark.parametrize("font", ["", "NanumGothic"])
def test_korean(made, tmp_path, monkeypatch, font):
    """All fixed words; English plots and a note where no font has Hangul."""
    monkeypatch.setattr(style, "korean_font", lambda: font)
    drawn = []
    monkeypatch.setattr(
        "experiments.claims.report.page._drawn",
        lambda outcome, language: drawn.append(language) or (None, b"<svg></svg>"),
    )
    korean = made("ko")
    parsed, text = Parsed(html(korean)), markdown(korean)
    assert parsed.all("html")[0][0]["lang"] == "ko"
    assert drawn == ["en" if not font else "ko"]
    for tag in ("h1", "h2", "h3", "caption", "figcaption", "title"):
        assert all(re.search("[가-힣]", words) for _, words in parsed.all(tag)), tag
    for words in ("성립한다", "one의 망은", "코어 2개", "시드 3개(0, 1, 2)", "실패"):
        assert words in text
    assert ("한글 글꼴이 설치되어 있지 않아" in text) == (not font)
    assert (tmp_path / "one.ko.svg").exists()


def test_a_plot_that_cannot_be_drawn(claims, tmp_path):
    def broken(results, language):
        raise KeyError("scores")

    claims.add("one", draw=broken)
    outcomes = running.run(
        ["one"], range(2), tmp_path, claims.machine, say=print, source=lambda name: "a"
    )
    (section,) = page(outcomes, "en", tmp_path, claims.machine, "").sections
    assert section.failure == "KeyError: 'scores'"
    assert section.svg == b""


def test_rows_of_the_korean_report_are_korean():
    """Names of directions, tasks, ways and texts; those of cells are the same in all languages."""
    from experiments.claims.cells.gradient_plot import WAYS
    from experiments.claims.cells.gradients import PARTS
    from experiments.claims.embeddings.lookup import NAMES
    from experiments.claims.embeddings.negatives_report import TEXTS
    from experiments.claims.sequences.agreement_report import NAMES as CELLS
    from experiments.claims.shared.names import TASKS

    for table in (WAYS, PARTS, NAMES, TEXTS, TASKS):
        assert all(re.search("[가-힣]", text.ko) for text in table.values())
    assert [text.ko for text in CELLS.values()] == ["RNN", "GRU(단순형)", "GRU", "LSTM"]

"""The look into trained runs: networks that compute what their models do, and the page."""

from __future__ import annotations

import functools
import html.parser
import re

import jax
import launches
import numpy as np
import pytest
from covering import marked
from instruments import run

import seqjax
from experiments import inspect as inspect_launch
from experiments.inspection import whole
from experiments.inspection.network import Network, Walker
from experiments.inspection.opened import opened
from seqjax.cells import lru
from seqjax.tasks import TASKS

pytestmark = pytest.mark.usefixtures("short_runs")

pytest.importorskip("matplotlib")
TEXT = 'the "cat" of (Ada) is 7, and so is it'
SMALL = ("--hidden=3", "--driver=sequential", "--batch=20")
TAGS = (*SMALL, "--data=motif_tags", "--minimum=1", "--embedding=4", "--shapes=1")
CLASSES = (*SMALL, "--embedding=4", "--shapes=1")
MODES = {
    "characters": ("language_model", (*SMALL, "--layers=2", "--cell=gru")),
    "tied words": (
        "language_model",
        (*SMALL, "--head=tied", "--tokenizer=words", "--cell=rnn"),
    ),
    "tags": ("tagging", (*TAGS, "--cell=gru", "--characters=none", "--residual", "--layers=2")),
    "crf": ("tagging", (*TAGS, "--cell=rnn", "--head=crf", "--nobidirectional",
                        "--character_hidden=2")),
    "classes": ("classification", (*CLASSES, "--cell=rnn", "--pooling=attention")),
    "one way": ("classification", (*CLASSES, "--cell=min_gru", "--nobidirectional",
                                   "--positions=300")),
}  # fmt: skip


@functools.cache
def untrained(mode):
    task, arguments = MODES[mode]
    made = launches.prepared(TASKS[task], *arguments)
    return launches.untrained(TASKS[task], made, grow=3.0)


def wanted(loaded, text):
    """The loss of the model's own functions."""
    model, params, vocabularies = loaded.model, loaded.params, loaded.vocabularies
    if loaded.task.name == "language_model":
        ids = vocabularies["tokens"].encode(loaded.tokenizer.split(text))[:, None]
        batch = {"inputs": ids[:-1], "targets": ids[1:], "weights": np.ones_like(ids[1:], float)}
        carry = model.start(params, 1)
        return run(model.evaluate, params, carry, batch)[1]["loss"][0][-1, 0]
    if loaded.task.name == "classification":
        (answer,) = loaded.predict([text])
        return -np.log(max(answer.probabilities.values()))
    from seqjax.tasks.tagging.encode import encoder_of

    words = loaded.predict([text])[0].words
    row = {k: v[:, None] for k, v in encoder_of(loaded.record, vocabularies)(words).items()}
    batch = {**row, "lengths": np.array([len(words)], np.int32)}
    batch["tags"] = run(model.predict, params, batch)
    nats, weights = run(model.evaluate, params, (), batch)[1]["loss"]
    return (nats * weights).sum()


# A tagger's words and letters are in crf, a classifier's layers in classes.
FIRST = [(mode,) for mode in MODES if mode not in ("tags", "characters", "one way")]


@pytest.mark.parametrize("mode", marked([(mode,) for mode in MODES], FIRST))
def test_the_network_computes_what_its_model_does(mode):
    loaded = untrained(mode)
    text = "A C G T T A" if loaded.task.name == "tagging" else TEXT
    network = opened(loaded, text)
    found, outputs, gradients, of_walkers = run(
        lambda: (
            network.loss(network.outputs()),
            network.outputs(),
            network.gradients(),
            network.units(),
        )
    )
    np.testing.assert_allclose(found, wanted(loaded, text), rtol=1e-4)
    above = [of_walkers[walker.name] for walker in network.walkers]
    assert [len(each) for each in above] == [len(network.tokens)] * len(network.walkers)
    if not network.residual:
        last = np.concatenate(above[-len(network.layers[-1]) :], -1)
        np.testing.assert_allclose(last, outputs[:, 0], atol=1e-6)
    assert all(np.isfinite(each).all() and np.abs(each).max() > 0 for each in gradients)


def test_walking_backwards_is_walking_the_turned_text():
    network = opened(untrained("tags"), "A C G T T A")
    backward = network.walkers[1]
    walked, turned = run(
        lambda: (backward.walk(network.xs), backward._replace(reverse=False).walk(network.xs[::-1]))
    )
    np.testing.assert_allclose(walked.after, turned.after, atol=1e-6)
    np.testing.assert_allclose(walked.hs, turned.hs[::-1], atol=1e-6)


class Page(html.parser.HTMLParser):
    """Tags that are open, pictures, and where links lead."""

    def __init__(self, text):
        super().__init__()
        self.open, self.pictures, self.links, self.ids = [], [], [], set()
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.ids.add(found.get("id"))
        if tag == "img":
            self.pictures.append(found)
        elif tag not in ("meta", "link"):
            self.open.append(tag)
        if tag == "a":
            self.links.append(found["href"])

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


class Spoken(html.parser.HTMLParser):
    """Headings, paragraphs but the first, whose words are those of the task, and alternatives."""

    def __init__(self, text):
        super().__init__()
        self.language, self.said, self.tag = "", [], ""
        self.feed(text)
        self.said.remove(next(words for words in self.said if "->" in words))

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.tag = tag
        self.language = found.get("lang", self.language)
        self.said += [found[name] for name in ("alt", "aria-label") if name in found]

    def handle_data(self, data):
        if self.tag in ("h1", "h2", "h3", "p", "a", "summary", "figcaption") and data.strip():
            self.said.append(data)


def inspected(monkeypatch, capsys, *arguments):
    launches.call(monkeypatch, inspect_launch.main, *arguments,
                  configs=[inspect_launch.InspectConfig])  # fmt: skip
    return capsys.readouterr()


def check(path, walkers):
    """A page whose pictures are in it and are described, without a network."""
    text = path.read_text(encoding="utf-8")
    page = Page(text)
    assert page.open == []
    assert {link.removeprefix("#") for link in page.links} <= page.ids
    # The code of the library that draws mentions both; what it asks for is seen in a browser.
    markup = re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)
    assert not re.search(r"(?:src|href)=\"(?!data:|#)", markup)
    assert len(page.pictures) >= 3 + 2 * walkers
    assert all(each["alt"] and each["src"].startswith("data:image/svg") for each in page.pictures)
    return text


def test_the_page_of_a_trained_run(monkeypatch, capsys, tmp_path):
    seqjax.train(
        "classification", quiet=True, workdir=tmp_path / "run", hidden=3, cell="rnn",
        driver="sequential", epochs=1, batch=20, shapes=1, embedding=4,
    )  # fmt: skip
    out = tmp_path / "page.html"
    where = (f"--run={tmp_path}/run", f"--out={out}")
    asked = (*where, f"--text={TEXT}", "--steps=6")
    printed, progress = inspected(monkeypatch, capsys, *asked, "--language=ko")
    assert printed == f"{out}\n" and "6 of 6: tracked_units" in progress
    korean = Spoken(check(out, walkers=2))
    assert korean.language == "ko"
    assert all(re.search("[가-힣]", words) for words in korean.said), korean.said
    monkeypatch.setattr(whole, "SECTIONS", whole.SECTIONS[3:4])
    inspected(monkeypatch, capsys, *asked)
    text = out.read_text(encoding="utf-8")
    for part in ("Inside run", "derivatives at the first 6", "layer 1 backward"):
        assert part in text
    for arguments in (where, (*where, "--text=ab", "--file=x.txt")):
        with pytest.raises(SystemExit):
            inspected(monkeypatch, capsys, *arguments)
        assert "text: want --text or --file, one of them" in capsys.readouterr().err


def test_units_that_track_are_shown(monkeypatch):
    """One unit is replaced by what it is to track."""
    from experiments.inspection import sections

    loaded = untrained("characters")
    network = opened(loaded, TEXT * 4)
    names = [walker.name for walker in network.walkers]
    values = np.random.default_rng(0).normal(size=(len(network.tokens), 3))
    values[:, 1] = [token.isdigit() for token in network.tokens]
    monkeypatch.setattr(Network, "units", lambda network: dict.fromkeys(names, values))
    given = sections.Reading(network, network, [], "en")
    section = sections.tracked_units(given)
    assert "unit 1: digit (+1.00)" in section.body
    assert section.body.count("<figure") >= 1
    korean = sections.tracked_units(given._replace(language="ko"))
    assert "유닛 1: 숫자 (+1.00)" in korean.body
    assert "주황: 높음" in korean.body
    short = sections.tracked_units(given._replace(network=network.first(5)))
    assert "The text has 5 tokens" in short.words and short.body == ""


def test_a_cell_without_gates_has_none_to_look_at():
    from experiments.inspection import sections

    cell = lru(4)
    walker = Walker("layer 1", cell, cell.init(jax.random.key(0), 3))
    network = opened(untrained("characters"), TEXT)._replace(layers=[[walker]])
    given = sections.Reading(network, network, [np.zeros((5, 1, 3))], "en")
    section = sections.saturation(given)
    assert section.body == "<p>layer 1: no gates to look at.</p>"


@pytest.mark.parametrize(
    ("task", "message"),
    [
        ("word_vectors", "run: got one of word_vectors, which cannot be inspected; want one of l"),
    ],
)
def test_other_tasks_are_refused(task, message):
    loaded = untrained("one way")._replace(task=TASKS[task])
    with pytest.raises(ValueError, match=message):
        opened(loaded, "a text")


def test_a_text_of_one_token_is_refused():
    with pytest.raises(ValueError, match="text: got 1 tokens, want two or more"):
        opened(untrained("tags"), "A")

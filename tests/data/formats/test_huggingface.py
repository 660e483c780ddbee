"""Data sets of the hub, by a module in the place of ``datasets``, and by the library itself."""

from __future__ import annotations

import importlib.util
import sys
from types import SimpleNamespace

import pytest

from seqjax.data.builtin.catalogue import dataset
from seqjax.data.formats.huggingface import load, records


class Table(list):
    """Rows with what ``datasets`` says of their columns; ``classes``: names of numbered ones."""

    def __init__(self, rows, classes=()):
        super().__init__(rows)
        self.column_names = list(rows[0])
        label = SimpleNamespace(names=["bad", "good"])
        kinds = {"label": label, "tags": SimpleNamespace(feature=label), "feature": object()}
        self.features = {c: kinds[c] if c in classes else object() for c in self.column_names}


@pytest.fixture
def hub(monkeypatch):
    """(arguments of load_dataset -> parts); put them there."""
    shelf = {}
    fake = SimpleNamespace(load_dataset=lambda *arguments: shelf[arguments])
    monkeypatch.setitem(sys.modules, "datasets", fake)
    return shelf


def test_parts_have_our_names_and_classes_theirs(hub):
    hub["some/set", "small"] = {
        "train": Table([{"text": "a", "label": 1}, {"text": "b", "label": 0}], ["label"]),
        "validation": Table([{"text": "c", "label": 0}], ["label"]),
        "test": Table([{"text": "d", "label": -1}, {"text": "e", "label": -1}], ["label"]),
        "unsupervised": Table([{"text": "e", "label": -1}], ["label"]),
    }
    got = load("some/set", {"said": "text", "class": "label"}, config="small")
    assert got == {
        "train": [{"said": "a", "class": "good"}, {"said": "b", "class": "bad"}],
        "valid": [{"said": "c", "class": "bad"}],
    }


def test_lists_of_classes_and_columns_inside_columns(hub):
    row = {"tags": [1, 0], "translation": {"de": "ja", "en": "yes"}}
    hub["set",] = {"train": Table([row], ["tags"])}
    got = load("set", {"tags": "tags", "source": "translation.de"})
    assert got == {"train": [{"tags": ["good", "bad"], "source": "ja"}]}


def test_each_task_gets_its_records(hub):
    rows = [{"text": str(n), "label": n % 2} for n in range(20)]
    hub["c",] = {"test": Table(rows[:3], ["label"]), "train": Table(rows, ["label"])}
    got = dataset("classification", "hf:c").load()
    assert {part: len(found) for part, found in got.items()} == {"train": 18, "valid": 2, "test": 3}
    assert [p.text for p in got["test"]] == ["0", "1", "2"]
    assert got["test"][1].labels == ("good",)
    assert got["test"][1].where == "c, test row 2"
    assert {p.text for p in got["train"] + got["valid"]} == {str(n) for n in range(20)}
    assert dataset("classification", "hf:c").load() == got
    both = {
        part: Table([{"tokens": ["a", "b"], "tags": [0, 1]}], ["tags"]) for part in ("train", "dev")
    }
    hub["t/t", "x"] = both
    (sentence,) = records("tagging", "hf:t/t:x")["valid"]
    assert (sentence.words, sentence.tags) == (("a", "b"), ("bad", "good"))
    hub["p",] = {part: Table([{"t": {"de": "ja", "en": "yes"}}]) for part in ("train", "val")}
    (pair,) = records("translation", "hf:p:source=t.de:target=t.en")["train"]
    assert pair == ("ja", "yes")


def test_mistakes(hub):
    hub["c",] = {"train": Table([{"text": "a", "label": 1}, {"text": " ", "label": 1}])}
    hub["h",] = {"train": Table([{"text": "a", "label": n} for n in (1, -1)], ["label"])}
    hub["t",] = {"train": Table([{"tokens": ["a"], "tags": [1, 0]}], ["tags"])}
    hub["n",] = {"dev": []}
    for task, name, message in (
        ("classification", "hf:c:text=words", "text: got column 'words', but c has text, label"),
        ("classification", "hf:c", "c, train row 2: got ' ', want text"),
        ("classification", "hf:h", "h: got row 2 with no class or value in it"),
        ("classification", "hf:n", "n: got parts dev, want train among them"),
        ("classification", "hf:", "data: got 'hf:', want hf:NAME"),
        (
            "classification",
            "hf:c:txt=a",
            r"want hf:NAME\[:CONFIGURATION\]\[:text=COLUMN:label=COLUMN\]",
        ),
        ("classification", "hf:c:one:two", "data: got 'hf:c:one:two'"),
        ("tagging", "hf:t", "t, train row 1: got 1 words and 2 tags, want equally many"),
        (
            "regression",
            "hf:c",
            "data: got 'hf:c', but only tagging, classification, translation take hf:NAME",
        ),
    ):
        with pytest.raises(ValueError, match=message):
            dataset(task, name).load()


def test_without_the_library(monkeypatch):
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(
        ImportError, match=r"datasets is not installed; pip install 'seqjax\[hub\]'"
    ):
        load("some", {})


@pytest.mark.skipif(not importlib.util.find_spec("datasets"), reason="datasets is not installed")
def test_a_data_set_of_the_library_itself(monkeypatch):
    datasets = pytest.importorskip("datasets")
    features = datasets.Features(
        {
            "tokens": datasets.Sequence(datasets.Value("string")),
            "tags": datasets.Sequence(datasets.ClassLabel(names=["O", "B-x"])),
        }
    )
    rows = {"tokens": [["a", "b"]] * 2, "tags": [[0, 1], [1, 1]]}
    made = datasets.DatasetDict(train=datasets.Dataset.from_dict(rows, features=features))
    monkeypatch.setattr(datasets, "load_dataset", lambda name: made)
    got = load("made", {"words": "tokens", "tags": "tags"})["train"]
    assert got[0] == {"words": ["a", "b"], "tags": ["O", "B-x"]}

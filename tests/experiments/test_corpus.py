"""From flags to batches: parts, vocabulary, what is fed first, what is counted."""

from __future__ import annotations

import gzip
import unicodedata

import numpy as np
import pytest
from launches import lines

from experiments.corpus import CorpusConfig, corpus
from experiments.corpus_batches import predictions, source
from seqjax.data import NOTHING


def made(path, **options):
    config = CorpusConfig(data=str(path), window=8, batch=4, **options)
    return config, corpus(config)


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text(lines(), encoding="utf-8")
    return path


def test_one_file_is_cut_and_one_folder_is_not(path, tmp_path):
    text = path.read_text()
    _, found = made(path, valid=0.1, test=0.2)
    whole = "".join("".join(found.vocabulary.decode(found.ids[k])) for k in found.ids)
    assert whole == text
    first, second = int(len(text) * (1 - 0.2 - 0.1)), int(len(text) * (1 - 0.2))
    assert [len(found.ids[k]) for k in ("train", "valid", "test")] == [
        first, second - first, len(text) - second,
    ]  # fmt: skip
    folder = tmp_path / "parts"
    folder.mkdir()
    for part in ("train", "valid", "test"):
        (folder / f"my.{part}.txt.gz").write_bytes(gzip.compress(f"{part} text\n".encode()))
    _, found = made(folder)
    assert "".join(found.vocabulary.decode(found.ids["train"])) == "train text\n"
    assert found.data["name"] == "parts"


def test_only_training_makes_the_vocabulary(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text("a" * 80 + "b" * 10 + "c" * 10)
    _, found = made(path, valid=0.1, test=0.1)
    assert found.vocabulary.tokens == ("<unk>", "a")
    assert set(found.ids["valid"]) == set(found.ids["test"]) == {found.vocabulary.unk}


@pytest.mark.parametrize("tokenizer", ["characters", "words", "bytes"])
def test_korean_comes_back_composed(tmp_path, tokenizer):
    text = "고양이가 집에 있다 .\n" * 40
    path = tmp_path / "text.txt"
    path.write_text(unicodedata.normalize("NFD", text), encoding="utf-8")
    _, found = made(path, tokenizer=tokenizer, valid=0.2, test=0.2)
    back = found.tokenizer.join(found.vocabulary.decode(found.ids["train"]))
    composed = tokenizer != "bytes"  # bytes are what the file has
    begin = text if composed else unicodedata.normalize("NFD", text)
    begin = begin.replace(" .", ".") if tokenizer == "words" else begin
    assert back.startswith(begin[:60])


FIRST = {
    "a newline before a text of characters": ({}, "\n"),
    "the end of the line before": ({"tokenizer": "words"}, "<eos>"),
    "the mark of the beginning": ({"tokenizer": "words", "sentences": True}, "<bos>"),
    "the zero vector": ({"sentences": True, "first": "zero"}, None),
}


@pytest.mark.parametrize("name", FIRST)
def test_what_is_fed_first(path, name):
    options, token = FIRST[name]
    config, found = made(path, **options)
    want = NOTHING if token is None else found.vocabulary.tokens.index(token)
    assert found.first == want == found.data["first"]
    if config.sentences:
        item = source(config, found, "train")[0]
        assert (item["inputs"][0] == want).all()
        assert found.vocabulary.eos in item["targets"]
    assert ("<bos>" in found.vocabulary) == (token == "<bos>")


def test_a_text_of_one_line_begins_after_nothing(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text("abc" * 200)
    assert made(path)[1].first == NOTHING


MODES = {
    "windows": {},
    "random windows": {"random_window": True},
    "overlap": {"overlap": 3},
    "sentences": {"sentences": True},
    "words": {"tokenizer": "words"},
}


@pytest.mark.parametrize("mode", MODES)
def test_predictions_are_the_weights_of_the_source(path, mode):
    config, found = made(path, **MODES[mode])
    for part in found.ids:
        items = source(config, found, part, seed=3)
        total = sum(float(items[k]["weights"].sum()) for k in range(len(items)))
        assert total == predictions(config, found, part) > 0, part


def test_short_held_out_parts_are_evaluated_whole(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text(lines())
    size = len(path.read_text())
    config, found = made(path, valid=2.5 / size, test=20 / size, evaluation_batch=10)
    for part in ("valid", "test"):
        items = source(config, found, part)
        weights = sum(items[k]["weights"].sum() for k in range(len(items)))
        assert weights == len(found.ids[part]) - 1
    assert len(found.ids["valid"]) in {2, 3}


def test_without_a_test_part(path):
    _, found = made(path, test=0)
    assert set(found.ids) == {"train", "valid"}


def test_the_commonest_tokens_stay(path):
    _, found = made(path, tokenizer="words", vocabulary=5)
    assert len(found.vocabulary) == 5
    _, all_of_them = made(path, tokenizer="words")
    counts = np.bincount(all_of_them.ids["train"])
    assert (np.diff(counts[1:]) <= 0).all()
    assert found.vocabulary.tokens == all_of_them.vocabulary.tokens[:5]
    _, often = made(path, tokenizer="words", minimum=30)
    assert often.vocabulary.tokens[1:] == tuple(
        t for t, n in zip(all_of_them.vocabulary.tokens, counts, strict=True) if n >= 30
    )


def test_the_marks_are_those_of_the_text_not_of_the_file(path, tmp_path):
    marks = made(path)[1].data["sha256"]
    again = tmp_path / "other.gz"
    again.write_bytes(gzip.compress(path.read_bytes()))
    assert made(again)[1].data["sha256"] == marks
    path.write_text(path.read_text()[:-2] + "!\n")
    changed = made(path)[1].data["sha256"]
    assert {k for k in marks if changed[k] != marks[k]} == {"test"}

"""From settings to batches: parts, lines, vocabulary, what is fed first, what is counted."""

from __future__ import annotations

import gzip
import unicodedata

import numpy as np
import pytest
from launches import data_set, lines

from seqjax.data import NOTHING, TOKENIZERS
from seqjax.tasks.language_model import TASK
from seqjax.tasks.language_model.batches import predictions


def read(path, **options):
    flags = [f"--{name}={value}" for name, value in options.items()]
    return data_set(TASK, f"--data={path}", "--window=8", "--batch=4", "--hidden=8", *flags)


def ids_of(found, part):
    return found.parts[part].records


def text_of(found, part):
    return "".join(found.vocabularies["tokens"].decode(ids_of(found, part)))


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text(lines(), encoding="utf-8")
    return path


def test_one_file_is_cut_and_one_folder_is_not(path, tmp_path):
    text = path.read_text()
    found = read(path, valid=0.1, test=0.2)
    assert "".join(text_of(found, part) for part in found.parts) == text
    first, second = int(len(text) * (1 - 0.2 - 0.1)), int(len(text) * (1 - 0.2))
    assert [len(ids_of(found, k)) for k in ("train", "valid", "test")] == [
        first, second - first, len(text) - second,
    ]  # fmt: skip
    folder = tmp_path / "parts"
    folder.mkdir()
    for part in ("train", "valid", "test"):
        (folder / f"my.{part}.txt.gz").write_bytes(gzip.compress(f"{part} text\n".encode() * 9))
    found = read(folder)
    assert text_of(found, "train") == "train text\n" * 9
    assert found.data["name"] == "parts"


def test_only_training_makes_the_vocabulary(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text("a" * 80 + "b" * 10 + "c" * 10)
    found = read(path, valid=0.1, test=0.1)
    vocabulary = found.vocabularies["tokens"]
    assert vocabulary.tokens == ("<unk>", "a")
    assert set(ids_of(found, "valid")) == set(ids_of(found, "test")) == {vocabulary.unk}


@pytest.mark.parametrize("tokenizer", ["characters", "words", "bytes"])
def test_korean_comes_back_composed(tmp_path, tokenizer):
    text = "고양이가 집에 있다 .\n" * 40
    path = tmp_path / "text.txt"
    path.write_text(unicodedata.normalize("NFD", text), encoding="utf-8")
    found = read(path, tokenizer=tokenizer, valid=0.2, test=0.2)
    vocabulary, join = found.vocabularies["tokens"], TOKENIZERS[tokenizer].join
    back = join(vocabulary.decode(ids_of(found, "train")))
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
    found = read(path, **options)
    vocabulary = found.vocabularies["tokens"]
    want = NOTHING if token is None else vocabulary.tokens.index(token)
    assert found.data["first"] == want
    if "sentences" in options:
        item = found.parts["train"].source[0]
        assert (item["inputs"][0] == want).all()
        assert vocabulary.eos in item["targets"]
    assert ("<bos>" in vocabulary) == (token == "<bos>")


def test_a_text_of_one_line_begins_after_nothing(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text("abc" * 200)
    assert read(path).data["first"] == NOTHING


MODES = {
    "windows": {},
    "random windows": {"random_window": True, "seed": 3},
    "overlap": {"overlap": 3},
    "sentences": {"sentences": True},
    "packed": {"sentences": True, "packed": True},
    "words": {"tokenizer": "words"},
}


@pytest.mark.parametrize("mode", MODES)
def test_predictions_are_the_weights_of_the_source(path, mode):
    found = read(path, **MODES[mode])
    for name, (items, ids) in found.parts.items():
        total = sum(float(items[k]["weights"].sum()) for k in range(len(items)))
        assert total == predictions(ids) > 0, name
    assert found.amount == predictions(ids_of(found, "train"))


def pieces(source):
    """What each line of a source is fed and should give, without padding."""
    found = []
    for item in source:
        first = np.arange(len(item["inputs"]))[:, None] == 0
        begins = np.broadcast_to(item.get("resets", first), item["inputs"].shape)
        for b in range(begins.shape[1]):
            real = item["weights"][:, b] > 0
            starts = np.flatnonzero(begins[real, b])
            fed, wanted = (np.split(item[name][real, b], starts) for name in ("inputs", "targets"))
            found += [(a.tolist(), b.tolist()) for a, b in zip(fed[1:], wanted[1:], strict=True)]
    return sorted(found)


@pytest.mark.parametrize("first", ["bos", "zero"])
def test_packed_lines_are_the_same_lines(path, first):
    """In training alone, in rows that are full; those of more than the window are cut alike."""
    path.write_text("a b c d e f g h i j k l m n o p q\n" + path.read_text(), encoding="utf-8")
    options = {"sentences": True, "tokenizer": "words", "first": first, "test": 0.1}
    alone, packed = read(path, **options), read(path, **options, packed=True)
    assert pieces(alone.parts["train"].source) == pieces(packed.parts["train"].source)
    assert pieces(alone.parts["valid"].source) == pieces(packed.parts["valid"].source)
    assert all("resets" not in item for item in packed.parts["valid"].source)
    cells = [sum(i["weights"].size for i in each.parts["train"].source) for each in (alone, packed)]
    assert cells[1] < cells[0]
    assert f"; {packed.parts['train'].source.padding:.0%} padding" in packed.about
    assert "padding" not in alone.about


ENDS = {"unix": "\n", "windows": "\r\n", "old": "\r"}


@pytest.mark.parametrize("ends", ENDS)
def test_where_lines_end(ends, tmp_path):
    """At a carriage return, a line feed, or both; no other mark divides a sentence."""
    rows = ["one \u2028two", "a\x85b", "form\x0cfeed", "x\x1cy\x0bz", " ", "", "\u2029", "end"]
    path = tmp_path / "text.txt"
    text = ENDS[ends].join(rows * 20)
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    found = read(path, sentences=True, valid=0.2, test=0.2)
    lines = [found.vocabularies["tokens"].decode(line) for line in ids_of(found, "train")]
    # The part ends somewhere inside a line.
    whole, first = ["".join(line) for line in lines[:-1]], [row for row in rows if row.strip()]
    assert whole == (first * 20)[: len(whole)]
    assert len(whole) > 2 * len(first)
    if ends == "unix":
        marks = tmp_path / "plain.txt"
        marks.write_bytes(text.encode())
        assert (
            read(marks, sentences=True, valid=0.2, test=0.2).data["sha256"]
            == (found.data["sha256"])
        )


def test_short_held_out_parts_are_evaluated_whole(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text(lines())
    size = len(path.read_text())
    found = read(path, valid=2.5 / size, test=20 / size, evaluation_batch=10)
    for part in ("valid", "test"):
        items, ids = found.parts[part]
        weights = sum(items[k]["weights"].sum() for k in range(len(items)))
        assert weights == len(ids) - 1
    assert len(ids_of(found, "valid")) in {2, 3}


def test_without_a_test_part(path):
    assert set(read(path, test=0).parts) == {"train", "valid"}


def test_the_commonest_tokens_stay(path):
    few = read(path, tokenizer="words", vocabulary=5).vocabularies["tokens"]
    assert len(few) == 5
    found = read(path, tokenizer="words")
    every = found.vocabularies["tokens"]
    counts = np.bincount(ids_of(found, "train"))
    assert (np.diff(counts[1:]) <= 0).all()
    assert few.tokens == every.tokens[:5]
    often = read(path, tokenizer="words", minimum=30).vocabularies["tokens"]
    assert often.tokens[1:] == tuple(
        t for t, n in zip(every.tokens, counts, strict=True) if n >= 30
    )


def test_the_marks_are_those_of_the_text_not_of_the_file(path, tmp_path):
    marks = read(path).data["sha256"]
    again = tmp_path / "other.gz"
    again.write_bytes(gzip.compress(path.read_bytes()))
    assert read(again).data["sha256"] == marks
    path.write_text(path.read_text()[:-2] + "!\n")
    changed = read(path).data["sha256"]
    assert {k for k in marks if changed[k] != marks[k]} == {"test"}

"""What a line is: one meaning for every reader, whatever ends it and whatever is in it."""

from __future__ import annotations

import io
import sys

import pytest

from experiments.text_input import standard_input
from seqjax.data import lines, read, splits
from seqjax.data.formats.conll import conll
from seqjax.data.formats.conllu import conllu
from seqjax.data.formats.numeric import read_series
from seqjax.data.formats.pairs import aligned, tabbed
from seqjax.data.formats.passages import passages
from seqjax.data.formats.recordings import manifest
from seqjax.data.formats.table import table
from seqjax.data.words.text_pieces import SPLITS, pieces
from seqjax.tasks.text_input import lines_of
from seqjax.vectors.bias.word_list_files import read_words
from seqjax.vectors.evaluation.analogy_test import read_analogies
from seqjax.vectors.evaluation.similarity_sets import read_pairs

INSIDE = "\u2028\u2029\x85\x0b\x0c\x1c\x1d\x1e"
"""Characters at which str.splitlines ends a line, and nobody else."""
UNIVERSAL = "1\ta{0}b\t" + "\t".join("_" * 8) + "\n2\tc\t" + "\t".join("_" * 8) + "\n\n"

IN_JSON = INSIDE[:3]
"""Those of them that JSON takes as they are."""

READERS = {
    "read": (read, "a{0}b\nc\n"),
    "splits": (lambda path: splits(path, valid=0, test=0), "a{0}b\nc\n"),
    "lines of files": (lambda path: lines_of([], [str(path)]), "a{0}b\nc\n"),
    "conll": (conll, "a{0}b\tX\nc\tY\n\nd\tX\n"),
    "conllu": (conllu, UNIVERSAL),
    "csv": (lambda path: table(path, ["x"], layout="csv"), 'x,y\n"a{0}b",2\nc,3\n'),
    "csv of several lines": (lambda path: table(path, ["x"], layout="csv"), 'x,y\n"a\nb",2\nc,3\n'),
    "tsv": (lambda path: table(path, ["x"], layout="tsv"), "x\ty\na{0}b\t2\nc\t3\n"),
    "jsonl": (
        lambda path: table(path, ["x"], layout="jsonl"),
        '{{"x": "a{0}b"}}\n\n{{"x": "c"}}\n',
    ),
    "label first": (lambda path: passages(path, layout="label_first"), "X a{0}b\nY c\n"),
    "aligned": (lambda path: aligned(path, path), "a{0}b\nc\n"),
    "tabbed": (tabbed, "a{0}b\tx\nc\ty\n"),
    "manifest": (manifest, "a.wav\tone{0}two\nb.wav\tthree\n"),
    "series": (lambda path: str(read_series(path, id="id")), "id,x\na{0}b,1\nc,2\n"),
    "similarity": (read_pairs, "a{0}b\tc\t1.5\nd\te\t2\n"),
    "analogies": (read_analogies, ": capitals{0}\na b c d\n"),
    "words": (read_words, '["a", \n"b"]'),
    "corpus": (lambda path: list(pieces([path], SPLITS["pretokenised"])), "a{0}b\nc\n"),
}


@pytest.mark.parametrize("name", READERS)
def test_every_reader_knows_the_three_line_ends_and_no_other(name, tmp_path):
    reader, pattern = READERS[name]
    path = tmp_path / "file.txt"
    text = pattern.format(IN_JSON if name == "jsonl" else INSIDE)
    answers = []
    for mark in ("", "\ufeff"):
        for end in ("\n", "\r\n", "\r"):
            path.write_bytes((mark + text.replace("\n", end)).encode())
            answers.append(reader(path))
    assert all(answer == answers[0] for answer in answers[1:])
    # As many records as with nothing unusual inside.
    path.write_text(pattern.format(""))
    if name not in {"read", "splits", "series", "corpus"}:
        assert len(answers[0]) == len(reader(path)) > 0


def test_only_those_end_lines():
    text = f"a{INSIDE}b\r\nc\rd\n\ne"
    assert lines(text) == [f"a{INSIDE}b", "c", "d", "", "e"]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_standard_input(end, monkeypatch):
    typed = io.TextIOWrapper(io.BytesIO(b"\xef\xbb\xbfone\xc2\x85" + end + b"two" + end))
    monkeypatch.setattr(sys, "stdin", typed)
    assert standard_input() == ["one\x85", "two"]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"caf\xe9 one")))
    with pytest.raises(ValueError, match=r"standard input: got byte 0xe9 at offset 3, in line 1"):
        standard_input()


def test_words_and_characters_of_a_language_model(tmp_path):
    from seqjax.data import EOS, tokenizer

    for mark in (b"", b"\xef\xbb\xbf"):
        for end in (b"\n", b"\r\n", b"\r"):
            (tmp_path / "a.txt").write_bytes(mark + b"one two" + end + b"three" + end)
            text = read(tmp_path / "a.txt")
            assert tokenizer("words").split(text) == ["one", "two", EOS, "three", EOS]
            assert set(tokenizer("characters").split(text)) == set("one two\nthree")

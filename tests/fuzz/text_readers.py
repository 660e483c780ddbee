"""Readers of text: lines, columns, tables, JSON."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

from seqjax.data import lines, read
from seqjax.data.formats.conll import conll
from seqjax.data.formats.conllu import conllu
from seqjax.data.formats.numeric import read_series
from seqjax.data.formats.pairs import aligned, tabbed
from seqjax.data.formats.passages import COLUMNS, Columns, passages
from seqjax.data.formats.recordings import manifest
from seqjax.data.formats.table import table
from seqjax.data.words.text_pieces import SPLITS, pieces
from seqjax.vectors.bias.weat import SETS
from seqjax.vectors.bias.word_list_files import read_tests, read_words
from seqjax.vectors.evaluation.analogy_test import read_analogies
from seqjax.vectors.evaluation.similarity_sets import read_pairs
from tests.fuzz.contract import Reader

ENDS = (b"\n", b"\r", b"\r\n", b"\n\n", b"\x0c", b"\x0b", b"\x1c", "\u2028".encode(), b"\xc2\x85")
ODD = (b"\x00", b"\xff", b"\xef\xbb\xbf", b"\xfe\xff", b"\x1f\x8b\x08", b" ", b"\t", b"word", b"9")
ODD += ("e\u0301".encode(), "\U0001f600".encode(), b"\xed\xa0\x80", b"-", b"#")
NUMBERS = (
    b"0",
    b"-1.5",
    b"1e999",
    b"nan",
    b"inf",
    b"1_0",
    b"0x1",
    b"9" * 40,
    b"1e-400",
    b"\xd9\xa3",
)
JSON = (b"{", b"}", b"[", b"]", b":", b",", b'"a"', b'"text"', b'"label"', b"null", b"true", b"NaN")
JSON += (b"1", b"-1", b"60", b"1e999", b'"\\ud800"', b'"\\u0000"', b"[" * 60, b"9" * 5000, b'"')
QUOTES = (b'"', b'""', b",", b";", b"text", b"label", b"x", b"y", b"'", b"x" * 200)


def _aligned(path: Path) -> object:
    return aligned(path, path)


def _lines(path: Path) -> object:
    return lines(read(path))


def _pieces(split: str) -> Callable[[Path], object]:
    return lambda path: list(pieces([path], SPLITS[split]))


def _labelled(layout: str, columns: Columns = COLUMNS) -> Callable[[Path], object]:
    return lambda path: passages(path, columns, layout=layout)


WORDS = (b"EU NNP B-NP B-ORG\nrejects VBZ B-VP O\n\n-DOCSTART- -X- O O\n", b"a\tb\r\nc\td\r")
UNIVERSAL = (
    b"# text = don't\n1-2\tdon't\t_\t_\t_\t_\t_\t_\t_\t_\n1\tdo\tdo\tAUX\t_\t_\t0\troot\t_\t_\n"
    b"2\tn't\tnot\tPART\t_\t_\t1\tadvmod\t_\t_\n2.1\t_\t_\t_\t_\t_\t_\t_\t_\t_\n\n",
)
TABLE = (b'text,label\n"a, b",x\nc,y\n', b'text,label\r\n"a\nb",x\r\n')
TABBED = (b"text\tlabel\na b\tx\n", b'text\tlabel\r\na "b\tx\r\n')
OBJECTS = (b'{"text": "a", "label": "b"}\n\n{"text": 1, "label": "d"}\n',)
LISTS = (b'{"text": "a", "label": ["b:1", 1]}\n{"text": "c", "label": "d|e"}\n',)
SERIES = (b"time,x,y\n1,2,3\n2,3.5,-1e3\n", b"id,x\na,1\nb,2\n")

TEXT_READERS = {
    "text": Reader(_lines, (b"one\ntwo\r\n", gzip.compress(b"three")), (*ENDS, *ODD)),
    "letters": Reader(_pieces("letters"), (b"one two\nthree",), (*ENDS, *ODD), allowance=1 << 26),
    "words": Reader(_pieces("words"), (b"don't\nstop",), (*ENDS, *ODD), allowance=1 << 26),
    "conll": Reader(conll, WORDS, (*ENDS, *ODD, b"-DOCSTART-", b"O")),
    "conllu": Reader(conllu, UNIVERSAL, (*ENDS, *ODD, b"1\t", b"2-3", b"1.1", b"_\t" * 8)),
    "csv": Reader(_labelled("csv"), TABLE, (*ENDS, *ODD, *QUOTES)),
    "tsv": Reader(_labelled("tsv"), TABBED, (*ENDS, *ODD, *QUOTES)),
    "jsonl": Reader(_labelled("jsonl"), OBJECTS, (*ENDS, *ODD, *JSON)),
    "several_labels": Reader(_labelled("jsonl", Columns(several="|", upto=":")), LISTS, JSON),
    "label_first": Reader(_labelled("label_first"), (b"x one two\ny three\n",), (*ENDS, *ODD)),
    "numbered_columns": Reader(
        lambda path: table(path, ("1", "2"), layout="csv", header=False), TABLE, (*ENDS, *QUOTES)
    ),
    "series": Reader(read_series, SERIES, (*ENDS, *ODD, *QUOTES, *NUMBERS), suffix=".csv"),
    "series_by_id": Reader(
        lambda path: read_series(path, id="id", columns=["x"]),
        (b"id\tx\na\t1\nb\t2\n",),
        (*ENDS, *QUOTES, *NUMBERS, b"id"),
        suffix=".tsv",
    ),
    "aligned": Reader(_aligned, (b"one\ntwo\n",), (*ENDS, *ODD)),
    "tabbed": Reader(tabbed, (b"one\teins\ntwo\tzwei\tX\n",), (*ENDS, *ODD)),
    "manifest": Reader(
        manifest, (b"a.wav\tone\ttrain\nb.wav\ttwo\tdev\n",), (*ENDS, *ODD, b"test")
    ),
    "similarity": Reader(read_pairs, (b"# set\ncat dog 7.5\n",), (*ENDS, *ODD, *NUMBERS)),
    "analogies": Reader(read_analogies, (b": capitals\na b c d\n",), (*ENDS, *ODD, b": ")),
    "association_tests": Reader(
        read_tests,
        (json.dumps([{name: {"words": ["a"]} for name in SETS}]).encode(),),
        (*ODD, *JSON, *(f'"{name}": '.encode() for name in SETS), b'"words": '),
        suffix=".json",
    ),
    "word_list": Reader(read_words, (b'["he", "his"]',), (*ODD, *JSON), suffix=".json"),
}

"""Column files and CoNLL-U: what is read, and what is refused where."""

from __future__ import annotations

import gzip

import pytest

from seqjax.data.formats.conll import Tagged, columns, conll
from seqjax.data.formats.conllu import COLUMNS, conllu


def write(folder, text, name="data.txt"):
    path = folder / name
    path.write_bytes(text.encode())
    return path


COLUMN_FILE = """-DOCSTART- -X- -X- O

EU NNP B-NP B-ORG
rejects\u2028 VBZ  B-VP O

한국 NNP B-NP B-LOC
"""
WANT = [Tagged(("EU", "rejects"), ("B-ORG", "O")), Tagged(("한국",), ("B-LOC",))]


def test_columns(tmp_path):
    path = write(tmp_path, COLUMN_FILE)
    assert conll(path) == WANT
    assert conll(path, tags=2)[0].tags == conll(path, tags=-3)[0].tags == ("NNP", "VBZ")
    assert conll(path, words=-1, tags=1)[1] == Tagged(("B-LOC",), ("한국",))


def test_line_ends_gzip_and_byte_order_mark(tmp_path):
    path = tmp_path / "data.gz"
    path.write_bytes(gzip.compress(b"\xef\xbb\xbf" + COLUMN_FILE.replace("\n", "\r\n").encode()))
    assert conll(path) == WANT


def test_tabs_keep_blanks_and_blank_lines_may_hold_tabs(tmp_path):
    path = write(tmp_path, "New York\tB-place\n\t\n  \t \nthe\tO\n\n\n")
    assert conll(path) == [Tagged(("New York",), ("B-place",)), Tagged(("the",), ("O",))]


def test_a_hash_is_a_word_unless_comments_are_named(tmp_path):
    path = write(tmp_path, "# id 1\n# x O\nhash x O\n")
    assert conll(path) == [Tagged(("#", "#", "hash"), ("1", "O", "O"))]
    assert conll(path, comments="# ") == [Tagged(("hash",), ("O",))]
    assert conll(path, comments="# id") == [Tagged(("#", "hash"), ("O", "O"))]


REFUSED = {
    "a O\nb\n": r"line 2: got 1 columns, want 2, as in line 1$",
    "\na O\n# b c\n": r"line 3: got 3 columns, want 2, as in line 2; if it is a comment, say how",
    "a\tO\n\tO\n": r"line 2: got an empty column, want a word and a tag",
    "a\tO\nb\t\n": r"line 2: got an empty column",
    "\n\n": "got no words, want a word and its tags on each line",
}


@pytest.mark.parametrize("text", REFUSED)
def test_malformed_columns(text, tmp_path):
    path = write(tmp_path, text)
    with pytest.raises(ValueError, match=REFUSED[text]) as error:
        conll(path)
    assert str(error.value).startswith(str(path))


def test_unknown_columns(tmp_path):
    path = write(tmp_path, "\na O\n")
    with pytest.raises(
        ValueError, match="line 2: got 2 columns, but tags are wanted from column 3"
    ):
        conll(path, tags=3)
    with pytest.raises(
        ValueError, match="line 2: got 2 columns, but words are wanted from column -3"
    ):
        conll(path, words=-3)
    with pytest.raises(ValueError, match="words: got column 0, want 1 for the first"):
        columns("a O", "here", words=0)


def row(number, form, upos="X", **others):
    cells = {**dict.fromkeys(COLUMNS, "_"), "ID": number, "FORM": form, "UPOS": upos, **others}
    return "\t".join(cells[name] for name in COLUMNS) + "\n"


def test_words_of_syntax(tmp_path):
    text = (
        "# newdoc\n# text = vámonos 10 000 al mar\n"
        + row("1-2", "vámonos", "_")
        + row("1", "vamos", "VERB", XPOS="V1")
        + row("2", "nos", "PRON", XPOS="P1")
        + row("2.1", "ghost", "NOUN")
        + row("3", "10 000", "NUM", XPOS="N1")
        + "\n\n# second\n"
        + row("1", "#", "SYM", XPOS="_")
    )
    path = write(tmp_path, text)
    assert conllu(path) == [
        Tagged(("vamos", "nos", "10 000"), ("VERB", "PRON", "NUM")),
        Tagged(("#",), ("SYM",)),
    ]
    assert [s.tags for s in conllu(path, tags="XPOS")] == [("V1", "P1", "N1"), ("_",)]


MALFORMED = {
    row("1", "a") + "2\tb\n": "line 2: got 2 columns between tabs, want 10: ID FORM LEMMA UPOS",
    row("1", "a") + row("3", "b"): "line 2: got ID '3', want 2, the next word",
    row("one", "a"): "line 1: got ID 'one', want 1",
    row("1", "a") + "\n" + row("1", ""): "line 3: got an empty column FORM, want _ for nothing",
    "# alone\n": "got no words, want lines of 10 columns",
}


@pytest.mark.parametrize("text", MALFORMED)
def test_malformed_conllu(text, tmp_path):
    path = write(tmp_path, text)
    with pytest.raises(ValueError, match=MALFORMED[text]) as error:
        conllu(path)
    assert str(error.value).startswith(str(path))


def test_an_unknown_name_of_a_column(tmp_path):
    with pytest.raises(ValueError, match="tags: got column 'POS', want one of ID, FORM"):
        conllu(write(tmp_path, row("1", "a")), tags="POS")

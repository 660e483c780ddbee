"""Bytes as text: the encoding that is set, marks, line ends, and what a wrong one is called."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from seqjax.data import read
from seqjax.data.encodings import check_encoding, decoded
from seqjax.data.words.text_pieces import SPLITS, pieces

TEXT = "Fräulein Łukasz\nnaïve café\n"
LATIN = "naïve café\nFräulein\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32-be"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_marks_and_line_ends_are_the_same_in_every_encoding(encoding, end, mark, tmp_path):
    data = (mark + TEXT.replace("\n", end)).encode(encoding)
    # Of these Python writes a mark by itself, and takes one off.
    if not (mark and encoding in {"utf-8-sig", "utf-16"}):
        assert decoded(data, "it", encoding) == TEXT
        (tmp_path / "a.txt").write_bytes(gzip.compress(data))
        assert read(tmp_path / "a.txt", encoding) == TEXT
        split = SPLITS["pretokenised"]
        tokens = [t for each in pieces([tmp_path / "a.txt"], split, encoding) for t in each]
        assert tokens == [*split(TEXT), "\n"]


LOOKS = {
    "utf-16": "got zeros as every second byte; it looks like UTF-16:",
    "utf-16-le": "got zeros as every second byte; it looks like UTF-16-LE:",
    "utf-16-be": "got zeros as every second byte; it looks like UTF-16-BE:",
    "utf-32": "got byte 0xff at offset 0, in line 1, which is not UTF-8; it looks like UTF-32:",
    "windows-1252": "got byte 0xef at offset 2, in line 1, which is not UTF-8; it looks like"
    " Windows-1252:",
}


@pytest.mark.parametrize("encoding", LOOKS)
def test_what_it_looks_like_is_named(encoding, tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(LATIN.encode(encoding))
    with pytest.raises(ValueError) as error:
        read(path)
    want = (
        f"{path}: {LOOKS[encoding]} say so where there is an encoding to set, or convert the file"
    )
    assert str(error.value) == want
    with pytest.raises(ValueError, match=r"a\.txt: got .*; it looks like "):
        list(pieces([path], SPLITS["words"]))
    assert read(path, encoding) == LATIN


def test_the_line_is_counted_by_any_line_end():
    with pytest.raises(ValueError, match=r"it: got byte 0x81 at offset 8, in line 4, which is not"):
        decoded(b"a\r\nb\rc\nd"[:7] + b"d\x81", "it")
    with pytest.raises(ValueError, match=r"in line 2, which is not ASCII; convert the file first"):
        decoded(b"a\n\xe9", "it", "ascii")


@pytest.mark.parametrize("name", ["utf-9", "", "rot13", "base64", "a\0b", "zlib"])
def test_unknown_encodings(name, tmp_path):
    with pytest.raises(ValueError, match="encoding: got "):
        check_encoding(name)
    (tmp_path / "a.txt").write_text("text")
    with pytest.raises(ValueError, match="encoding: got "):
        read(tmp_path / "a.txt", name)


def test_zeros_in_a_text_are_no_utf_16():
    text = "a\0b plain text with a zero or two\0"
    assert decoded(text.encode(), "it") == text


def test_a_mark_alone_is_an_empty_file(tmp_path: Path):
    (tmp_path / "a.txt").write_bytes(b"\xef\xbb\xbf")
    with pytest.raises(ValueError, match=r"a\.txt: got an empty file"):
        read(tmp_path / "a.txt")

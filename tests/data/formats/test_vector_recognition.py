"""Text or binary, where the bytes of numbers look like text; and what writers must refuse."""

from __future__ import annotations

import gzip
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqjax.data.formats.vector_readers import Vectors, read_vectors
from seqjax.data.formats.vector_writers import FORMATS, write_vectors


def binary(rows, end=b"\n"):
    """A file of words and the bytes of their vectors."""
    width = len(rows[0][1]) // 4
    head = f"{len(rows)} {width}\n".encode()
    return head + b"".join(word + b" " + raw + end for word, raw in rows)


# Bytes of the first vector that the eye takes for text; the second one's are as they come.
LIKE_TEXT = {
    "a line end": b"\nABCDEFG",
    "printable, a line end": b"AB\nCDEFG",
    "a number, a line end": b"1.5\nABCD",
    "the line of a row": b"1.25 3.5",
    "numbers and a line end": b"1 2\n3456",
    "blanks": b"  \n  \n  ",
    "a carriage return": b"12\r\n3 4\n",
    "a tab": b"\t\t\n12345",
}


@pytest.mark.parametrize("end", [b"\n", b""])
@pytest.mark.parametrize("second", [struct.pack("<2f", 0.1, -2e-5), b"HIJKLMNO", b"1 23 4\n5"])
@pytest.mark.parametrize("name", LIKE_TEXT)
def test_binary_files_that_begin_like_text(name, second, end, tmp_path):
    rows = [(b"word", LIKE_TEXT[name]), (b"other", second), (b"third", second)]
    path = tmp_path / "vectors"
    path.write_bytes(binary(rows, end))
    words, matrix, _ = read_vectors(path)
    assert words == ("word", "other", "third")
    assert matrix.tobytes() == b"".join(raw for _, raw in rows)


def test_long_binary_files_that_begin_like_text(tmp_path):
    """More rows than are looked at, the first with numbers and a line end where text has them."""
    draw = np.random.default_rng(0)
    matrix = draw.normal(size=(20_000, 3)).astype("<f4")
    matrix[0] = np.frombuffer(b"1 2 3\nABCDEF", "<f4")
    path = tmp_path / "vectors"
    path.write_bytes(binary([(f"w{n}".encode(), row.tobytes()) for n, row in enumerate(matrix)]))
    np.testing.assert_array_equal(read_vectors(path).matrix, matrix)


@pytest.mark.parametrize("packed", [False, True])
def test_words_and_rows_longer_than_a_sample(packed, tmp_path):
    matrix = np.random.default_rng(0).normal(size=(3, 9000)).astype(np.float32)
    words = ("x" * 70_000, "y", "z" * 70_000)
    for format in FORMATS:
        path = tmp_path / f"vectors.{'gz' if packed else 'bin'}"
        write_vectors(path, Vectors(words, matrix), format=format)
        found = read_vectors(path)
        assert found.words == words
        np.testing.assert_array_equal(found.matrix, matrix)


def test_text_with_odd_words_or_a_wrong_row_is_text(tmp_path):
    path = tmp_path / "vectors"
    path.write_bytes(b"3 2\ncaf\xe9 1 2\n\x01\x02 3 4\nc 5 6\n")
    assert read_vectors(path, encoding_errors="replace").words == ("caf\ufffd", "\x01\x02", "c")
    path.write_bytes(b"2 2\na 1\nb 3 4\n")
    with pytest.raises(ValueError, match="row 1: got 1 numbers, want a word and 2"):
        read_vectors(path)
    path.write_bytes(b"2 2\n" + "a 1 zwölf\nb 3 4\n".encode())
    with pytest.raises(ValueError, match="row 1: could not convert"):
        read_vectors(path)


def test_a_header_that_promises_more_than_memory(tmp_path):
    path = tmp_path / "vectors"
    path.write_bytes(b"3 999999999999999\na 1 2\n")
    with pytest.raises(ValueError, match="row 1: got 2 numbers"):
        read_vectors(path)


@given(st.binary(min_size=8, max_size=32).map(lambda raw: raw[: len(raw) // 8 * 8]))
def test_what_the_writer_takes_comes_back(tmp_path_factory, raw):
    matrix = np.frombuffer(raw, "<f4").reshape(-1, 2)
    words = tuple(f"w{n}" for n in range(len(matrix)))
    for format in FORMATS:
        path = tmp_path_factory.getbasetemp() / "any"
        try:
            write_vectors(path, Vectors(words, matrix), format=format)
        except ValueError as error:
            assert not np.isfinite(matrix).all() or "bytes do not show" in str(error)
            continue
        found = read_vectors(path)
        assert found.words == words
        np.testing.assert_array_equal(found.matrix, matrix)


def test_bytes_that_are_text_as_well_are_refused(tmp_path):
    matrix = np.frombuffer(b"1.5\n", "<f4").reshape(1, 1)
    path = tmp_path / "vectors"
    with pytest.raises(ValueError, match="bytes do not show that they are binary"):
        write_vectors(path, Vectors(("a",), matrix), format="binary")
    assert not path.exists()
    write_vectors(path, Vectors(("a",), matrix))
    np.testing.assert_array_equal(read_vectors(path).matrix, matrix)


UNFIT = {
    "a number behind a blank": ("glove", ("a", "chapter 1")),
    "a blank, then what reads as a number": ("glove", ("a", "to inf")),
    "a byte-order mark": ("glove", ("\ufeffa", "b")),
    "a line end": ("glove", ("a\r",)),
    "no UTF-8": ("glove", ("\ud800",)),
    "a blank": ("word2vec", ("a b",)),
    "an empty word": ("binary", ("",)),
}


@pytest.mark.parametrize("name", UNFIT)
def test_words_that_would_not_come_back_are_refused(name, tmp_path):
    format, words = UNFIT[name]
    with pytest.raises(ValueError, match=f"words: got .* which {format} cannot hold"):
        write_vectors(tmp_path / "v", Vectors(words, np.ones((len(words), 2))), format=format)
    assert not (tmp_path / "v").exists()


def test_words_that_do_come_back(tmp_path):
    path, words = tmp_path / "v", (". .", " a ", "b 1 c", "7", "c\ufeff", "\ufeffd", "inf", "e\t")
    write_vectors(path, Vectors(words, np.eye(8)), format="glove")
    found = read_vectors(path)
    assert found.words == words
    np.testing.assert_array_equal(found.matrix, np.eye(8))
    write_vectors(path, Vectors(("\ufeffa", "b"), np.eye(2)))
    assert read_vectors(path).words == ("\ufeffa", "b")


def test_other_vectors_that_would_not_come_back_are_refused(tmp_path):
    path = tmp_path / "v"
    with pytest.raises(ValueError, match="words: got 'a' twice"):
        write_vectors(path, Vectors(("a", "b", "a"), np.eye(3)))
    for wrong in (np.nan, np.inf, 1e39):
        with pytest.raises(ValueError, match="matrix: got numbers for 'b' that are not finite"):
            write_vectors(path, Vectors(("a", "b"), np.array([[1.0], [wrong]])))
    assert not path.exists()


def test_broken_gzip(tmp_path):
    path = tmp_path / "v"
    packed = bytearray(gzip.compress(b"a 1 2\n" * 50))
    packed[20] ^= 255
    path.write_bytes(packed)
    with pytest.raises(ValueError, match=f"^{path}: got a file that cannot be read"):
        read_vectors(path)

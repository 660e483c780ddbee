"""Files of word vectors: bytes as tools write them, what gensim makes of ours, and mistakes."""

from __future__ import annotations

import gzip
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from paths import SHARED

from seqjax.data.formats.vector_readers import Vectors, read_vectors
from seqjax.data.formats.vector_writers import FORMATS, write_vectors

WORDS = ("the", "Käse", "한국", "don't", "1,000", "\u00a0", "a\u0085b")
"""The last two hold characters that str.split and str.splitlines would act on."""
MATRIX = np.random.default_rng(0).normal(size=(7, 5)).astype(np.float32)
PRETRAINED = SHARED / "pretrained_vectors"


def text(words=WORDS, matrix=MATRIX, end="\n"):
    rows = [
        f"{word} {' '.join(map(repr, row.tolist()))}"
        for word, row in zip(words, matrix, strict=True)
    ]
    return end.join(rows) + end


def binary(end=b"\n"):
    header = f"{len(WORDS)} {MATRIX.shape[1]}\n".encode()
    rows = zip(WORDS, MATRIX, strict=True)
    return header + b"".join(w.encode() + b" " + struct.pack("<5f", *row) + end for w, row in rows)


KINDS = {
    "glove": text().encode(),
    "glove_with_carriage_returns": text(end="\r\n").encode(),
    "glove_without_the_last_end": text().encode()[:-1],
    "glove_with_carriage_returns_alone": text(end="\r").encode(),
    "word2vec_with_carriage_returns_alone": f"7 5\n{text()}".replace("\n", "\r").encode(),
    "word2vec_with_a_byte_order_mark": b"\xef\xbb\xbf" + f"7 5\r\n{text(end=chr(13))}".encode(),
    "byte_order_mark": b"\xef\xbb\xbf" + text().encode(),
    "word2vec": f"7 5\n{text()}".encode(),
    "word2vec_with_blanks_at_the_ends": f"7 5 \n{text(end=' ' + chr(10))}".encode(),
    "binary": binary(),
    "binary_without_newlines": binary(b""),
    "blank_lines_at_the_end": text().encode() + b"\n \n",
}


def write(folder, content, packed=False):
    path = folder / "vectors"
    path.write_bytes(gzip.compress(content) if packed else content)
    return path


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_file_is_read(kind, packed, tmp_path):
    words, matrix, duplicates = read_vectors(write(tmp_path, KINDS[kind], packed))
    assert (words, duplicates, matrix.dtype) == (WORDS, 0, np.float32)
    np.testing.assert_array_equal(matrix, MATRIX)


@pytest.mark.parametrize("kind", ["glove", "word2vec", "binary"])
def test_the_first_rows_and_wanted_words(kind, tmp_path):
    path = write(tmp_path, KINDS[kind])
    words, matrix, _ = read_vectors(path, limit=2)
    assert words == WORDS[:2]
    np.testing.assert_array_equal(matrix, MATRIX[:2])
    words, matrix, _ = read_vectors(path, keep={"don't", "the", "other"})
    assert words == ("the", "don't")
    np.testing.assert_array_equal(matrix, MATRIX[[0, 3]])
    assert read_vectors(path, keep=set()).matrix.shape == (0, 5)
    assert read_vectors(path, limit=99).words == WORDS


def test_words_with_blanks_and_numbers_as_words(tmp_path):
    """The first row is the odd one: the width is what most rows have."""
    content = b". . . 1 2\n7 3 4\nat name@domain.com 5 6\n-1e5 7 8\n"
    words, matrix, _ = read_vectors(write(tmp_path, content))
    assert words == (". . .", "7", "at name@domain.com", "-1e5")
    np.testing.assert_array_equal(matrix, [[1, 2], [3, 4], [5, 6], [7, 8]])


def test_of_a_word_that_is_repeated_the_first_vector_counts(tmp_path):
    words, matrix, duplicates = read_vectors(write(tmp_path, b"a 1\nb 2\na 3\na 4\n"))
    assert (words, duplicates) == (("a", "b"), 2)
    np.testing.assert_array_equal(matrix, [[1], [2]])


def test_words_that_are_not_utf8(tmp_path):
    path = write(tmp_path, b"caf\xe9 1 2\nb 3 4\n")
    with pytest.raises(ValueError, match=r"vectors, row 1: got a word that is not UTF-8, b'caf"):
        read_vectors(path)
    assert read_vectors(path, encoding_errors="replace").words == ("caf\ufffd", "b")
    assert read_vectors(path, encoding_errors="ignore").words == ("caf", "b")


def long(words=300, **rows):
    """A file of many rows, in which some rows (counted from 1) are replaced."""
    lines = [f"word{n} 1 2 3" for n in range(1, words + 1)]
    for name, line in rows.items():
        lines[int(name[3:]) - 1] = line
    return "\n".join(lines).encode() + b"\n"


MISTAKES = {
    "empty": (b"", ": got an empty file, want vectors"),
    "short row": (long(row250="odd 1 2"), ", row 250: got 2 numbers, want a word and 3 numbers"),
    "long row": (long(row250="odd 1 2 3 4"), ", row 250: got 4 numbers, want a word and 3"),
    "short first row": (long(row1="odd 1 2"), ", row 1: got 2 numbers, want a word and 3"),
    "letters": (long(row3="odd 1 2x 3"), ", row 3: could not convert string to float: b'2x'"),
    "words alone": (b"some text\nthat is no file\n", ", row 1: got no number after the word"),
    "nan": (long(row250="odd 1 nan 3"), ", row 250: got nan, want finite numbers"),
    "inf": (long(row2="odd 1 -inf 3"), ", row 2: got -inf, want finite numbers"),
    "too large": (long(row2="odd 1 1e39 3"), ", row 2: got inf, want finite numbers"),
    "no word": (long(row2=" 1 2 3"), ", row 2: got no word"),
    "tabs": (b"a\t1\t2\nb\t3\t4\n", ", row 1: got no number after the word"),
    "blank line": (long(row9=" "), ", row 9: got a blank line"),
    "underscores": (long(row3="odd 1 1_0 3"), ", row 3: could not convert string to float: b'1_0'"),
    "a blank line of carriage returns": (b"a 1\r\rb 2\r", ", row 2: got a blank line"),
    "count too large": (b"301 3\n" + long(), ": got 300 rows, want 301"),
    "count too small": (b"299 3\n" + long(), ": got [0-9]+ rows, want 299"),
    "other width": (b"300 4\n" + long(), ", row 1: got 3 numbers, want a word and 4"),
    "no width": (b"300 0\n" + long(), ": got a header of width 0"),
    "cut short": (binary()[:-3], ", row 7: got a file that ends within it, want 7 rows"),
    "cut to its header": (binary()[:4], ": got 0 rows, want 7"),
    "too long": (binary() + b"more", ": got more than 7 rows"),
    "binary nan": (binary().replace(MATRIX[2].tobytes(), b"\xff" * 20), ", row 3: got nan"),
    "binary not utf8": (binary().replace(b"don", b"\xe9on"), ", row 4: got a word that is not UTF"),
    "broken gzip": (gzip.compress(long())[:-9], ": got a file that cannot be read"),
}


@pytest.mark.parametrize("kind", MISTAKES)
def test_mistakes_name_the_file_and_the_row(kind, tmp_path):
    content, message = MISTAKES[kind]
    path = write(tmp_path, content)
    with pytest.raises(ValueError, match=f"^{path}{message}"):
        read_vectors(path)


def test_refuses(tmp_path):
    with pytest.raises(ValueError, match="nothing: got no file, want vectors"):
        read_vectors(tmp_path / "nothing")
    with pytest.raises(ValueError, match="got a folder"):
        read_vectors(tmp_path)
    path, good = tmp_path / "vectors", Vectors(("a",), np.ones((1, 2)))
    for options, message in (
        ({"limit": 0}, "limit: got 0"),
        ({"encoding_errors": "strct"}, "encoding_errors: got 'strct'"),
    ):
        with pytest.raises(ValueError, match=message):
            read_vectors(path, **options)
    for vectors, format, message in (
        (good, "glov", "format: got 'glov', want one of word2vec, binary, glove"),
        (Vectors(("a",), np.ones((2, 2))), "glove", r"matrix: got shape \(2, 2\) for 1 words"),
        (good._replace(words=("a b",)), "word2vec", "words: got 'a b' as number 1"),
        (good._replace(words=("a b",)), "binary", "words: got 'a b' as number 1"),
        (good._replace(words=("a\n",)), "glove", "words: got .* which glove cannot hold"),
        (good._replace(words=("",)), "glove", "words: got '' as number 1"),
    ):
        with pytest.raises(ValueError, match=message):
            write_vectors(path, vectors, format=format)
    assert not path.exists()


@pytest.mark.parametrize("name", ["vectors", "vectors.gz"])
@pytest.mark.parametrize("format", FORMATS)
def test_what_is_written_comes_back(format, name, tmp_path):
    path, words = tmp_path / name, (*WORDS[:-1], ". ." if format == "glove" else "..")
    write_vectors(path, Vectors(words, MATRIX), format=format)
    got = read_vectors(path)
    assert got.words == words
    np.testing.assert_array_equal(got.matrix, MATRIX)
    before = path.read_bytes()
    write_vectors(path, Vectors(words, MATRIX), format=format)
    assert path.read_bytes() == before
    assert before[4:8] == bytes(4) or not name.endswith(".gz")  # no time of writing
    assert before.startswith(b"\x1f\x8b") == name.endswith(".gz")


def test_bytes_of_the_writers(tmp_path):
    """Against files made by hand: a round trip alone would pass with both directions wrong."""
    path, vectors = tmp_path / "vectors", Vectors(("a", "한"), np.array([[0.1, -2], [3e-9, 4]]))
    rows = "a 0.1 -2.0\n한 3e-09 4.0\n"
    write_vectors(path, vectors, format="glove")
    assert path.read_text() == rows
    write_vectors(path, vectors)
    assert path.read_text() == f"2 2\n{rows}"
    write_vectors(path, Vectors(WORDS, MATRIX), format="binary")
    assert path.read_bytes() == binary()


@given(
    st.lists(
        st.lists(
            st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=3, max_size=3
        ),
        min_size=1,
        max_size=4,
    )
)
def test_every_float32_survives_text(tmp_path_factory, rows):
    path = tmp_path_factory.getbasetemp() / "floats"
    matrix = np.array(rows, np.float32)
    write_vectors(path, Vectors(tuple("abcd"[: len(rows)]), matrix))
    np.testing.assert_array_equal(read_vectors(path).matrix, matrix)


def test_gensim_reads_ours_and_we_read_gensims(tmp_path):
    models = pytest.importorskip("gensim.models")
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    words = WORDS[:5]  # gensim splits at characters like the last two
    for format in ("word2vec", "binary"):
        write_vectors(ours, Vectors(words, MATRIX[:5]), format=format)
        keyed = models.KeyedVectors.load_word2vec_format(str(ours), binary=format == "binary")
        assert tuple(keyed.index_to_key) == words
        np.testing.assert_array_equal(keyed.vectors, MATRIX[:5])
    for options in ({}, {"binary": True}, {"write_header": False}):
        keyed.save_word2vec_format(str(theirs), **options)
        got = read_vectors(theirs)
        assert got.words == words
        np.testing.assert_array_equal(got.matrix, MATRIX[:5])


@pytest.mark.skipif(not PRETRAINED.is_dir(), reason=f"needs {PRETRAINED.name} beside the project")
@pytest.mark.parametrize(
    ("name", "shape", "word", "first"),
    [
        ("glove.6B.300d.subset.txt.gz", (1928, 300), "bankrupt", 0.89583),
        ("weat_words.googlenews.300d.w2v.txt.gz", (347, 300), "management", -0.15332031),
    ],
)
def test_published_vectors(name, shape, word, first):
    words, matrix, duplicates = read_vectors(PRETRAINED / name)
    assert (len(words), matrix.shape, duplicates) == (shape[0], shape, 0)
    assert (words[0], matrix[0, 0]) == (word, np.float32(first))

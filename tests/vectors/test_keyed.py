"""Keyed vectors: what they refuse, what they answer, and files there and back."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from vector_toys import drawn

from seqjax.data.formats.vector_readers import read_vectors
from seqjax.vectors import KeyedVectors, load, save, save_projector
from seqjax.vectors.keyed import unit_rows

ROWS = np.array([[3.0, 4.0], [0.0, 0.0], [-1.0, 0.0]], np.float32)
WORDS = ("a", "b", "Ab")


def test_rows_by_word():
    vectors = KeyedVectors(WORDS, ROWS)
    assert (len(vectors), vectors.width) == (3, 2)
    np.testing.assert_array_equal(vectors["Ab"], [-1, 0])
    assert "b" in vectors
    assert "ab" not in vectors
    np.testing.assert_allclose(vectors.unit, [[0.6, 0.8], [0, 0], [-1, 0]], rtol=1e-7)
    assert vectors.covered(["x", "b", "a"]) == ["b", "a"]
    assert vectors.first(2).words == ("a", "b")
    assert vectors.first(9).words == WORDS


def test_nothing_can_be_written_to():
    vectors = KeyedVectors(WORDS, ROWS.copy())
    for array in (vectors.matrix, vectors.unit, vectors["a"]):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        vectors.words = ()


def test_rows_in_either_case():
    vectors = KeyedVectors(("The", "the", "of"), np.eye(3))
    assert vectors.rows(["the", "THE", "x"]).tolist() == [1, -1, -1]
    assert vectors.rows(["the", "THE", "x"], case="fold").tolist() == [0, 0, -1]
    with pytest.raises(ValueError, match="case: got 'upper', want one of exact, fold"):
        vectors.rows(["the"], case="upper")


def test_lengths_of_any_size_of_block(monkeypatch):
    monkeypatch.setattr("seqjax.vectors.keyed.BLOCK", 7)
    rows = drawn(60, dtype=np.float64).matrix
    want = rows / np.sqrt((rows**2).sum(axis=1))[:, None]
    np.testing.assert_allclose(unit_rows(rows), want, rtol=1e-14)
    with pytest.raises(ValueError, match="'w13' that are not finite"):
        KeyedVectors(drawn().words, np.where(np.arange(60)[:, None] == 13, np.nan, rows))


WRONG = {
    "no words": (((), np.zeros((0, 2))), "matrix: got shape"),
    "no numbers": ((("a",), np.zeros((1, 0))), "matrix: got shape"),
    "one row too few": ((("a", "b"), np.eye(3)[:1]), r"\(1, 3\) for 2 words"),
    "one axis": ((("a",), np.ones(1)), r"\(1,\) for 1 words"),
    "a word twice": ((("a", "b", "a"), np.eye(3)), "words: got 'a' twice"),
    "not a number": ((("a", "b"), np.array([[1.0], [np.nan]])), "matrix: got numbers for 'b'"),
    "infinite": ((("a",), np.array([[np.inf]])), "matrix: got numbers for 'a'"),
}


@pytest.mark.parametrize("name", WRONG)
def test_refused(name):
    arguments, message = WRONG[name]
    with pytest.raises(ValueError, match=message):
        KeyedVectors(*arguments)


def test_words_without_vectors_and_directions():
    vectors = KeyedVectors(("king", "queen", "nothing"), np.array([[1.0], [2], [0]]))
    with pytest.raises(ValueError, match="got 'kings', which has no vector; did you mean 'king'"):
        vectors["kings"]
    with pytest.raises(ValueError, match="got 'nothing', whose vector is zero"):
        vectors.units(["king", "nothing"])
    with pytest.raises(ValueError, match="count: got 0"):
        vectors.first(0)


@pytest.mark.parametrize("name", ["v.npz", "v.txt", "v.vec", "v.glove", "v.bin", "v.txt.gz"])
def test_files_there_and_back(tmp_path, name):
    vectors = drawn(9)
    save(tmp_path / name, vectors)
    found = load(tmp_path / name)
    assert found.words == vectors.words
    np.testing.assert_array_equal(found.matrix, vectors.matrix)
    some = load(tmp_path / name, limit=5, keep={"w1", "w4", "w7"})
    assert some.words == ("w1", "w4")
    np.testing.assert_array_equal(some["w4"], vectors["w4"])
    with pytest.raises(ValueError, match="none of the words to keep"):
        load(tmp_path / name, keep={"x"})
    with pytest.raises(ValueError, match="limit: got 0"):
        load(tmp_path / name, limit=0)


def test_formats_by_ending(tmp_path):
    vectors = KeyedVectors(("a", "b"), np.array([[0.5, 1], [2, 3]], np.float32))
    save(tmp_path / "v.vec", vectors)
    save(tmp_path / "v.glove", vectors)
    assert (tmp_path / "v.vec").read_text().startswith("2 2\na ")
    assert (tmp_path / "v.glove").read_text().startswith("a 0.5")
    assert read_vectors(tmp_path / "v.glove").words == ("a", "b")
    with pytest.raises(ValueError, match=r"ends in '.csv', want .npz, .txt"):
        save(tmp_path / "v.csv", vectors)


def test_numpy_keeps_float64(tmp_path):
    save(tmp_path / "v.npz", drawn(5, dtype=np.float64))
    assert load(tmp_path / "v.npz").matrix.dtype == np.float64


def test_broken_numpy_files(tmp_path):
    path = tmp_path / "v.npz"
    for content in (b"", b"nonsense", b"PK\x03\x04broken"):
        path.write_bytes(content)
        with pytest.raises(ValueError, match="got no file with arrays words and matrix"):
            load(path)
    np.savez(path, words=np.array(["a"]))
    with pytest.raises(ValueError, match="got no file with arrays words and matrix"):
        load(path)
    with pytest.raises(ValueError, match="got no file"):
        load(tmp_path / "none.npz")


def test_projector_files(tmp_path):
    vectors = KeyedVectors(("ü b", "c"), np.array([[0.1, -2], [3, 4]], np.float32))
    save_projector(tmp_path / "new", vectors)
    assert (tmp_path / "new/metadata.tsv").read_bytes() == "ü b\nc\n".encode()
    assert (tmp_path / "new/vectors.tsv").read_bytes() == b"0.1\t-2.0\n3.0\t4.0\n"
    with pytest.raises(ValueError, match=r"words: got 'a\\tb', want words without tabs"):
        save_projector(tmp_path, KeyedVectors(("a\tb",), np.eye(1)))

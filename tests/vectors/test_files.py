"""Files of keyed vectors: there and back, by their endings, with counts, and mistakes."""

from __future__ import annotations

import pickle
import tracemalloc

import numpy as np
import pytest
from vector_toys import drawn

from seqjax.data.formats.vector_readers import read_vectors
from seqjax.vectors import KeyedVectors, load, save, save_projector


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


@pytest.mark.parametrize("name", ["v.npz", "v.txt", "v.bin.gz"])
def test_counts_in_the_file_or_in_one_of_their_own(tmp_path, name):
    vectors = KeyedVectors(("the", "Käse", "x"), np.eye(3), np.array([2**33, 5, 0]))
    save(tmp_path / name, vectors, counts=tmp_path / "counts")
    assert (tmp_path / "counts").read_bytes() == "the 8589934592\nKäse 5\nx 0\n".encode()
    plain = load(tmp_path / name)
    assert (plain.counts is not None) == (name == "v.npz")
    if name == "v.npz":
        np.testing.assert_array_equal(plain.counts, vectors.counts)
        assert load(tmp_path / name, keep={"x", "the"}).counts.tolist() == [2**33, 0]
    some = load(tmp_path / name, counts=tmp_path / "counts", keep={"x", "Käse"})
    assert some.counts.tolist() == [5, 0]
    (tmp_path / "counts").write_text("the 1\nx 2\n")
    with pytest.raises(ValueError, match="counts: got no count for 'Käse'"):
        load(tmp_path / name, counts=tmp_path / "counts")
    with pytest.raises(ValueError, match=r"counts: got .*but these vectors have none"):
        save(tmp_path / "other.npz", drawn(3), counts=tmp_path / "counts")
    assert not (tmp_path / "other.npz").exists()


def test_any_word_in_numpy_files(tmp_path):
    words = ("a b", "\n", "nul\0", "\ud800", "", "한국")
    save(tmp_path / "v.npz", KeyedVectors(words, np.eye(6)))
    assert load(tmp_path / "v.npz").words == words


def test_numpy_files_as_they_were_written_before(tmp_path):
    words = ("the", "Käse", "")
    np.savez(tmp_path / "v.npz", words=np.array(words), matrix=np.eye(3))
    found = load(tmp_path / "v.npz", limit=2)
    assert (found.words, found.counts) == (words[:2], None)
    np.testing.assert_array_equal(found.matrix, np.eye(3)[:2])


WORDS_OF_TWO = {
    "word_bytes": np.frombuffer(b"ab", np.uint8),
    "word_ends": np.array([1, 2]),
    "matrix": np.eye(2),
}
DAMAGED = {
    "ends that fall": ({"word_ends": np.array([2, 1])}, "word_ends that do not rise"),
    "ends beyond": ({"word_ends": np.array([1, 9])}, "word_ends that do not rise"),
    "ends below": ({"word_ends": np.array([-1, 2])}, "word_ends that do not rise"),
    "fractions": ({"word_ends": np.array([0.5, 2])}, "want uint8 and int64"),
    "no letters": ({"word_bytes": np.array([300, 2])}, "want uint8 and int64"),
    "not UTF-8": ({"word_bytes": np.array([0xFF, 0x61], np.uint8)}, "can't decode byte 0xff"),
    "a word twice": ({"word_bytes": np.frombuffer(b"aa", np.uint8)}, "got the word 'a' twice"),
    "numbers as words": ({"words": np.arange(2)}, "want text"),
    "words in a square": ({"words": np.full((2, 2), "a")}, "want text"),
    "objects": ({"words": np.array(["a", None], object)}, "no file with arrays words and matrix"),
    "complex": ({"matrix": np.eye(2) * 1j}, r"want floats \[V, D\]"),
    "no columns": ({"matrix": np.ones((2, 0))}, r"want floats \[V, D\]"),
    "wider floats": ({"matrix": np.ones((2, 2), np.longdouble)}, r"want floats \[V, D\]"),
    "a column": ({"matrix": np.ones(2)}, r"want floats \[V, D\]"),
    "nan": ({"matrix": np.array([[1.0, 2], [np.nan, 1]])}, "row 2: got numbers that are not fin"),
    "counts of floats": ({"counts": np.array([0.5, 1])}, r"want integers \[V\]"),
    "counts below 0": ({"counts": np.array([1, -1])}, "got counts below 0"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_numpy_files_with_other_arrays(name, tmp_path):
    arrays, message = DAMAGED[name]
    path = tmp_path / "v.npz"
    np.savez(path, **WORDS_OF_TWO)
    assert load(path).words == ("a", "b")
    np.savez(path, **{**WORDS_OF_TWO, **arrays})
    with pytest.raises(ValueError, match=message) as error:
        load(path)
    assert str(path) in str(error.value)


class Trap:
    """What a file of pickles would run."""

    def __reduce__(self):
        return (exec, ("raise SystemExit('code of the file was run')",))


@pytest.mark.parametrize("name", ["words", "word_bytes", "word_ends", "matrix", "counts"])
def test_nothing_in_a_file_is_run(name, tmp_path):
    path = tmp_path / "v.npz"
    np.savez(path, **{**WORDS_OF_TWO, name: np.array([Trap(), Trap()])})
    with pytest.raises(ValueError, match=f"^{path}"):
        load(path)
    for name in ("v.txt", "v.bin", "v.npz"):  # a pickle alone
        (tmp_path / name).write_bytes(pickle.dumps(Trap()))
        with pytest.raises(ValueError, match=f"^{tmp_path}"):
            load(tmp_path / name)


def test_numbers_in_the_other_byte_order(tmp_path):
    matrix = np.random.default_rng(0).normal(size=(2, 3))
    np.savez(tmp_path / "v.npz", **{**WORDS_OF_TWO, "matrix": np.asfortranarray(matrix, ">f8")})
    found = load(tmp_path / "v.npz").matrix
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, matrix)


def test_the_folder_of_a_run_is_no_file_of_vectors(tmp_path):
    (tmp_path / "run.json").write_text("{}")
    with pytest.raises(ValueError, match=r"got the folder of a run, want .*vectors.bin"):
        load(tmp_path)
    with pytest.raises(ValueError, match="got no words, want vectors"):
        (tmp_path / "v.txt").write_text("0 3\n")
        load(tmp_path / "v.txt")


def test_one_long_word_costs_its_own_length_alone(tmp_path):
    words = (*(f"w{n}" for n in range(2000)), "x" * 100_000)
    vectors = KeyedVectors(words, np.ones((2001, 2), np.float32))
    tracemalloc.start()
    save(tmp_path / "v.npz", vectors)
    found = load(tmp_path / "v.npz")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.words == words
    assert peak < 20e6  # as an array of strings they took 800 MB
    assert (tmp_path / "v.npz").stat().st_size < 1e6


def test_broken_numpy_files(tmp_path):
    path = tmp_path / "v.npz"
    for content in (b"", b"nonsense", b"PK\x03\x04broken"):
        path.write_bytes(content)
        with pytest.raises(ValueError, match="got no file with arrays words and matrix"):
            load(path)
    np.savez(path, words=np.array(["a"]))
    with pytest.raises(ValueError, match="got no file with arrays words and matrix"):
        load(path)
    for name, size in (("matrix", 2), ("counts", 1)):
        arrays = {"words": np.array(["a", "b", "c"]), "matrix": np.eye(3), name: np.eye(size)}
        np.savez(path, **arrays)
        with pytest.raises(ValueError, match=f"got {name} of shape .* for 3 words"):
            load(path)
    with pytest.raises(ValueError, match="got no file"):
        load(tmp_path / "none.npz")


def test_projector_files(tmp_path):
    vectors = KeyedVectors(("ü b", "c"), np.array([[0.1, -2], [3, 4]], np.float32))
    save_projector(tmp_path / "new", vectors)
    assert (tmp_path / "new/metadata.tsv").read_bytes() == "ü b\nc\n".encode()
    assert (tmp_path / "new/vectors.tsv").read_bytes() == b"0.1\t-2.0\n3.0\t4.0\n"
    for word in ("a\tb", "a\r", "", "\ud800", "\ufeffa"):
        with pytest.raises(ValueError, match=r"words: got .*, want words without tabs"):
            save_projector(tmp_path / "none", KeyedVectors((word,), np.eye(1)))
    assert not (tmp_path / "none").exists()

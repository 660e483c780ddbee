"""Every writer of vectors gives back what it took, bit for bit, or refuses: any word, any bytes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seqjax.data.formats.vector_counts import read_counts, write_counts
from seqjax.vectors import KeyedVectors, load, save

NAMES = ("v.txt", "v.vec", "v.glove", "v.bin", "v.npz", "v.txt.gz", "v.bin.gz")
WORD = st.text(
    st.sampled_from(" \t\r\n\0\x0b\x0c\x1c\x85\u00a0\u2028\ufeff\ud800\udfffae.0123456789-+_한😀")
    | st.characters(),
    max_size=6,
) | st.sampled_from(["3 2", "2 2", "nan", "a inf", "1e5", "route 66", "\ufeffroute", "a ", " a"])
VALUE = st.floats(width=32, allow_nan=False, allow_infinity=False)
PRINTABLE = st.sampled_from(b"\n\n  \r\t0123456789.e-abAB")


def vectors_of(words: list[str], values: list[float], width: int) -> KeyedVectors:
    row = np.resize(np.array(values, np.float32), (len(words), width))
    return KeyedVectors(tuple(words), row)


def check(folder, vectors: KeyedVectors) -> int:
    """How many of the formats took the vectors; each of them gave the same back."""
    taken = 0
    for name in NAMES:
        path = folder / name
        path.unlink(missing_ok=True)
        try:
            save(path, vectors)
        except ValueError as error:
            assert name != "v.npz" and ("cannot hold" in str(error) or "do not show" in str(error))
            assert not path.exists()
            continue
        taken += 1
        found = load(path)
        assert found.words == vectors.words, name
        assert found.matrix.tobytes() == vectors.matrix.tobytes(), name
    return taken


@given(st.lists(WORD, min_size=1, max_size=5, unique=True), st.lists(VALUE, min_size=1), st.data())
@example(["route 66", "b"], [1.0], None)
@example(["\ufeffa", "\ufeff"], [0.5], None)
def test_any_word(tmp_path_factory, words, values, data):
    width = 2 if data is None else data.draw(st.integers(1, 4))
    check(tmp_path_factory.getbasetemp(), vectors_of(words, values, width))


@given(st.lists(WORD, min_size=1, max_size=5, unique=True))
def test_any_word_with_its_count(tmp_path_factory, words):
    path = tmp_path_factory.getbasetemp() / "counts"
    counts = np.arange(len(words)) * 2**40
    try:
        write_counts(path, words, counts)
    except ValueError as error:
        assert "counts cannot hold" in str(error)
    else:
        assert read_counts(path) == dict(zip(words, counts.tolist(), strict=True))


def random_vectors(draw: np.random.Generator) -> KeyedVectors:
    """Few words; half of the numbers have bytes that text has, so that files look like both."""
    count, width = int(draw.integers(1, 6)), int(draw.integers(1, 5))
    raw = draw.integers(0, 256, (count, width, 4), np.uint8)
    letters = np.frombuffer(b"\n\n\n  \r\t0123456789.-eabAB", np.uint8)
    alike = draw.random((count, width)) < draw.choice([0, 0.5, 1])
    raw[alike] = draw.choice(letters, (int(alike.sum()), 4))
    matrix = raw.view("<f4")[..., 0].copy()
    matrix[~np.isfinite(matrix)] = 1.5
    return KeyedVectors(tuple(f"{'wé1.'[n % 4]}{n}" for n in range(count)), matrix)


def many_files(folder, files: int, seed: int) -> tuple[int, int]:
    """(files that were written and came back, those that the binary writer refused)."""
    draw = np.random.default_rng(seed)
    taken = [check(folder, random_vectors(draw)) for _ in range(files)]
    return sum(taken), sum(len(NAMES) - each for each in taken)


def test_files_that_look_like_text_and_binary_alike(tmp_path):
    taken, refused = many_files(tmp_path, 25, 0)
    assert taken > 150 and refused < 9


@pytest.mark.fuzz
def test_thousands_of_files(tmp_path):
    taken, refused = many_files(tmp_path, 3000, 1)
    assert refused < 0.01 * taken


def test_the_first_vector_of_a_long_file_looks_like_text(tmp_path):
    """More rows than readers look at: the writer has to decide by the bytes that these see."""
    matrix = np.random.default_rng(0).normal(size=(8000, 3)).astype("<f4")
    words = tuple(f"w{n}" for n in range(len(matrix)))
    for first in (b"1 2 3\nABCDEF", b"\n" * 12, b"1.5 2.5 3.5\n"):
        matrix[0] = np.frombuffer(first, "<f4")
        save(tmp_path / "v.bin", KeyedVectors(words, matrix))
        np.testing.assert_array_equal(load(tmp_path / "v.bin").matrix, matrix)


def test_a_long_binary_file_of_printable_bytes(tmp_path):
    """Nothing in it is what text has not."""
    matrix = np.full((10_000, 3), np.frombuffer(b"ABCD", "<f4")[0])
    vectors = KeyedVectors(tuple(f"w{n}" for n in range(len(matrix))), matrix)
    save(tmp_path / "v.bin", vectors)
    np.testing.assert_array_equal(load(tmp_path / "v.bin").matrix, matrix)


def test_long_text_whose_rows_are_as_long_as_those_of_a_binary_file(tmp_path):
    """A word and "0.5 0.25": eight bytes, as two numbers have; and a word that no text has."""
    words = ("\x01", *(f"w{n}" for n in range(8000)))
    vectors = KeyedVectors(words, np.full((8001, 2), [0.5, 0.25], np.float32))
    save(tmp_path / "v.txt", vectors)
    found = load(tmp_path / "v.txt")
    assert found.words == words
    np.testing.assert_array_equal(found.matrix, vectors.matrix)


def test_gensim_writes_what_we_read_and_reads_what_we_write(tmp_path):
    models = pytest.importorskip("gensim.models", reason="the peer")
    draw = np.random.default_rng(2)
    for _ in range(15):
        vectors = random_vectors(draw)
        peer = models.KeyedVectors(vectors.width, dtype=np.float32)
        peer.add_vectors(list(vectors.words), vectors.matrix)
        for binary in (False, True):
            theirs, ours = tmp_path / "theirs", tmp_path / ("v.bin" if binary else "v.txt")
            peer.save_word2vec_format(str(theirs), binary=binary)
            try:
                save(ours, vectors)
            except ValueError as error:
                assert binary and "do not show" in str(error)
                continue
            got = models.KeyedVectors.load_word2vec_format(str(ours), binary=binary)
            np.testing.assert_array_equal(got.vectors, vectors.matrix)
            found = load(theirs)
            assert found.words == vectors.words == tuple(got.index_to_key)
            np.testing.assert_array_equal(found.matrix, vectors.matrix)

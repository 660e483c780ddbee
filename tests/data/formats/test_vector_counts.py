"""Files of words and their counts: bytes as word2vec and gensim have them, and mistakes."""

from __future__ import annotations

import gzip

import numpy as np
import pytest

from seqjax.data.formats.vector_counts import read_counts, write_counts

WORDS, COUNTS = ("</s>", "Käse", "a\u00a0b"), np.array([0, 2**40, 7])
BYTES = "</s> 0\nKäse 1099511627776\na\u00a0b 7\n".encode()


def test_bytes_are_those_of_word2vec(tmp_path):
    path = tmp_path / "counts"
    write_counts(path, WORDS, COUNTS)
    assert path.read_bytes() == BYTES
    marked, carriage = b"\xef\xbb\xbf" + BYTES, BYTES.replace(b"\n", b"\r")
    for content in (BYTES, BYTES.replace(b"\n", b"\r\n"), carriage, marked, gzip.compress(BYTES)):
        path.write_bytes(content)
        assert read_counts(path) == dict(zip(WORDS, COUNTS.tolist(), strict=True))


def test_gensim_reads_ours_and_we_read_gensims(tmp_path):
    models = pytest.importorskip("gensim.models", reason="compared with gensim")
    peer = models.KeyedVectors(2)
    peer.add_vectors(["the", "Käse"], np.eye(2))
    for word, count in (("the", 9), ("Käse", 4)):
        peer.set_vecattr(word, "count", count)
    ours, theirs, vectors = (str(tmp_path / name) for name in ("ours", "theirs", "vectors"))
    peer.save_word2vec_format(vectors, fvocab=theirs)
    assert read_counts(theirs) == {"the": 9, "Käse": 4}
    write_counts(ours, ["the", "Käse"], np.array([3, 2]))
    found = models.KeyedVectors.load_word2vec_format(vectors, fvocab=ours)
    assert [found.get_vecattr(word, "count") for word in ("the", "Käse")] == [3, 2]


WRONG = {
    "no count": (b"a 1\nb\n", "row 2: got b'b', want a word and its count"),
    "no number": (b"a 1.5\n", "row 1: got b'a 1.5', want a word and its count"),
    "no word": (b" 1\n", "row 1: got b' 1', want a word and its count"),
    "twice": (b"a 1\na 2\n", "row 2: got 'a' again"),
    "not UTF-8": (b"a 1\ncaf\xe9 2\n", "row 2: got a word that is not UTF-8"),
    "too many digits": (b"a " + b"9" * 5000, "row 1: got b'a 9999"),
    "broken gzip": (gzip.compress(BYTES)[:-9], ": got a file that cannot be read"),
    "empty": (b"", ": got an empty file"),
}


@pytest.mark.parametrize("name", WRONG)
def test_mistakes_name_the_file_and_the_line(name, tmp_path):
    content, message = WRONG[name]
    path = tmp_path / "counts"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=f"^{path}.*{message}"):
        read_counts(path)


def test_words_that_are_not_utf8_and_words_with_blanks(tmp_path):
    path = tmp_path / "counts"
    path.write_bytes(b"caf\xe9 2\n")
    assert read_counts(path, encoding_errors="replace") == {"caf\ufffd": 2}
    with pytest.raises(ValueError, match="words: got 'a b' as number 2"):
        write_counts(path, ["a", "a b"], np.ones(2, int))
    with pytest.raises(ValueError, match="got no file"):
        read_counts(tmp_path / "none")

"""fastText's own binary files: written by hand, written by gensim, and broken ones."""

from __future__ import annotations

import gzip
import struct

import numpy as np
import pytest
from vector_toys import fnv, ngrams

from seqjax.data.formats.fasttext_binary import read_fasttext
from seqjax.data.formats.vector_readers import read_vectors
from seqjax.vectors import load, load_fasttext

WORDS = ("</s>", "the", "Käse", "internationalisation")
COUNTS = (2**40, 9, 5, 1)
B, D = 7, 3
TABLE = np.random.default_rng(0).normal(size=(len(WORDS) + B, D)).astype(np.float32)


def model(
    words=WORDS, *, magic=793712314, version=12, kind=2, labels=0, quantised=0, pruned=-1,
    grams=(3, 6), table=TABLE, shape=None,
):  # fmt: skip
    """The bytes of a model, as fastText writes them."""
    arguments = (D, 5, 5, 1, 5, 1, 2, kind, B, *grams, 100)
    content = struct.pack("<2i12id", magic, version, *arguments, 1e-4)
    content += struct.pack("<3i2q", len(words), len(words) - labels, labels, 99, pruned)
    for number, word in enumerate(words):
        raw = word if isinstance(word, bytes) else word.encode()
        label = number >= len(words) - labels
        content += raw + b"\0" + struct.pack("<qb", COUNTS[number % len(COUNTS)], label)
    content += b"\0" * 8 * max(0, pruned) + struct.pack("<?", quantised)
    content += struct.pack("<2q", *(shape or table.shape)) + table.astype("<f4").tobytes()
    return content + struct.pack("<?2q", 0, 1, D) + bytes(4 * D)


def write(folder, content, packed=False):
    path = folder / "model"
    path.write_bytes(gzip.compress(content) if packed else content)
    return path


def composed(word, own=None, grams=(3, 6)):
    shortest, longest = max(1, grams[0]), grams[1]
    rows = [TABLE[len(WORDS) + fnv(gram) % B] for gram in ngrams(word, shortest, longest)]
    return np.mean([*([] if own is None else [own]), *rows], axis=0)


@pytest.mark.parametrize("version", [11, 12])
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("grams", [(3, 6), (2, 4), (0, 0)])
def test_words_are_means_of_their_own_row_and_their_ngrams(tmp_path, packed, version, grams):
    path = write(tmp_path, model(grams=grams, version=version), packed)
    found = read_fasttext(path)
    assert found.words == WORDS
    assert found.counts.tolist() == list(COUNTS)
    assert (found.shortest, found.longest, found.duplicates) == (*grams, 0)
    # The end of a line is no word, and has no n-grams.
    want = [TABLE[0], *(composed(w, TABLE[n], grams) for n, w in enumerate(WORDS) if n)]
    np.testing.assert_allclose(found.matrix, want, rtol=1e-5, atol=1e-7)
    np.testing.assert_array_equal(found.ngrams, TABLE[len(WORDS) :])
    vectors = load(path)
    assert vectors.words == WORDS
    assert vectors.counts.tolist() == list(COUNTS)
    np.testing.assert_array_equal(vectors.matrix, found.matrix)
    words, matrix, duplicates = read_vectors(path)
    assert (words, duplicates) == (WORDS, 0)
    np.testing.assert_array_equal(matrix, found.matrix)


def test_unseen_words(tmp_path):
    subword = load_fasttext(write(tmp_path, model()))
    found = subword.of(["unseen", "the", "tête"])
    np.testing.assert_array_equal(found["the"], subword.known["the"])
    for word in ("unseen", "tête"):
        np.testing.assert_allclose(found[word], composed(word), rtol=1e-5)
    with pytest.raises(ValueError, match="got 'x', which was not trained, and there are no"):
        load_fasttext(write(tmp_path, model(grams=(0, 0)))).of(["x"])


def test_some_words_alone(tmp_path):
    path = write(tmp_path, model())
    whole = read_fasttext(path)
    assert read_fasttext(path, limit=2).words == WORDS[:2]
    assert read_fasttext(path, limit=99).words == WORDS
    some = read_fasttext(path, limit=3, keep={"Käse", "</s>", WORDS[3]})
    assert (some.words, some.counts.tolist()) == (("</s>", "Käse"), [COUNTS[0], COUNTS[2]])
    np.testing.assert_array_equal(some.matrix, whole.matrix[[0, 2]])
    with pytest.raises(ValueError, match="none of the words to keep"):
        load_fasttext(path, keep=())
    with pytest.raises(ValueError, match="none of the words to keep"):
        load(path, keep=())


def test_words_that_are_not_utf8(tmp_path):
    """Their n-grams are those of the bytes; words that read alike count once."""
    path = write(tmp_path, model((b"caf\xe9", b"caf\xe8", "b", "c")))
    with pytest.raises(ValueError, match="model, row 1: got a word that is not UTF-8"):
        load(path)
    found = read_fasttext(path, encoding_errors="replace")
    assert (found.words, found.duplicates) == (("caf\ufffd", "b", "c"), 1)
    grams = [b"<ca", b"<caf", b"<caf\xe9", b"caf", b"caf\xe9", b"af\xe9"]
    grams += [b"<caf\xe9>", b"caf\xe9>", b"af\xe9>", b"f\xe9>"]
    rows = [TABLE[len(WORDS) + fnv(gram) % B] for gram in grams]
    np.testing.assert_allclose(found.matrix[0], np.mean([TABLE[0], *rows], axis=0), rtol=1e-5)
    np.testing.assert_allclose(found.matrix[1], composed("b", TABLE[2]), rtol=1e-5)


def patched(offset, number):
    """A model with another int32 at a place of its head."""
    content = model()
    return content[:offset] + struct.pack("<i", number) + content[offset + 4 :]


WRONG = {
    "another file": (model(magic=5), "got no binary file of fastText"),
    "version": (model(version=13), "got version 13, want 11 or 12"),
    "supervised": (model(kind=3), "got a supervised model, want skip-gram or CBOW"),
    "labels": (model(labels=1), "got a supervised model"),
    "quantised": (model(quantised=1, pruned=3), r"got a quantised model \(.ftz\)"),
    "matrix": (model(shape=(5, D)), r"got a matrix of shape \(5, 3\), want \(11, 3\)"),
    "width": (model(shape=(11, 4)), r"got a matrix of shape \(11, 4\), want \(11, 3\)"),
    "cut in its head": (model()[:20], "ends too early"),
    "cut in a word": (model()[:108], "ends within its words"),
    "cut in a count": (model()[:112], "ends too early"),
    "cut in its matrix": (model()[:-70], "ends within its matrix"),
    "no word": (model(("</s>", "", "b", "c")), "row 2: got no word"),
    "nothing": (b"", "got no binary file"),
    "no width": (patched(8, 0), "width 0 and n-grams of 3 to 6 characters, want"),
    "buckets below 0": (patched(40, -1), "-1 buckets"),
    "n-grams below 0": (patched(44, -1), "n-grams of -1 to 6"),
    "n-grams of any length": (patched(48, 2**31 - 1), "n-grams of 3 to 2147483647 characters"),
    "n-grams that are none": (patched(44, 7), "no shorter than the shortest"),
    "no buckets": (patched(40, 0), "in 0 buckets, want the longest"),
    "words below 0": (patched(64, -5), "got -5 words"),
    "words without end": (patched(64, 2**31 - 1), "ends|got no word|occurrences"),
    "pruned without end": (model(pruned=3)[:84] + struct.pack("<q", 2**60) + model()[92:],
                           "ends within its pruned n-grams"),
    "occurrences below 0": (model().replace(struct.pack("<q", 2**40), struct.pack("<q", -1)),
                            "row 1: got -1 occurrences"),
    "a word without end": (model((b"x" * 70_000, "a", "b", "c")), "row 1: got a word of more than"),
    "not finite": (model(table=np.where(np.arange(11)[:, None] == 1, np.inf, TABLE)),
                   "row 2: got numbers that are not finite for 'the'"),
}  # fmt: skip


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("name", WRONG)
def test_broken_files(name, packed, tmp_path):
    content, message = WRONG[name]
    path = write(tmp_path, content, packed)
    with pytest.raises(ValueError, match=f"^{path}.*{message}"):
        read_fasttext(path)


def test_no_file(tmp_path):
    for read in (read_fasttext, load_fasttext):
        with pytest.raises(ValueError, match="none: got no file"):
            read(tmp_path / "none")
        with pytest.raises(ValueError, match="limit: got 0"):
            read(write(tmp_path, model()), limit=0)
    path = write(tmp_path, gzip.compress(model())[:-30])
    for read in (read_fasttext, read_vectors, load):
        with pytest.raises(ValueError, match=f"^{path}: got a file that cannot be read"):
            read(path)


@pytest.mark.parametrize("skip_gram", [0, 1])
@pytest.mark.parametrize("options", [{}, {"min_n": 2, "max_n": 3}, {"max_n": 0}])
def test_models_of_gensim(tmp_path, skip_gram, options):
    """A model it trained, saved in fastText's format and read by both."""
    fasttext = pytest.importorskip("gensim.models.fasttext", reason="compared with gensim")
    draw = np.random.default_rng(0)
    names = ["käse", "brot", "käsebrot", "한국어", "a", "backen", "gebacken"]
    text = [[names[k] for k in draw.integers(0, len(names), 6)] for _ in range(50)]
    trained = fasttext.FastText(
        text, vector_size=5, min_count=1, epochs=2, bucket=61, sg=skip_gram, workers=1, **options
    )
    path = tmp_path / "model.bin"
    fasttext.save_facebook_model(trained, str(path))
    peer = fasttext.load_facebook_model(str(path)).wv
    found = load_fasttext(path)
    assert found.known.words == tuple(peer.index_to_key)
    np.testing.assert_allclose(found.known.matrix, peer.vectors, rtol=1e-5, atol=1e-8)
    counts = [peer.get_vecattr(word, "count") for word in peer.index_to_key]
    assert found.known.counts.tolist() == counts
    if options.get("max_n") != 0:
        unseen = ["ungebacken", "käserei", "한국", "b"]
        got = found.of([*unseen, "brot"])
        for word in (*unseen, "brot"):
            np.testing.assert_allclose(got[word], peer[word], rtol=1e-5, atol=1e-8)

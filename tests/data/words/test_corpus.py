"""Corpora for word vectors: reading, counting, ids, lines, what is held out, and windows."""

from __future__ import annotations

import gzip
import itertools
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from seqjax.data.builtin import docstrings
from seqjax.data.words import text_pieces, word_numbers
from seqjax.data.words.corpus import WordCorpus, from_pieces, word_corpus
from seqjax.data.words.corpus_pieces import CorpusPieces
from seqjax.data.words.subsampling import keep_probability
from seqjax.data.words.text_pieces import SPLITS, pieces

TEXT = "The cat sat.\nThe dog sat, the cat ran\nA bird\n"


def written(folder: Path, text: str, name: str = "a.txt") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def spelled(corpus: WordCorpus) -> list[str]:
    return [corpus.words[k] for k in corpus.ids]


def test_words_by_falling_count_and_the_text_without_rare_ones(tmp_path: Path) -> None:
    corpus = word_corpus([written(tmp_path, TEXT)], minimum=2)
    assert corpus.words == ("the", "cat", "sat")
    assert corpus.counts.tolist() == [3, 2, 2]
    assert spelled(corpus) == ["the", "cat", "sat", "the", "sat", "the", "cat"]
    assert corpus.read == 11
    assert corpus.train == len(corpus.ids)
    assert corpus.starts.tolist() == [0]
    assert corpus.ids.dtype == np.int32


def test_lines_begin_where_they_do_among_the_words_kept(tmp_path: Path) -> None:
    corpus = word_corpus([written(tmp_path, "x y\nrare\n\ny x y\nx")], minimum=2, lines=True)
    assert spelled(corpus) == ["x", "y", "y", "x", "y", "x"]
    assert corpus.starts.tolist() == [0, 2, 5]


def test_size_and_known_words(tmp_path: Path) -> None:
    path = written(tmp_path, TEXT)
    assert word_corpus([path], minimum=1, size=2).words == ("the", "cat")
    corpus = word_corpus([path], minimum=3, words=("bird", "fish"))
    assert corpus.words == ("the", "bird", "fish")
    assert corpus.counts.tolist() == [3, 1, 0]


def test_gzip_pieces_and_folders_of_files_read_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = TEXT * 40
    plain = written(tmp_path, text)
    packed = tmp_path / "a.gz"
    packed.write_bytes(gzip.compress(text.encode()))
    want = word_corpus([plain, plain], minimum=1, lines=True)
    # No word is cut, and none is counted twice, whatever is read and looked at at once.
    monkeypatch.setattr(text_pieces, "BLOCK", 7)
    monkeypatch.setattr(word_numbers, "BLOCK", 7)
    got = word_corpus([packed, plain], minimum=1, lines=True)
    assert got.words == want.words
    for name in ("counts", "ids", "starts"):
        np.testing.assert_array_equal(getattr(got, name), getattr(want, name))


def test_ids_are_on_disk_not_in_memory(tmp_path: Path) -> None:
    corpus = word_corpus([written(tmp_path, TEXT)], minimum=1)
    assert isinstance(corpus.ids, np.memmap)


def test_held_out_words_are_the_end_and_are_not_counted(tmp_path: Path) -> None:
    corpus = word_corpus([written(tmp_path, "a b " * 40 + "c b " * 10)], minimum=1, held_out=0.2)
    assert corpus.words == ("a", "b")
    assert corpus.counts.tolist() == [40, 40]
    assert corpus.train == 80
    assert spelled(corpus)[80:] == ["b"] * 10
    assert corpus.starts.tolist() == [0, 80]  # no window reaches over it


def test_the_rarest_words_are_forgotten_while_counting() -> None:
    """As word2vec: what is too rare when there are too many words, though it come again later."""
    first = ["often"] * 5 + ["late"] + [f"once{k}" for k in range(20)]
    then = ["late"] * 3 + ["often"]
    all_kept = from_pieces(iter([first, then]), minimum=1)
    assert len(all_kept.words) == 22
    few = from_pieces(iter([first, then]), minimum=1, limit=10)
    assert few.words == ("often", "late")
    assert few.counts.tolist() == [6, 3]  # the first "late" is lost
    assert few.read == 30
    known = from_pieces(iter([first, then]), minimum=1, limit=10, words=("once7",))
    assert known.words == ("often", "late", "once7")
    assert known.counts.tolist() == [6, 3, 1]
    with pytest.raises(ValueError, match="limit: got 0"):
        from_pieces(iter([first]), limit=0)


def test_splits() -> None:
    text = "Don't stop—it's 42°, naïve_x!\n"
    assert SPLITS["letters"](text) == ["don", "t", "stop", "it", "s", "naïve", "x", "\n"]
    assert SPLITS["words"]("Don't stop, 42!\n") == ["Don't", "stop", ",", "42", "!", "\n"]
    assert SPLITS["pretokenised"]("a-b  C.\n") == ["a-b", "C.", "\n"]


@pytest.mark.parametrize(
    ("content", "options", "named"),
    [
        (b"", {}, "a.txt: got an empty file"),
        (b"\n\n \n", {}, "0 words of the text"),
        (b"one " * 9, {}, "1 words of the text"),
        (b"a b c", {}, "5 times or more"),
        (b"caf\xe9 au lait", {}, "0xe9, which is not UTF-8"),
        (gzip.compress(b"a b " * 99, mtime=0)[:-9], {}, "broken gzip"),
        (b"a b", {"split": "bytes"}, "split: got 'bytes'"),
        (b"a b", {"minimum": 0}, "minimum: got 0"),
        (b"a b", {"size": 1}, "size: got 1"),
        (b"a b", {"held_out": 1.0}, "held_out"),
    ],
)
def test_bad_input_is_refused(tmp_path: Path, content: bytes, options: dict, named: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=named):
        word_corpus([path], **options)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="got a folder"):
        word_corpus([tmp_path])
    with pytest.raises(ValueError, match="got no file"):
        word_corpus([tmp_path / "none"])
    with pytest.raises(ValueError, match="paths: got none"):
        list(pieces([], str.split))


def random_corpus(count: int = 200, lines: bool = True) -> WordCorpus:
    draw = np.random.default_rng(0)
    text = [f"w{k}" for k in draw.integers(0, 9, count)]
    for place in draw.integers(0, count, 30 if lines else 0):
        text[place] = "\n"
    return from_pieces(iter([text]), minimum=1, lines=lines, held_out=0.25)


def test_windows_end_at_lines_and_pieces() -> None:
    corpus = random_corpus()
    source = CorpusPieces(
        corpus, np.ones(len(corpus.words)), window=3, dynamic=False, length=32
    )  # fmt: skip
    assert len(source) == -(-corpus.train // 32)
    seen = 0
    for k in range(len(source)):
        item = source[k]
        count = int(item["count"])
        here = range(32 * k, 32 * k + count)
        np.testing.assert_array_equal(item["ids"][:count], corpus.ids[here])
        line = [np.searchsorted(corpus.starts, t, side="right") for t in here]
        for t in range(count):
            left = [c for c in range(max(0, t - 3), t) if line[c] == line[t]]
            right = [c for c in range(t + 1, min(count, t + 4)) if line[c] == line[t]]
            assert (item["left"][t], item["right"][t]) == (len(left), len(right))
        assert not any(item[name][count:].any() for name in ("ids", "left", "right"))
        seen += count
    assert seen == corpus.train


def test_windows_reach_over_words_that_were_left_out() -> None:
    corpus = random_corpus(400, lines=False)
    keep = np.where(np.arange(len(corpus.words)) == 0, 0.0, 1.0)
    source = CorpusPieces(corpus, keep, part="valid", window=2, dynamic=False, length=1000)
    (item,) = [source[k] for k in range(len(source))]
    kept = corpus.ids[corpus.train :][corpus.ids[corpus.train :] != 0]
    count = int(item["count"])
    assert count == len(kept) < int(item["read"]) == len(corpus.ids) - corpus.train
    np.testing.assert_array_equal(item["ids"][:count], kept)
    assert item["left"][:4].tolist() == [0, 1, 2, 2]
    assert item["right"][count - 3 : count].tolist() == [2, 1, 0]


def test_radius_is_uniform_and_all_is_drawn_anew_each_epoch_alike_each_time() -> None:
    ids = np.random.default_rng(0).integers(0, 3, 20_000).astype(np.int32)
    counts = np.bincount(ids)
    corpus = WordCorpus(("a", "b", "c"), counts, ids, np.zeros(1, np.int64), len(ids), len(ids))
    keep = np.array([0.2, 0.5, 1.0])
    source = CorpusPieces(corpus, keep, window=4, length=len(ids), seed=3)
    item, again, later = source.at(0, 0), source.at(0, 0), source.at(1, 0)
    count = int(item["count"])
    kept = np.bincount(item["ids"][:count], minlength=3) / counts
    np.testing.assert_allclose(kept, keep, atol=0.03)  # 5 standard deviations
    radii = np.bincount(item["left"][4:count], minlength=5) / (count - 4)
    np.testing.assert_allclose(radii, [0, 0.25, 0.25, 0.25, 0.25], atol=0.02)
    for name in item:
        np.testing.assert_array_equal(item[name], again[name])
    assert not np.array_equal(item["left"], later["left"])


def test_pieces_refuse_what_gives_none() -> None:
    corpus = random_corpus()
    with pytest.raises(ValueError, match="window, length"):
        CorpusPieces(corpus, np.ones(9), window=0)
    with pytest.raises(ValueError, match="no words for valid"):
        CorpusPieces(corpus._replace(train=len(corpus.ids)), np.ones(9), part="valid")
    with pytest.raises(IndexError):
        CorpusPieces(corpus, np.ones(9))[10**6]


def test_keep_probability_is_the_formula() -> None:
    counts = np.array([900, 90, 10, 0])
    for k, count in enumerate(counts[:3]):
        f = count / 1000
        want = min(1.0, (np.sqrt(f / 1e-2) + 1) * 1e-2 / f)  # as word2vec.c writes it
        assert keep_probability(counts, 1e-2)[k] == pytest.approx(want)
        paper = 1 - max(0.0, 1 - np.sqrt(1e-2 / f))
        assert keep_probability(counts, 1e-2, rule="paper")[k] == pytest.approx(paper)
    assert keep_probability(counts, 1e-2)[3] == 1
    assert keep_probability(counts, 0.0).tolist() == [1, 1, 1, 1]
    for wrong in ({"threshold": -1.0}, {"threshold": 2.0}, {"threshold": 0.1, "rule": "other"}):
        with pytest.raises(ValueError, match=r"threshold|rule"):
            keep_probability(counts, **wrong)


def test_python_carries_a_corpus(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each text once; of the files, those whose names come first."""
    first = [*itertools.islice(docstrings._texts(), 300)]
    monkeypatch.setattr(docstrings, "_texts", lambda: iter([*first, *first]))
    texts = docstrings.docstrings.__wrapped__()
    assert set(texts) == set(first)
    assert len(set(texts)) == len(texts) > 250
    some = Counter(word for text in texts for word in SPLITS["letters"](text))
    assert some.total() > 5000
    assert [word for word, _ in some.most_common(2)] == ["\n", "the"]

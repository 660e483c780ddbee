"""What a run of word vectors reads and remembers of its text: counts, phrases."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from word_vector_runs import prepared, text

import seqjax
from seqjax.tasks.word_vectors.config import CorpusConfig
from seqjax.tasks.word_vectors.corpus import as_vocabularies, phrases_of, text_files
from seqjax.tasks.word_vectors.encode import counts_as_text, counts_of


def test_counts_are_those_of_the_training_part(known_run):
    folder, path = known_run
    words = path.read_text().split()
    counts = Counter(words[: int((len(words) + 2) * 0.9)])  # two line ends
    vectors = seqjax.load(folder).vectors()
    assert dict(zip(vectors.words, vectors.counts.tolist(), strict=True)) == counts
    assert np.all(np.diff(vectors.counts) <= 0)
    assert seqjax.load(folder).contexts().counts.tolist() == vectors.counts.tolist()


@pytest.mark.parametrize("counts", [[9, 5, 5, 5, 1], [3], [7, 7, 0, 0]])
def test_counts_in_a_record(counts):
    text = counts_as_text(np.array(counts))
    assert len(text.split()) == len(set(counts))
    again = counts_of({"config": {}, "data": {"counts": text}})
    assert again.dtype == np.int64 and again.tolist() == counts
    assert counts_as_text(np.array([9, 5, 5, 5, 1])) == "9 5x3 1"
    assert counts_of({"config": {}, "data": {}}) is None


def test_phrases_of_each_pass():
    """A pass may find none; a word may hold the sign that joins."""
    phrases = [{("new", "york"), ("snake", "case_name")}, set(), {("new_york", "city")}]
    vocabularies = as_vocabularies(phrases)
    assert list(vocabularies) == ["phrases1", "phrases3"]
    assert phrases_of(CorpusConfig(phrases=3), vocabularies) == phrases
    assert phrases_of(CorpusConfig(), vocabularies) == []


def test_files_by_name_folder_and_pattern(tmp_path):
    for name in ("b.txt", "a.txt", ".hidden", "c.text"):
        (tmp_path / name).write_text("x")
    a, b, c = (tmp_path / name for name in ("a.txt", "b.txt", "c.text"))
    assert text_files([str(tmp_path)]) == [a, b, c]
    assert text_files([f"{tmp_path}/*.txt", str(c)]) == [a, b, c]
    with pytest.raises(ValueError, match="data: got 'nowhere'"):
        text_files([str(a), "nowhere"])


def test_what_is_said_of_the_text(tmp_path):
    run = prepared(text(tmp_path), "--sample=0.01")
    about = run.data_set.about
    assert "1,500 words read, 16 different ones with 1,500 occurrences, " in about
    assert 0.4 < float(about.split("occurrences, ")[1].split("%")[0]) / 100 < 0.7
    glove = prepared(text(tmp_path), "--objective=glove", "--chunk=8").data_set
    assert (run.data_set.unit, glove.unit) == ("words", "entries")
    assert glove.amount == glove.parts["train"].source.entries


def test_held_out_text_without_a_context_is_refused(tmp_path):
    """Subsampling leaves none of its words: there is nothing to measure on."""
    path = tmp_path / "text.txt"
    path.write_text("one cat and two dogs saw that bird " * 30)
    with pytest.raises(ValueError, match=r"held_out, sample: got .*, which leave no word"):
        prepared(path, "--held_out=0.02", "--sample=1e-9")
    assert prepared(path, "--held_out=0.1", "--sample=0").data_set.parts["valid"]

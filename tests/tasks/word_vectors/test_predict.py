"""Neighbours of words by a trained run, and the vectors of any words."""

from __future__ import annotations

import json

import launches
import numpy as np
import pytest
from word_vector_runs import flags_of, text, train

import seqjax
from seqjax import runs
from seqjax.tasks.word_vectors import TASK
from seqjax.vectors import Query, nearest, nearest_to


@pytest.fixture(scope="module")
def ngram_run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ngrams")
    with pytest.MonkeyPatch.context() as patch:
        launches.quick(patch)
        train(folder / "run", flags_of(text(folder), "--buckets=40", "--epochs=1"))
    return runs.load(folder / "run")


def test_one_at_a_time_as_all_at_once(known_run):
    loaded = runs.load(known_run[0])
    words = ["a", "aa - a + b", "c", "dd"]
    whole = loaded.predict(words, count=4)
    assert [answer.word for answer in whole] == words
    for word, answer in zip(words, whole, strict=True):
        (alone,) = loaded.predict([word], count=4)
        assert alone.words == answer.words and len(alone.words) == 4
        np.testing.assert_allclose(alone.similarities, answer.similarities, rtol=1e-5)
    assert loaded.predict("a", count=4) == loaded.predict(["a"], count=4)


def test_neighbours_are_those_of_the_vectors(known_run):
    """By a loop over all words, in float64."""
    loaded = runs.load(known_run[0])
    vectors = loaded.vectors()
    unit = vectors.matrix / np.linalg.norm(vectors.matrix.astype(np.float64), axis=1, keepdims=True)
    row = vectors.words.index("aa")
    order = [k for k in np.argsort(-unit @ unit[row]) if k != row]
    (answer,) = loaded.predict(["aa"], count=15)
    assert answer.words == [vectors.words[k] for k in order]
    np.testing.assert_allclose(answer.similarities, (unit @ unit[row])[order], atol=1e-6)
    (with_own,) = loaded.predict(["aa"], count=3, include=True, metric="euclidean")
    assert with_own.words[0] == "aa" and with_own.similarities[0] == 0


def test_refuses(known_run):
    loaded = runs.load(known_run[0])
    for inputs, options, message in (
        ([], {}, "inputs: got no words"),
        (["zzz"], {}, "word: got 'zzz', which has no vector"),
        (["a + Aa - zzz"], {}, "words: got 'Aa', 'zzz', which have no vectors; .* 'aa' for 'Aa'"),
        (["Aa"], {}, "got 'Aa', which has no vector; did you mean 'aa'"),
        (["a"], {"count": 0}, "count: got 0"),
        (["a"], {"metric": "l2"}, "metric: got 'l2'"),
        (["a"], {"metrik": "cosine"}, "metrik: got 'cosine', .* did you mean metric"),
        (["a b"], {}, "'a b': want words with"),
    ):
        with pytest.raises(ValueError, match=message):
            loaded.predict(inputs, **options)
    with pytest.raises(ValueError, match=r"'zzz', which was not trained; .* --buckets"):
        loaded.vectors_of(["a", "zzz"])


def test_one_unknown_word_does_not_end_the_answers(known_run, monkeypatch, capsys):
    loaded = runs.load(known_run[0])
    asked = ["a", "zzz", "aa + b", "a b", "a - a"]
    answers = loaded.predict(asked, count=2)
    assert [answer.word for answer in answers] == asked
    for number in (0, 2):
        (alone,) = loaded.predict([asked[number]], count=2)
        assert answers[number].words == alone.words and not answers[number].unanswered
    for number, reason in ((1, "'zzz', which has no"), (3, "want words with"), (4, "is zero")):
        assert reason in answers[number].unanswered and not answers[number].words
    assert loaded.predict(["a - a", "a"], count=1, metric="euclidean")[0].words
    ask = (monkeypatch, capsys, TASK, f"--run={known_run[0]}", "--text=zzz", "--text=a")
    lines = launches.predicted(*ask, "--count=1").splitlines()
    assert lines[:3] == ["zzz", "  word: got 'zzz', which has no vector", "a"]
    rows = [json.loads(row) for row in launches.predicted(*ask, "--json").splitlines()]
    assert rows[0]["unanswered"] == "word: got 'zzz', which has no vector"


def test_predict_of_the_command_line(known_run, monkeypatch, capsys):
    run = f"--run={known_run[0]}"
    out = launches.predicted(
        monkeypatch, capsys, TASK, run, "--text=a", "--text=a + b", "--count=2"
    )
    lines = out.splitlines()
    assert [line for line in lines if not line.startswith(" ")] == ["a", "a + b"]
    (answer,) = runs.load(known_run[0]).predict(["a"], count=2)
    shown = [line.split() for line in lines[1:3]]
    assert [word for word, _ in shown] == answer.words
    assert [score for _, score in shown] == [f"{value:.4f}" for value in answer.similarities]
    rows = launches.predicted(monkeypatch, capsys, TASK, run, "--text=a", "--json", "--count=2")
    assert json.loads(rows) == answer._asdict()


def test_words_that_were_not_trained(ngram_run):
    """By their n-grams: alone, in sums, and whatever the metric."""
    loaded, known = ngram_run, ngram_run.vectors()
    new = loaded.vectors_of(["abab", "aa"])
    np.testing.assert_array_equal(new["aa"], known["aa"])
    for metric in ("cosine", "euclidean"):
        (answer,) = loaded.predict(["abab"], count=3, metric=metric)
        want = nearest_to(known, new.matrix[:1], 3, metric=metric)[0]
        assert answer.words == [word for word, _ in want]
        np.testing.assert_allclose(answer.similarities, [x for _, x in want], rtol=1e-5)
    unit = new["abab"] / np.linalg.norm(new["abab"].astype(np.float64))
    (answer,) = loaded.predict(["abab - aa + b"], count=3)
    (want,) = nearest(known, [Query((unit, "b"), ("aa",))], 3)
    assert answer.words == [word for word, _ in want]
    np.testing.assert_allclose(answer.similarities, [x for _, x in want], rtol=1e-5)
    assert not {"aa", "b"} & set(answer.words)
    with pytest.raises(ValueError, match="want words with"):
        loaded.predict(["abab aa"])


def test_what_a_run_has(known_run):
    loaded = seqjax.load(known_run[0])
    assert {"vectors", "contexts", "vectors_of"} <= set(dir(loaded))
    assert "skip_gram (negative): 16 words as 6 numbers" in loaded.summary()
    assert "output" in loaded.summary()

"""Nearest words, analogies, the odd one out: against loops in NumPy, and against gensim."""

from __future__ import annotations

import importlib
import itertools

import numpy as np
import pytest
from vector_toys import drawn

from seqjax.vectors import (
    KeyedVectors,
    Query,
    nearest,
    nearest_to,
    odd_one_out,
    parse,
    similarities,
    solve,
)

VECTORS = drawn(60, 8)
QUESTIONS = [("w1", "w2", "w3"), ("w4", "w5", "w6"), ("w7", "w8", "w7")]


@pytest.fixture(scope="module")
def peer():
    """The same vectors in gensim."""
    models = pytest.importorskip("gensim.models", reason="compared with gensim")
    found = models.KeyedVectors(VECTORS.width)
    found.add_vectors(list(VECTORS.words), VECTORS.matrix)
    return found


def same(got, want, tolerance=2e-6):
    """Equal words and, to rounding, equal scores."""
    assert [word for word, _ in got] == [word for word, _ in want]
    np.testing.assert_allclose([x for _, x in got], [x for _, x in want], atol=tolerance)


def cosine(a, b):
    a, b = a.astype(np.float64), b.astype(np.float64)
    return a @ b / np.sqrt((a @ a) * (b @ b))


def test_similarities():
    pairs = [("w0", "w1"), ("w5", "w5"), ("w9", "w3")]
    want = [cosine(VECTORS[a], VECTORS[b]) for a, b in pairs]
    np.testing.assert_allclose(similarities(VECTORS, pairs), want, atol=1e-7)
    want = [np.sqrt(((VECTORS[a] - VECTORS[b]).astype(float) ** 2).sum()) for a, b in pairs]
    found = similarities(VECTORS, pairs, metric="euclidean")
    np.testing.assert_allclose(found, want, rtol=1e-6, atol=1e-12)
    assert similarities(VECTORS, []).shape == (0,)


def test_nearest_words_by_cosine(peer):
    words = ["w0", "w17", "w59"]
    for word, found in zip(words, nearest(VECTORS, words, 7), strict=True):
        same(found, peer.most_similar(word, topn=7))


def test_nearest_to_a_sum_of_words(peer):
    query = parse("w3 - w4 + w5")
    assert query == Query(("w3", "w5"), ("w4",))
    (found,) = nearest(VECTORS, [query], 5)
    # gensim takes the mean of the three, whose direction is the same.
    same(found, peer.most_similar(positive=["w3", "w5"], negative=["w4"], topn=5))


def test_nearest_words_by_distance():
    (found,) = nearest(VECTORS, ["w7"], 59, metric="euclidean")
    want = sorted(
        (float(np.linalg.norm(VECTORS[word].astype(float) - VECTORS["w7"])), word)
        for word in VECTORS.words
        if word != "w7"
    )
    same(found, [(word, score) for score, word in want])


def test_small_distances_are_exact():
    far = np.array([[1000.0, 1000], [1000, 1000.001], [1001, 1000]], np.float32)
    vectors = KeyedVectors(("a", "b", "c"), far)
    (found,) = nearest(vectors, ["a"], 2, metric="euclidean")
    assert found[0].score == pytest.approx(float(far[1, 1] - far[0, 1]), rel=1e-6)
    assert [word for word, _ in found] == ["b", "c"]


def test_own_words_are_left_out_or_not():
    (found,) = nearest(VECTORS, ["w7"], 100)
    assert len(found) == 59
    assert "w7" not in [word for word, _ in found]
    for metric, score in (("cosine", 1), ("euclidean", 0)):
        (found,) = nearest(VECTORS, ["w7"], 2, metric=metric, exclude=False)
        assert found[0] == ("w7", pytest.approx(score, abs=1e-6))
    short, long = nearest(VECTORS, ["w0", Query(("w1", "w2", "w3"))], 60)
    assert (len(short), len(long)) == (59, 57)


def test_the_batch_does_not_matter(monkeypatch):
    words = VECTORS.words[:11]
    whole = nearest(VECTORS, words, 3)
    # The function of that name hides the module from a dotted name.
    module = importlib.import_module("seqjax.vectors.nearest")
    monkeypatch.setattr(module, "SCORES", 60 * 4)
    for got, want in zip(nearest(VECTORS, words, 3), whole, strict=True):
        same(got, want, 1e-6)
    assert nearest(VECTORS, []) == []


def test_any_point():
    point = VECTORS["w3"] * 5
    assert nearest_to(VECTORS, point[None], 1)[0][0].word == "w3"
    assert nearest_to(VECTORS, point[None] / 5, 1, metric="euclidean")[0][0].word == "w3"
    # A point without direction is as far from all, and nothing is undefined.
    assert [score for _, score in nearest_to(VECTORS, point[None] * 0, 3)[0]] == [0, 0, 0]


def score(word, question, method):
    a, b, c = (cosine(VECTORS[word], VECTORS[other]) for other in question)
    if method == "3CosMul":
        return (1 + b) / 2 * (1 + c) / 2 / ((1 + a) / 2 + 1e-6)
    a, b, c = (VECTORS[other] / np.linalg.norm(VECTORS[other]) for other in question)
    return cosine(VECTORS[word], b - a + c)


@pytest.mark.parametrize("method", ["3CosAdd", "3CosMul"])
@pytest.mark.parametrize("exclude", [True, False])
def test_analogies(method, exclude):
    found = solve(VECTORS, QUESTIONS, 4, method=method, exclude=exclude)
    for question, answers in zip(QUESTIONS, found, strict=True):
        words = [word for word in VECTORS.words if not (exclude and word in question)]
        want = sorted(
            ((word, score(word, question, method)) for word in words), key=lambda x: -x[1]
        )
        same(answers, want[:4], 1e-5)


@pytest.mark.filterwarnings("ignore:Call to deprecated `init_sims`:DeprecationWarning")
def test_analogies_as_gensim_has_them(peer):
    a, b, c = QUESTIONS[0]
    (added,) = solve(VECTORS, [(a, b, c)], 5)
    same(added, peer.most_similar(positive=[b, c], negative=[a], topn=5))
    (multiplied,) = solve(VECTORS, [(a, b, c)], 5, method="3CosMul")
    same(multiplied, peer.most_similar_cosmul(positive=[b, c], negative=[a], topn=5), 1e-5)


def test_the_odd_one_out(peer):
    for words in itertools.combinations(VECTORS.words[:6], 4):
        assert odd_one_out(VECTORS, words) == peer.doesnt_match(words)
    vectors = KeyedVectors(("a", "b", "c"), np.array([[9.0, 1], [1, 0.1], [0, 5]]))
    assert odd_one_out(vectors, ["a", "b", "c"]) == "c"


WORDS = {
    "king - man + woman": Query(("king", "woman"), ("man",)),
    "  mother-in-law ": Query(("mother-in-law",)),
    "- bad": Query((), ("bad",)),
    "+ a + a": Query(("a", "a")),
}


@pytest.mark.parametrize("text", WORDS)
def test_expressions(text):
    assert parse(text) == WORDS[text]


@pytest.mark.parametrize("text", ["", " ", "a +", "a b", "a - - b", "a b c", "+ - a b"])
def test_no_expressions(text):
    with pytest.raises(ValueError, match="want words with"):
        parse(text)


WRONG = {
    "a word": (lambda: nearest(VECTORS, ["w99"]), "word: got 'w99', which has no vector"),
    "no words": (lambda: nearest(VECTORS, [Query(())]), "query: got no words"),
    "metric": (lambda: nearest(VECTORS, ["w1"], metric="cosin"), "did you mean 'cosine'"),
    "metric of pairs": (lambda: similarities(VECTORS, [], metric="l2"), "metric: got 'l2'"),
    "count": (lambda: nearest(VECTORS, ["w1"], 0), "count: got 0"),
    "width": (lambda: nearest_to(VECTORS, np.ones((1, 3))), "points: got width 3"),
    "method": (lambda: solve(VECTORS, QUESTIONS, method="add"), "method: got 'add'"),
    "a word of a question": (lambda: solve(VECTORS, [("x", "w1", "w2")]), "word: got 'x'"),
    "two words": (lambda: odd_one_out(VECTORS, ["w1", "w2", "w1"]), "words: got 2 different"),
}


@pytest.mark.parametrize("name", WRONG)
def test_refused(name):
    call, message = WRONG[name]
    with pytest.raises(ValueError, match=message):
        call()

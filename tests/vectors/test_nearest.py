"""Nearest words and analogies: against loops in NumPy, and against gensim."""

from __future__ import annotations

import importlib

import numpy as np
import pytest
from vector_toys import cosine, drawn, gensim_vectors, same

from seqjax.vectors import (
    KeyedVectors,
    Query,
    nearest,
    nearest_to,
    parse,
    solve,
)

VECTORS = drawn(60, 8)
QUESTIONS = [("w1", "w2", "w3"), ("w4", "w5", "w6"), ("w7", "w8", "w7")]


@pytest.fixture(scope="module")
def peer():
    """The same vectors in gensim."""
    return gensim_vectors(VECTORS)


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


def test_sums_with_weights_and_vectors(peer):
    vector = np.linspace(-1, 1, 8)
    queries = [
        Query((("w3", 2.0), "w5", (vector, 0.5)), (("w4", 0.3),)),
        Query((vector,)),
        Query((), ("w2", ("w9", 0.25))),
    ]
    wants = [
        {"positive": [("w3", 2.0), "w5", (vector, 0.5)], "negative": [("w4", -0.3)]},
        {"positive": [vector]},
        {"negative": ["w2", ("w9", -0.25)]},
    ]
    for got, want in zip(nearest(VECTORS, queries, 6), wants, strict=True):
        same(got, peer.most_similar(**want, topn=6))
    point = 2 * VECTORS["w3"] + VECTORS["w5"] + 0.5 * vector - 0.3 * VECTORS["w4"]
    far = [(float(np.linalg.norm(VECTORS[w] - point)), w) for w in VECTORS.words]
    want = sorted((x, w) for x, w in far if w not in {"w3", "w4", "w5"})[:6]
    (got,) = nearest(VECTORS, queries[:1], 6, metric="euclidean")
    same(got, [(word, score) for score, word in want], 1e-5)


@pytest.mark.parametrize("exclude", [True, False])
def test_among_the_commonest(peer, exclude):
    queries = ["w3", "w30", parse("w1 + w40 - w2")]
    for query, got in zip(queries, nearest(VECTORS, queries, 50, commonest=20, exclude=exclude),
                          strict=True):  # fmt: skip
        plus, minus = query if isinstance(query, Query) else ((query,), ())
        own = {*plus, *minus} if exclude else set()
        assert {word for word, _ in got} == {*VECTORS.words[:20]} - own
        if exclude:
            want = peer.most_similar(positive=plus, negative=minus, topn=50, restrict_vocab=20)
            same(got, want)
    (got,) = nearest(VECTORS, ["w30"], 50, commonest=20, metric="euclidean", exclude=exclude)
    assert len(got) == 20


def test_vectors_of_zeros_are_no_answers():
    """By the distance they are; a cosine with them is not defined."""
    vectors = KeyedVectors(("a", "b", "zero", "c"), np.array([[1.0, 0], [0, 1], [0, 0], [-1, 0]]))
    (got,) = nearest(vectors, ["a"], 9)
    same(got, [("b", 0), ("c", -1)])
    (got,) = nearest_to(vectors, np.array([[1.0, 0.1]]), 9)
    assert [word for word, _ in got] == ["a", "b", "c"]
    (got,) = nearest(vectors, ["a"], 1, metric="euclidean")
    assert got == [("zero", 1)]
    for method in ("3CosAdd", "3CosMul"):
        (got,) = solve(vectors, [("a", "b", "c")], 9, method=method, exclude=False)
        assert {word for word, _ in got} == {"a", "b", "c"}
        with pytest.raises(ValueError, match="got 'zero', whose vector is zero"):
            solve(vectors, [("a", "zero", "c")], method=method)
    for query in ("zero", parse("a - zero")):
        with pytest.raises(ValueError, match="got 'zero', whose vector is zero"):
            nearest(vectors, [query])
    assert nearest(vectors, ["zero"], 1, metric="euclidean")[0][0].score == 1


def test_an_analogy_without_a_direction_has_no_answer():
    """b - a + c is zero; the product of the cosines is there all the same."""
    rows = [[0, 0, 0, 1], [0.5, 0.5, 0.5, 0.5], [-0.5, -0.5, -0.5, 0.5], [1, 0, 0, 0]]
    vectors = KeyedVectors(("a", "b", "c", "d"), np.array(rows))
    none, some = solve(vectors, [("a", "b", "c"), ("a", "b", "d")], 1)
    assert (none, some[0].word) == ([], "c")
    assert solve(vectors, [("a", "b", "c")], 1, method="3CosMul")[0][0].word == "d"


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
    assert nearest_to(VECTORS, point[None] * 1e-30, 1)[0][0] == ("w3", pytest.approx(1, abs=1e-6))


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
    "count": (lambda: nearest(VECTORS, ["w1"], 0), "count: got 0"),
    "width": (lambda: nearest_to(VECTORS, np.ones((1, 3))), "points: got width 3"),
    "method": (lambda: solve(VECTORS, QUESTIONS, method="add"), "method: got 'add'"),
    "a word of a question": (lambda: solve(VECTORS, [("x", "w1", "w2")]), "word: got 'x'"),
    "a sum of zero": (lambda: nearest(VECTORS, [parse("w1 - w1")]), "query 'w1' - 'w1': got a sum"),
    "a point of zero": (lambda: nearest_to(VECTORS, np.zeros((1, 8))), "points: got zeros.*row 0"),
    "no point": (lambda: nearest_to(VECTORS, np.full((1, 8), np.nan)), "points: got zeros, or no"),
    "no numbers": (lambda: nearest(VECTORS, [Query((np.full(8, np.inf),))]), "want 8 finite"),
    "another width": (lambda: nearest(VECTORS, [Query((np.ones(3),))]), r"vector of shape \(3,\)"),
    "commonest": (lambda: nearest(VECTORS, ["w1"], commonest=0), "commonest: got 0"),
}


@pytest.mark.parametrize("name", WRONG)
def test_refused(name):
    call, message = WRONG[name]
    with pytest.raises(ValueError, match=message):
        call()

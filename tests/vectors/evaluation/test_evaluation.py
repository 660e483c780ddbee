"""The analogy test and similarity sets: conventions on paper, gensim's figures, known figures."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from vector_toys import GLOVE, drawn, real, shared

from seqjax.vectors import (
    KeyedVectors,
    analogy_test,
    read_analogies,
    read_pairs,
    similarity_test,
    totals,
)
from seqjax.vectors.evaluation.analogy_test import Section
from seqjax.vectors.evaluation.similarity_sets import Pair, ranks, spearman

# Exact analogies: man woman king queen, and a plural each.
SQUARE = KeyedVectors(
    ("man", "woman", "king", "queen", "Queen", "kings", "queens", "far"),
    np.array(
        [
            [1, 0, 0, 0],
            [1, 1, 0, 0],
            [1, 0, 1, 0],
            [1, 1, 1, 0],
            [-1, 0, 5, 0],
            [1, 0, 1, 3],
            [1, 1, 1, 3],
            [-3, -3, -3, 0],
        ],
        float,
    ),
)
SECTIONS = [
    Section("family", (("man", "woman", "king", "queen"), ("man", "woman", "prince", "princess"))),
    Section("gram8-plural", (("man", "woman", "kings", "queens"), ("KING", "king", "man", "man"))),
    Section("empty", ()),
]


def test_denominators():
    scores = analogy_test(SQUARE, SECTIONS)
    assert [tuple(score) for score in scores] == [
        ("family", 2, 1, 1),
        ("gram8-plural", 2, 2, 1),
        ("empty", 0, 0, 0),
    ]
    assert (scores[0].answered_only, scores[0].oov_wrong) == (1.0, 0.5)
    assert math.isnan(scores[2].answered_only)
    found = totals(scores)
    assert tuple(found["total"]) == ("total", 4, 3, 2)
    assert tuple(found["semantic"])[1:] == (2, 1, 1)
    assert tuple(found["syntactic"])[1:] == (2, 2, 1)
    assert (found["total"].answered_only, found["total"].oov_wrong) == (2 / 3, 0.5)


def test_limit_case_and_exclusion():
    (few, *_) = analogy_test(SQUARE, SECTIONS, limit=3)
    assert tuple(few) == ("family", 2, 0, 0)
    exact = analogy_test(SQUARE, SECTIONS, case="exact")
    assert tuple(exact[1]) == ("gram8-plural", 2, 1, 1)
    kept = analogy_test(SQUARE, SECTIONS, exclude=False)
    assert tuple(kept[1]) == ("gram8-plural", 2, 2, 2), "man, a word of the question, is right"


def test_another_spelling_is_as_good():
    vectors = KeyedVectors(
        ("a", "b", "c", "d", "D"),
        np.array([[1, 0, 0.0], [0, 1, 0], [1, 0, 1], [9, 0, -1], [0, 1, 1]]),
    )
    sections = [Section("s", (("a", "b", "c", "d"),))]
    assert analogy_test(vectors, sections)[0].correct == 1
    assert analogy_test(vectors, sections, case="exact")[0].correct == 0


def test_another_spelling_of_a_word_of_the_question_is_no_answer():
    vectors = KeyedVectors(
        ("a", "b", "c", "d", "C"),
        np.array([[1, 0, 0.0], [0, 1, 0], [1, 0, 1], [0, 1, 0.2], [-0.3, 1, 0.7]]),
    )
    sections = [Section("s", (("a", "b", "c", "d"),))]
    assert analogy_test(vectors, sections)[0].correct == 1
    assert analogy_test(vectors, sections, case="exact")[0].correct == 0


@pytest.fixture(scope="module")
def grid():
    """Vectors in which many analogies hold, and many do not; and questions as in a file."""
    draw = np.random.default_rng(3)
    rows, columns = draw.normal(size=(12, 10)), draw.normal(size=(5, 10))
    words = [f"{'aB'[i % 2]}{i}x{j}" for i in range(12) for j in range(5)]
    matrix = (rows[:, None] + columns + 0.45 * draw.normal(size=(12, 5, 10))).reshape(60, 10)
    words += ["A0X0", "a4x1".upper(), "other"]
    matrix = np.concatenate([matrix, draw.normal(size=(3, 10))])
    lines = []
    for j in range(4):
        lines.append(f": {'gram' if j > 1 else ''}section{j}")
        for i in range(11):
            names = [f"{'aB'[r % 2]}{r}x{c}" for r, c in ((i, j), (i, 4), (i + 1, j), (i + 1, 4))]
            lines.append(" ".join(names if i % 4 else [*names[:3], "unknown"]))
    return KeyedVectors(tuple(words), matrix.astype(np.float32)), "\n".join(lines) + "\n"


@pytest.mark.parametrize("limit", [None, 40])
@pytest.mark.parametrize("case", ["fold", "exact"])
def test_the_same_counts_as_gensim(grid, tmp_path, limit, case):
    models = pytest.importorskip("gensim.models", reason="compared with gensim")
    vectors, text = grid
    path = tmp_path / "questions.txt"
    path.write_text(text)
    peer = models.KeyedVectors(vectors.width)
    peer.add_vectors(list(vectors.words), vectors.matrix)
    scores = analogy_test(vectors, read_analogies(path), limit=limit, case=case)
    for unknown, rate in ((False, "answered_only"), (True, "oov_wrong")):
        overall, sections = peer.evaluate_word_analogies(
            str(path),
            restrict_vocab=limit or len(vectors),
            case_insensitive=case == "fold",
            dummy4unknown=unknown,
        )
        assert getattr(totals(scores)["total"], rate) == pytest.approx(overall, abs=1e-12)
        assert [score.correct for score in scores] == [len(s["correct"]) for s in sections[:-1]]
    assert 0 < totals(scores)["total"].correct < totals(scores)["total"].answered


def test_ranks_share_what_is_equal():
    assert ranks(np.array([5.0, 1, 5, 2, 5])).tolist() == [4, 1, 4, 2, 4]


def test_spearman_against_scipy():
    stats = pytest.importorskip("scipy.stats", reason="compared with SciPy")
    draw = np.random.default_rng(0)
    for _ in range(20):
        a, b = draw.integers(0, 6, size=(2, 15)).astype(float)
        assert spearman(a, b) == pytest.approx(stats.spearmanr(a, b).statistic, abs=1e-14)
    assert math.isnan(spearman(np.ones(4), np.arange(4.0)))
    assert math.isnan(spearman(np.ones(1), np.ones(1)))
    assert math.isnan(spearman(np.ones(0), np.ones(0)))


def test_similarity_as_gensim_has_it(tmp_path):
    models = pytest.importorskip("gensim.models", reason="compared with gensim")
    vectors = drawn(30)
    peer = models.KeyedVectors(vectors.width)
    peer.add_vectors(list(vectors.words), vectors.matrix)
    draw = np.random.default_rng(1)
    path = tmp_path / "pairs.tsv"
    pairs = draw.permutation(list(itertools.combinations(range(40), 2)))[:80]
    rows = [f"w{a}\tW{b}\t{draw.integers(10) / 2}" for a, b in pairs]
    path.write_text("# a comment\n" + "\n".join(rows) + "\n")
    found = similarity_test(vectors, read_pairs(path))
    _, (rho, _), unknown = peer.evaluate_word_pairs(str(path))
    assert found.spearman == pytest.approx(rho, abs=1e-12)
    assert (found.pairs, found.covered) == (80, round(80 * (1 - unknown / 100)))
    exact = similarity_test(vectors, read_pairs(path), case="exact")
    assert exact.covered == 0
    assert math.isnan(exact.spearman)


ZERO = KeyedVectors(
    ("a", "b", "c", "d", "zero"),
    np.array([[1, 0, 0], [0, 1, 0], [1, 0, 1], [0, 1, 1], [0, 0, 0.0]]),
)


def test_words_whose_vector_is_zero_are_not_covered():
    """A cosine with them is not 0, it is not defined."""
    pairs = [Pair("a", "b", 1), Pair("a", "c", 3), Pair("c", "d", 2)]
    wrong = [Pair("a", "zero", 4), Pair("zero", "zero", 5), Pair("x", "a", 6)]
    found = similarity_test(ZERO, [*pairs, *wrong])
    assert (found.covered, found.pairs) == (3, 6)
    assert found.spearman == similarity_test(ZERO, pairs).spearman == 1
    sections = [
        Section("s", (("a", "b", "c", "d"), ("a", "b", "zero", "d"), ("a", "b", "c", "zero")))
    ]
    (score,) = analogy_test(ZERO, sections)
    assert tuple(score) == ("s", 3, 1, 1)


def test_files_of_pairs(tmp_path):
    path = tmp_path / "pairs"
    path.write_bytes(b"# words\r\na b 1.5\r\n\r\nc\td e\t2\r\n")
    assert read_pairs(path) == [Pair("a", "b", 1.5), Pair("c", "d e", 2.0)]


WRONG = {
    "three words": (read_analogies, ": s\na b c d\na b c\n", "line 3: got 3 words, want four"),
    "no section": (read_analogies, "a b c d\n", "line 1: want a section"),
    "no questions": (read_analogies, ": s\n: t\n", "got no questions"),
    "an empty file": (read_pairs, "", "got an empty file"),
    "only comments": (read_pairs, "# a\n", "got no pairs"),
    "no number": (read_pairs, "a b 1\nc d much\n", "line 2: got 'much', want a finite number"),
    "not finite": (read_pairs, "a b nan\n", "line 1: got 'nan', want a finite number"),
    "two fields": (read_pairs, "a b\n", "line 1: got 'a b', want two words and a number"),
}


@pytest.mark.parametrize("name", WRONG)
def test_broken_files(name, tmp_path):
    reader, text, message = WRONG[name]
    path = tmp_path / "file.txt"
    path.write_text(text)
    with pytest.raises(ValueError, match=rf"file\.txt.*{message}"):
        reader(path)


def test_refused():
    with pytest.raises(ValueError, match="method: got 'add'"):
        analogy_test(SQUARE, SECTIONS, method="add")
    with pytest.raises(ValueError, match="case: got 'lower'"):
        analogy_test(SQUARE, SECTIONS, case="lower")
    with pytest.raises(ValueError, match="count: got 0"):
        analogy_test(SQUARE, SECTIONS, limit=0)


def test_known_figures_of_glove():
    vectors = real(GLOVE)
    sections = read_analogies(shared("word_vector_eval/questions-words.txt"))
    scores = analogy_test(vectors, sections)
    (family,) = (score for score in scores if score.name == "family")
    assert (family.correct, family.answered) == (68, 72)
    total = totals(scores)["total"]
    assert (total.questions, total.answered) == (19544, 483)
    assert round(total.answered_only, 2) == 0.77
    for name, rho, covered in (("EN-WS-353-ALL", 0.56, 49), ("EN-SIMLEX-999", 0.20, 136)):
        found = similarity_test(vectors, read_pairs(shared(f"word_vector_eval/{name}.txt")))
        assert (round(found.spearman, 2), found.covered) == (rho, covered)


def test_cosines_that_differ_by_rounding_have_no_order():
    """All pairs point the same way: no correlation, whatever float32 makes of them."""
    draw = np.random.default_rng(0)
    rows = draw.normal(size=(30, 5)).astype(np.float32)
    words = [f"{side}{n}" for side in "ab" for n in range(30)]
    vectors = KeyedVectors(tuple(words), np.concatenate([rows, np.float32(3.7) * rows]))
    pairs = [Pair(f"a{n}", f"b{n}", float(n)) for n in range(30)]
    assert np.isnan(similarity_test(vectors, pairs).spearman)

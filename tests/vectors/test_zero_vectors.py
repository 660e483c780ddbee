"""Vectors of zeros: a cosine with one is not defined, so that no figure is made of it."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from seqjax.vectors import (
    KeyedVectors,
    Query,
    closer_than,
    mean_vector,
    nearest,
    nearest_by_product,
    nearest_to,
    odd_one_out,
    parse,
    set_similarity,
    similarities,
    solve,
)
from seqjax.vectors.bias.before_after import most_biased_neutral
from seqjax.vectors.bias.biased_analogies import biased_analogies
from seqjax.vectors.bias.debias import hard_debias
from seqjax.vectors.bias.direction import Subspace, mean_difference, principal
from seqjax.vectors.bias.measures import direct_bias, extremes
from seqjax.vectors.bias.null_space import null_space
from seqjax.vectors.bias.soft_debias import soft_debias
from seqjax.vectors.bias.weat import AssociationTest, weat

ROWS = [[1, 0.1, 0], [1, 0.3, 0.1], [0.1, 1, 0.2], [0.2, 1, 0], [1, 0, 0.1], [0.1, 0, 1]]
WORDS = ("a", "b", "c", "d", "e", "f")
VECTORS = KeyedVectors((*WORDS, "zero"), np.array([*ROWS, [0, 0, 0]]))
G = np.array([1.0, 0, 0])


@pytest.mark.parametrize("ask", [nearest, nearest_by_product])
def test_they_are_no_neighbours(ask) -> None:
    for query in ("a", parse("a - b + c"), Query((G,))):
        (answers,) = ask(VECTORS, [query], 9, exclude=False)
        assert {word for word, _ in answers} == set(WORDS)
    assert {word for word, _ in nearest_to(VECTORS, G[None], 9)[0]} == set(WORDS)
    assert "zero" not in [word for word, _ in closer_than(VECTORS, "a", "c")]
    for method in ("3CosAdd", "3CosMul"):
        (answers,) = solve(VECTORS, [("a", "b", "c")], 9, method=method, exclude=False)
        assert {word for word, _ in answers} == set(WORDS)


def test_it_is_said_how_many() -> None:
    assert VECTORS.about_zeros.startswith("1 of 7 vectors is zero")
    assert VECTORS.first(6).about_zeros == ""


def test_measures_of_bias_do_not_cover_them() -> None:
    share = direct_bias(VECTORS, ["a", "zero", "x"], G)
    assert share == (direct_bias(VECTORS, ["a"], G).value, 1, 3)
    test = AssociationTest("t", ("a", "b", "zero"), ("c", "d"), ("e", "zero"), ("f",))
    got = weat(VECTORS, test, key=jax.random.key(0))
    without = AssociationTest("t", ("a", "b"), ("c", "d"), ("e",), ("f",))
    want = weat(VECTORS, without, key=jax.random.key(0))
    assert got[:4] == want[:4]
    assert got.covered["first_target"] == (2, 3) and got.covered["first_attribute"] == (1, 2)
    for find in (mean_difference, principal):
        space = find(VECTORS, [("a", "c"), ("a", "zero")])
        assert (space.used, space.missing) == ((("a", "c"),), (("a", "zero"),))
    assert extremes(VECTORS, [*WORDS, "zero"], G, 3)[1] == ["c", "f", "d"]
    with pytest.raises(ValueError, match="count: got 1 with 1 words"):
        extremes(VECTORS, ["a", "zero"], G, 1)
    lists = type("Lists", (), {"neutral": ("zero", "a")})
    space = mean_difference(VECTORS, [("a", "c")])
    assert most_biased_neutral(VECTORS, lists, space, 9) == ["a"]
    assert "zero" not in str(biased_analogies(VECTORS, G))


def test_removal_leaves_them_zero_and_pairs_them_with_nothing() -> None:
    space = mean_difference(VECTORS, [("a", "c")])
    hard = hard_debias(VECTORS, space, (), [("b", "zero"), ("a", "c")])
    assert (hard.equalized, hard.skipped) == ((("a", "c"),), (("b", "zero"),))
    soft = soft_debias(VECTORS, ["b"], space)
    for vectors in (hard.vectors, soft.vectors):
        assert not vectors["zero"].any()
        np.testing.assert_allclose(np.linalg.norm(vectors.matrix[:6], axis=1), 1)


def test_a_word_that_lies_in_what_is_taken_out_is_zero_and_no_rounding() -> None:
    draw = np.random.default_rng(0)
    sides = np.concatenate([[1, 0, 0] + draw.normal(size=(8, 3)) / 99,
                            [-1, 0, 0] + draw.normal(size=(8, 3)) / 99])  # fmt: skip
    words = tuple(f"w{n}" for n in range(16))
    vectors = KeyedVectors((*words, "bias"), np.concatenate([sides, [[1, 0, 0]]]))
    result = null_space(vectors, words[:8], words[8:], rounds=1, key=jax.random.key(0))
    (line,) = np.linalg.svd(np.eye(3) - result.projection)[2][:1]
    inside = vectors.replaced(np.concatenate([sides, line[None]]))
    again = null_space(inside, words[:8], words[8:], rounds=1, key=jax.random.key(0))
    assert not again.vectors["bias"].any()
    assert again.vectors.directed.sum() == 16


def test_sums_that_are_zero_but_for_rounding_have_no_direction() -> None:
    draw = np.random.default_rng(0)
    vectors = KeyedVectors(tuple("abc"), draw.normal(size=(3, 7)).astype(np.float32))
    for text in ("a - a", "a + b + c - a - b - c", "a + a + a - a - a - a"):
        with pytest.raises(ValueError, match="sum that is zero"):
            nearest(vectors, [parse(text)])
    tiny = vectors["a"].astype(np.float64) * 1e-30
    assert nearest(vectors, [Query((tiny,))], 1)[0][0].word == "a"
    third = -(vectors.unit[0].astype(float) + vectors.unit[1])
    opposed = KeyedVectors(tuple("abc"), np.stack([*vectors.unit[:2], third]).astype(np.float32))
    for call in (
        lambda: mean_vector(opposed, ["a", "b", "c"], pre_normalize=False, post_normalize=True),
        lambda: set_similarity(opposed, ["a", "b", "c"], ["a"]),
    ):
        with pytest.raises(ValueError, match="words: got a sum that is zero"):
            call()
    star = KeyedVectors(tuple("abc"), np.array([[1, 0], [-0.5, 0.75**0.5], [-0.5, -(0.75**0.5)]]))
    with pytest.raises(ValueError, match="words: got a sum that is zero"):
        odd_one_out(star, ["a", "b", "c"])
    assert solve(star, [("a", "b", "a")], exclude=False)[0][0].word == "b"
    corner = KeyedVectors(tuple("abc"), np.array([[0.5, 0.75**0.5], [1, 0], [-0.5, 0.75**0.5]]))
    assert solve(corner.replaced(corner.matrix.astype(np.float32)), [("a", "b", "c")]) == [[]]


def test_words_that_differ_by_rounding_have_no_difference() -> None:
    line = np.array([[1, 2, 3]], np.float32)
    vectors = KeyedVectors(("a", "b", "c"), np.concatenate([line * 0.3, line * 0.7, [[0, 0, 1]]]))
    assert (vectors.units(["a"]) != vectors.units(["b"])).any()
    with pytest.raises(ValueError, match="pairs: got differences whose sum is zero"):
        mean_difference(vectors, [("a", "b")])
    with pytest.raises(ValueError, match="components: got 1, want 0 at most"):
        principal(vectors, [("a", "b")])
    pairs = biased_analogies(vectors, np.array([1.0, -2.0, 1.0]))
    assert not [pair for pair in pairs if {pair.first, pair.second} == {"a", "b"}]


@pytest.mark.parametrize("size", [1e-300, 1e-200, 1e-45, 1e38, 1e200, 1e300])
def test_neither_large_nor_small_numbers_are_taken_for_zeros(size) -> None:
    vectors = KeyedVectors(("a", "b", "c"), np.array([[3.0, 4], [4, 3], [0, 0]]) * size)
    assert vectors.directed.tolist() == [True, True, False]
    assert similarities(vectors, [("a", "b")])[0] == pytest.approx(0.96)
    assert nearest(vectors, ["a"])[0] == [("b", pytest.approx(0.96))]
    assert direct_bias(vectors, ["a"], np.array([size, 0])).value == pytest.approx(0.6)


def test_a_direction_of_zeros_is_refused() -> None:
    with pytest.raises(ValueError, match=r"direction: got shape .* and length 0"):
        biased_analogies(VECTORS, 0 * G)
    with pytest.raises(ValueError, match=r"direction: got .* length nan"):
        biased_analogies(VECTORS, G * np.nan)
    assert isinstance(mean_difference(VECTORS, [("a", "c")]), Subspace)

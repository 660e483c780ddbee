"""A bias found and removed by name: which words are looked at, and what is refused."""

from __future__ import annotations

import dataclasses

import jax
import numpy as np
import pytest
from vector_toys import drawn, gendered

from seqjax.vectors import KeyedVectors
from seqjax.vectors.bias.audit_lists import ListsConfig, read_lists, spelled_lists
from seqjax.vectors.bias.before_after import before_after, most_biased_neutral
from seqjax.vectors.bias.measures import direct_bias
from seqjax.vectors.bias.removal import RemovalConfig, check, find_bias, remove, unspecific
from seqjax.vectors.bias.word_lists import DEFINITIONAL, EQUALIZE


@pytest.fixture(scope="module")
def planted():
    """(vectors, their lists, the planted direction); n0, n2, ... lean along it."""
    vectors, direction = gendered((*DEFINITIONAL, *EQUALIZE), neutral=80)
    matrix = np.concatenate([vectors.matrix, np.zeros((1, vectors.width))])
    vectors = KeyedVectors((*vectors.words, "nothing"), matrix)
    return vectors, spelled_lists(read_lists(ListsConfig()), vectors), direction


def test_the_most_biased_words_are_apart(planted):
    """By the cosines themselves; those that are learned from are other ones, the next."""
    vectors, lists, direction = planted
    words = find_bias(RemovalConfig(biased=4), vectors, lists).words
    neutral = [f"n{i}" for i in range(80)]
    order = sorted(neutral, key=lambda word: -(vectors.unit[vectors.index[word]] @ direction))
    assert (set(words.audited[0]), set(words.learned[0])) == (set(order[:4]), set(order[4:8]))
    assert (set(words.audited[1]), set(words.learned[1])) == (set(order[-4:]), set(order[-8:-4]))


def test_words_with_a_bias_by_meaning_or_without_a_direction_are_left_out(planted):
    vectors, lists, _ = planted
    assert unspecific(vectors, lists) == [f"n{i}" for i in range(80)]
    with pytest.raises(ValueError, match="got 39 words without a bias by meaning, want 40 or more"):
        find_bias(RemovalConfig(among=39), vectors, lists)
    assert len(find_bias(RemovalConfig(among=40), vectors, lists).words.audited[0]) == 4


@pytest.mark.parametrize("method", ["hard", "soft", "null_space"])
def test_every_way_takes_the_bias_away(planted, method):
    vectors, lists, direction = planted
    config = RemovalConfig(method=method, strength=100.0, biased=4, rounds=5)
    removed = remove(config, find_bias(config, vectors, lists), jax.random.key(0))
    rows = [vectors.index[f"n{i}"] for i in range(80)]
    both = (vectors, removed.vectors)
    before, after = (np.abs(each.unit[rows] @ direction).mean() for each in both)
    assert after < 0.8 * before
    assert removed.about.startswith(method.replace("_", " ") + ":")


def test_the_neutral_words_that_were_most_biased(planted):
    vectors, lists, direction = planted
    lists = lists._replace(neutral=("n1", "n7", "gone", "n2", "n9"))
    found = before_after(RemovalConfig(biased=4), vectors, lists, {})
    words = most_biased_neutral(vectors, lists, found.space, 3)
    sizes = {n: abs(vectors.unit[vectors.index[n]] @ direction) for n in ("n1", "n7", "n2", "n9")}
    assert words == sorted(sizes, key=lambda word: -sizes[word])[:3]
    assert found.figures["direction"]["used"] == tuple(DEFINITIONAL)
    assert found.figures["removal"] == found.removed.about
    assert most_biased_neutral(vectors, lists._replace(neutral=("gone",)), found.space, 3) == []


def test_what_small_vectors_lack_is_named():
    """Which words are missing, and what to do."""
    written = read_lists(ListsConfig())
    message = "definitional: .* without are 'she', 'he', .* and 14 more; .*--definitional=FILE"
    with pytest.raises(ValueError, match=message):
        find_bias(RemovalConfig(), drawn(50), spelled_lists(written, drawn(50)))
    vectors = KeyedVectors(("she", "he", *drawn(9).words), np.eye(11))
    with pytest.raises(ValueError, match=r"got 9 words without a bias .* 40 or more: vectors of a"):
        find_bias(RemovalConfig(), vectors, spelled_lists(written, vectors))
    with pytest.raises(ValueError, match="none of them with a vector: 'nurse', 'cook'; want some"):
        direct_bias(vectors, ["nurse", "cook"], np.ones(11))


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("direction", "svd", "direction: got 'svd'"), ("method", "none", "method: got 'none'"),
        ("strength", -1.0, "strength: got -1.0"), ("rounds", 0, "rounds: got 0"),
        ("biased", 0, "biased: got 0"), ("among", 0, "among: got 0"), ("seed", -1, "seed: got -1"),
    ],
)  # fmt: skip
def test_refuses(option, value, message):
    check(RemovalConfig())
    with pytest.raises(ValueError, match=message):
        check(dataclasses.replace(RemovalConfig(), **{option: value}))

"""Batches of examples of like length."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqjax.data import stream
from seqjax.data.buckets import Buckets, buckets


def words(lengths: list[int]) -> list[dict]:
    """Examples whose values are all different and not 0."""
    starts = np.cumsum([0, *lengths])
    return [
        {"words": np.arange(1 + s, 1 + s + n), "label": 10 + i}
        for i, (s, n) in enumerate(zip(starts, lengths, strict=False))
    ]


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.integers(0, 40), min_size=1, max_size=30),
    st.integers(1, 7),
    st.integers(1, 5),
    st.none() | st.integers(0, 3),
)
def test_each_example_comes_once_and_whole(
    lengths: list[int], batch: int, shapes: int, seed: int | None
) -> None:
    examples = words(lengths)
    source = buckets(examples, batch, sides={"": ["words"]}, shapes=shapes)
    if seed is not None:
        source = source.shuffled(seed)
    for epoch in (0, 3):
        seen = []
        for k in range(len(source)):
            item = source.at(epoch, k)
            assert item["words"].shape[1:] == item["rows"].shape == (batch,)
            for b, i in enumerate(item["index"]):
                length = item["lengths"][b]
                assert not item["words"][length:, b].any()
                assert item["rows"][b] == (i >= 0)
                if i >= 0:
                    np.testing.assert_array_equal(item["words"][:length, b], examples[i]["words"])
                    assert item["label"][b] == examples[i]["label"]
                    seen.append(int(i))
                else:
                    assert length == 0
        assert sorted(seen) == list(range(len(examples)))
    assert len({item["words"].shape for item in source}) <= shapes


def pair_source(shapes: int = 4) -> Buckets:
    random = np.random.default_rng(0)
    sizes = random.integers(1, 30, (100, 2))
    examples = [{"source": np.ones((s, 3)), "inputs": np.ones(t), "x": [1.0, 2]} for s, t in sizes]
    sides = {"source": ["source"], "target": ["inputs"]}
    return buckets(examples, 8, sides=sides, shapes=shapes)


def test_two_sides_have_their_own_lengths_and_few_shapes_together() -> None:
    source = pair_source()
    for item in source:
        assert item["source"].shape == (*item["source"].shape[:2], 3)
        np.testing.assert_array_equal(item["source"][..., 0].sum(0), item["source_lengths"])
        np.testing.assert_array_equal(item["inputs"].sum(0), item["target_lengths"])
        assert item["x"].shape == (8, 2)
    assert len({(i["source"].shape, i["inputs"].shape) for i in source}) <= 4


def test_the_groups_are_those_with_the_least_padding() -> None:
    lengths = [1, 1, 2, 5, 6, 6, 9, 13, 13, 14]
    source = buckets(words(lengths), 1, sides={"": ["words"]}, shapes=3)

    def cells(ends: tuple[int, ...]) -> int:
        return sum(min(end for end in ends if end >= n) for n in lengths)

    distinct = sorted(set(lengths))
    best = min(cells((*cut, 14)) for cut in itertools.combinations(distinct[:-1], 2))
    assert sum(item["words"].shape[0] for item in source) == best
    assert source.padding == pytest.approx(1 - sum(lengths) / best)


def test_padding_counts_rows_that_fill_up() -> None:
    source = buckets(words([4, 2, 4]), 2, sides={"": ["words"]}, shapes=1)
    assert source.padding == pytest.approx(1 - 10 / 16)


def test_many_lengths_are_grouped_in_bounded_time_and_fit() -> None:
    lengths = np.random.default_rng(1).permutation(3000)[:2000].tolist()
    examples = [{"words": np.zeros(n, np.int8)} for n in lengths]
    source = buckets(examples, 50, sides={"": ["words"]}, shapes=6)
    assert len(source.widths) == 6
    assert all(item["lengths"].max() <= item["words"].shape[0] for item in source)


def test_epochs_differ_and_a_stream_goes_on_where_it_stopped() -> None:
    source = buckets(words([3, 1, 4, 1, 5, 9, 2, 6] * 3), 4, sides={"": ["words"]})
    shuffled = source.shuffled(5)
    first = [shuffled.at(0, k)["index"].tolist() for k in range(len(source))]
    second = [shuffled.at(1, k)["index"].tolist() for k in range(len(source))]
    assert first != second
    items = stream(source, seed=5)
    for _ in range(len(source) + 2):
        next(items)
    place = items.get_state()
    expected = next(items)["index"].tolist()
    again = stream(source, seed=5)
    again.set_state(place)
    assert next(again)["index"].tolist() == expected == second[2]


def test_an_index_behind_the_end_is_refused() -> None:
    source = pair_source()
    with pytest.raises(IndexError, match="item"):
        source[len(source)]


@pytest.mark.parametrize(
    ("examples", "options", "words_of_error"),
    [
        ([], {}, "examples: got none"),
        ([{"words": [1]}], {"batch": 0}, "batch: got 0"),
        ([{"words": [1]}], {"shapes": 0}, "shapes: got 0"),
        ([{"words": [1]}], {"sides": {}}, "sides: got {}"),
        ([{"words": [1]}], {"sides": {"": []}}, "one field or more"),
        ([{"words": [1]}, {"tags": [1]}], {}, r"number 1 has no 'words', only \['tags'\]"),
        (
            [{"words": [1], "tags": [1, 2]}],
            {"sides": {"": ["words", "tags"]}},
            "number 0 has fields of unequal length, {'words': 1, 'tags': 2}",
        ),
    ],
)
def test_bad_arguments_are_named(examples: list, options: dict, words_of_error: str) -> None:
    arguments = {"batch": 2, "sides": {"": ["words"]}, **options}
    with pytest.raises(ValueError, match=words_of_error):
        buckets(examples, **arguments)

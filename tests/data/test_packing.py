"""Packed rows: what is in them, and that a layer computes in them what it computes without."""

from __future__ import annotations

import itertools

import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from walking import quick

from seqjax.cells import gru, lstm
from seqjax.data import stream
from seqjax.data.buckets import buckets
from seqjax.data.packing import packed
from seqjax.layers import bidirectional, recurrent


def examples(lengths, width=3):
    draw = np.random.default_rng(0)
    return [
        {"xs": draw.normal(size=(n, width)).astype(np.float32), "ids": draw.integers(1, 9, n)}
        for n in lengths
    ]


def test_the_picture():
    words = [list("abc"), list("de"), list("f")]
    (item,) = packed([{"words": np.array(w)} for w in words], 2, 4, fields=["words"])
    assert item["words"].T.tolist() == [["a", "b", "c", "f"], ["d", "e", "", ""]]
    assert item["resets"].T.astype(int).tolist() == [[1, 0, 0, 1], [1, 0, 0, 0]]
    assert item["weights"].T.tolist() == [[1, 1, 1, 1], [1, 1, 0, 0]]
    assert item["index"].T.tolist() == [[0, 0, 0, 2], [1, 1, -1, -1]]
    assert item["lengths"].tolist() == [4, 2]
    assert item["lengths"].dtype == item["index"].dtype == np.int32
    assert item["weights"].dtype == np.float32


def pieces(source, epoch=0):
    """Number -> the fields of each sequence that is found in the batches of an epoch."""
    found = {}
    for k in range(len(source)):
        item = source.at(epoch, k)
        for b in range(source.batch):
            starts = [*np.flatnonzero(item["resets"][:, b]), item["lengths"][b]]
            for begin, end in itertools.pairwise(starts):
                (n,) = set(item["index"][begin:end, b].tolist())
                assert n not in found
                found[n] = {name: item[name][begin:end, b] for name in source.fields}
    return found


@given(st.lists(st.integers(1, 10), min_size=1, max_size=40), st.integers(1, 4))
def test_each_sequence_is_there_once_and_whole(lengths, batch):
    given = examples(lengths)
    source = packed(given, batch, 10, fields=["xs", "ids"])
    found = pieces(source)
    assert sorted(found) == list(range(len(lengths)))
    for n, example in enumerate(given):
        for name in ("xs", "ids"):
            np.testing.assert_array_equal(found[n][name], example[name])
            assert found[n][name].dtype == example[name].dtype
    slots = sum(item["weights"].size for item in source)
    assert source.padding == 1 - sum(lengths) / slots
    assert sum(item["weights"].sum() for item in source) == sum(lengths)
    # No fewer rows are possible than fill up exactly; best fit decreasing is near that.
    assert len(source.rows) <= 11 / 9 * len(lengths)
    if max(lengths) <= 5:
        assert len(source.rows) <= -(-sum(lengths) // 6)  # each row but the last is 6 or fuller


def test_layers_compute_what_they_compute_without(x64):
    lengths = [5, 1, 3, 2, 7, 1, 4]
    given = examples(lengths)
    source = packed(given, 2, 8, fields=["xs"])
    layer = bidirectional(recurrent(lstm(4)), recurrent(gru(3), reverse=True))
    params = jax.tree.map(lambda a: a.astype("float64"), layer.init(jax.random.key(0), 3))
    walk = quick(lambda xs, lengths, resets: layer.apply(params, xs, lengths, resets=resets)[1])
    alone = np.zeros((8, 2, 3))
    for item in source:
        hs = np.asarray(walk(item["xs"].astype(float), item["lengths"], item["resets"]))
        for n in set(item["index"].ravel().tolist()) - {-1}:
            alone[:] = 0
            alone[: lengths[n], 0] = given[n]["xs"]
            want = walk(alone, np.array([lengths[n], 0], np.int32), np.zeros((8, 2), bool))
            np.testing.assert_allclose(
                hs[item["index"] == n], want[: lengths[n], 0], rtol=0, atol=1e-14
            )
        assert not hs[item["weights"] == 0].any()


def test_less_padding_than_rows_of_their_own():
    lengths = np.random.default_rng(0).integers(2, 40, size=300)
    given = examples(lengths)
    alone = buckets(given, 4, sides={"": ["xs", "ids"]}, shapes=1)
    grouped = buckets(given, 4, sides={"": ["xs", "ids"]}, shapes=8)
    dense = packed(given, 4, 64, fields=["xs", "ids"])
    assert dense.padding < 0.04 < grouped.padding < 0.2 < alone.padding
    assert {item["xs"].shape for item in dense} == {(64, 4, 3)}


def test_rows_come_in_another_order_in_each_epoch():
    source = packed(examples(range(1, 30)), 3, 32, fields=["ids"])
    shuffled = source.shuffled(1)
    first, second = ([shuffled.at(e, k) for k in range(len(source))] for e in (0, 1))
    assert not all(map(np.array_equal, *[[i["ids"] for i in e] for e in (first, second)]))
    assert sorted(pieces(shuffled, 0)) == sorted(pieces(shuffled, 1)) == list(range(29))
    again = iter(stream(source, seed=1))
    for item in [*first, *second]:
        np.testing.assert_array_equal(next(again)["index"], item["index"])
    np.testing.assert_array_equal(source.at(0, 1)["index"], source.at(5, 1)["index"])
    with pytest.raises(IndexError, match="item 9 of"):
        source[9]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"batch": 0}, "batch: got 0"),
        ({"steps": 2.5}, "steps: got 2.5"),
        ({"examples": []}, "examples, fields: got none"),
        ({"fields": []}, "examples, fields: got none"),
        ({"fields": ["ys"]}, "number 0 has no 'ys', only"),
        ({"steps": 4}, "number 1 has 5 steps, want 1 to 4, a row"),
        ({"examples": examples([3, 0])}, "number 1 has 0 steps"),
        (
            {"examples": [{"xs": np.zeros(2), "ids": np.zeros(3)}]},
            r"number 0 has fields of unequal length, \{'xs': 2, 'ids': 3\}",
        ),
    ],
)
def test_what_is_refused(change, message):
    given = {"examples": examples([3, 5]), "batch": 2, "steps": 8, "fields": ["xs", "ids"]} | change
    with pytest.raises(ValueError, match=message):
        packed(given["examples"], given["batch"], given["steps"], fields=given["fields"])

"""Sentences: each once, padded, cut where too long, permuted per epoch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqjax.data import NOTHING, Sentences, sentences

EOS = 99
ROWS = st.lists(st.lists(st.integers(1, 9), max_size=40), min_size=1, max_size=12)
ENDS = st.sampled_from([EOS, None])


def pieces(rows: list[list[int]], eos: int | None, limit: int) -> list[list[int]]:
    """Brute force: the targets of every row of every item."""
    ended = [row + ([] if eos is None else [eos]) for row in rows]
    return [row[i : i + limit] for row in ended for i in range(0, len(row), limit)]


def targets(item: dict[str, Any]) -> list[list[int]]:
    lengths = item["weights"].sum(0).astype(int)
    return [item["targets"][:n, b].tolist() for b, n in enumerate(lengths) if n]


def test_the_picture() -> None:
    (item,) = sentences([np.array([1, 2, 3]), np.array([4])], 3, eos=9, first=NOTHING, limit=16)
    assert item["inputs"].T.tolist() == [
        [-1, 1, 2, 3, 0, 0, 0, 0],
        [-1, 4, 0, 0, 0, 0, 0, 0],
        [0] * 8,
    ]
    assert item["targets"].T.tolist() == [[1, 2, 3, 9, 0, 0, 0, 0], [4, 9] + [0] * 6, [0] * 8]
    assert item["weights"].T.tolist() == [[1] * 4 + [0] * 4, [1] * 2 + [0] * 6, [0] * 8]


@given(ROWS, ENDS, st.integers(1, 5), st.integers(1, 40), st.none() | st.integers(0, 3))
def test_nothing_is_dropped(
    rows: list[list[int]], eos: int | None, batch: int, limit: int, seed: int | None
) -> None:
    want = pieces(rows, eos, limit)
    if not want:
        with pytest.raises(ValueError, match="nothing to predict"):
            sentences([np.array(row) for row in rows], batch, eos=eos, first=50, limit=limit)
        return
    source = sentences([np.array(row) for row in rows], batch, eos=eos, first=50, limit=limit)
    if seed is not None:
        source = source.shuffled(seed)
    for epoch in (0, 1):
        items = [source.at(epoch, k) for k in range(len(source))]
        got = [row for item in items for row in targets(item)]
        assert (got if seed is None else sorted(got)) == (want if seed is None else sorted(want))
        for item in items:
            check(item, batch, limit)


def check(item: dict[str, Any], batch: int, limit: int) -> None:
    """Inputs are the targets one step later behind the first; T is the smallest that is allowed."""
    real = item["weights"] > 0
    lengths = real.sum(0)
    steps = len(real)
    assert (real == (np.arange(steps)[:, None] < lengths)).all()
    assert item["inputs"][0].tolist() == [50 * (n > 0) for n in lengths]
    assert (item["inputs"][1:] == np.where(real[1:], item["targets"][:-1], 0)).all()
    assert not item["targets"][~real].any()
    assert steps == min(limit, max(8, 2 ** int(np.ceil(np.log2(lengths.max())))))
    for name, dtype in [("inputs", "int32"), ("targets", "int32"), ("weights", "float32")]:
        assert (item[name].shape, item[name].dtype) == ((steps, batch), dtype)
    assert isinstance(item["fresh"], np.bool_)
    assert item["fresh"]


def long(batch: int = 4, part: slice = slice(None)) -> Sentences:
    rows = [np.arange(1, 2 + k % 30) for k in range(50)]
    return sentences(rows, batch, eos=EOS, first=NOTHING, limit=20, part=part)


def test_order_differs_by_epoch_and_seed_and_is_repeatable() -> None:
    def order(seed: int, epoch: int) -> list[list[int]]:
        source = long().shuffled(seed)
        return [row for k in range(len(source)) for row in targets(source.at(epoch, k))]

    assert order(0, 1) == order(0, 1)
    assert order(0, 0) != order(0, 1)
    assert order(0, 1) != order(1, 0)
    # Sentences move between batches, not batches as wholes.
    first = {tuple(map(tuple, targets(long()[k]))) for k in range(len(long()))}
    shuffled = long().shuffled(0)
    assert not first & {tuple(map(tuple, targets(shuffled[k]))) for k in range(len(shuffled))}


def test_part_of_a_process_has_the_shape_of_the_whole() -> None:
    whole, left, right = (long(part=part) for part in (slice(None), slice(0, 1), slice(1, 4)))
    for k, item in enumerate(whole):
        for name in ("inputs", "targets", "weights"):
            parts = np.concatenate([left[k][name], right[k][name]], 1)
            assert np.array_equal(parts, item[name])


def test_refuses() -> None:
    rows = [np.array([1, 2])]
    with pytest.raises(ValueError, match="batch: got 0"):
        sentences(rows, 0, eos=None, first=0, limit=8)
    with pytest.raises(ValueError, match="limit: got 0"):
        sentences(rows, 1, eos=None, first=0, limit=0)
    with pytest.raises(ValueError, match="part: got"):
        sentences(rows, 1, eos=None, first=0, limit=8, part=slice(1, 2))
    with pytest.raises(ValueError, match="rows: got 0 sentences"):
        sentences([], 1, eos=EOS, first=0, limit=8)
    with pytest.raises(IndexError):
        long()[len(long())]

"""Streams: order, epochs, shards, reading ahead, and going on exactly where one stopped."""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqjax.data import sentences, stream, windows


def test_in_order_for_ever_or_for_n_epochs() -> None:
    assert list(stream("abc", epochs=2)) == list("abcabc")
    assert list(itertools.islice(stream("abc"), 8)) == list("abcabcab")


@pytest.mark.parametrize("prefetch", [0, 1, 4, 50])
def test_shuffled_anew_each_epoch(prefetch: int) -> None:
    got = list(stream(range(20), seed=0, epochs=3, prefetch=prefetch))
    epochs = [got[i : i + 20] for i in range(0, 60, 20)]
    assert all(sorted(epoch) == list(range(20)) for epoch in epochs)
    assert len({tuple(epoch) for epoch in [*epochs, range(20)]}) == 4
    assert got == list(stream(range(20), seed=0, epochs=3))
    other = list(stream(range(20), seed=1, epochs=3))
    # No epoch of one seed is any epoch of the next.
    assert not {tuple(e) for e in epochs} & {tuple(other[i : i + 20]) for i in range(0, 60, 20)}


@given(st.integers(1, 9), st.integers(1, 4), st.integers(1, 3))
def test_shards_cover_all_epochs_once(items: int, count: int, epochs: int) -> None:
    whole = list(stream(range(items), seed=3, epochs=epochs, prefetch=0))
    shards = [
        list(stream(range(items), seed=3, epochs=epochs, prefetch=0, shard=(index, count)))
        for index in range(count)
    ]
    assert Counter(whole) == Counter(itertools.chain(*shards))
    assert all(shard == whole[index::count] for index, shard in enumerate(shards))


def texts() -> Any:
    return windows(np.arange(1, 200), 3, 7, random=(0, 2, 2))


def lines() -> Any:
    rows = [np.arange(1, 2 + k % 9) for k in range(23)]
    return sentences(rows, 4, eos=0, first=-1, limit=16)


def equal(left: Any, right: Any) -> bool:
    if not isinstance(left, dict):
        return left == right
    return left.keys() == right.keys() and all(np.array_equal(left[n], right[n]) for n in left)


@pytest.mark.parametrize(
    ("make", "options"),
    [
        (lambda: range(10), {"seed": 5}),
        (lambda: range(10), {"seed": 5, "shard": (1, 3)}),
        (texts, {}),
        (lines, {"seed": 2}),
        (lines, {"seed": 2, "prefetch": 0}),
    ],
)
@pytest.mark.parametrize("taken", [0, 1, 6, 13])
def test_goes_on_where_it_stopped(make: Any, options: dict[str, Any], taken: int) -> None:
    first = stream(make(), **options)
    for _ in range(taken):
        next(first)
    time.sleep(0.01)  # reads ahead meanwhile
    state = json.loads(json.dumps(first.get_state()))
    rest = list(itertools.islice(first, 12))

    fresh = stream(make(), **options)
    fresh.set_state(state)
    assert all(map(equal, rest, itertools.islice(fresh, 12)))
    # The same iterator goes back too, whatever it holds ready.
    first.set_state(state)
    assert all(map(equal, rest, itertools.islice(first, 12)))
    assert not equal(rest[0], rest[1])


def test_state_at_the_end_stays_at_the_end() -> None:
    first, fresh = stream("abc", epochs=1), stream("abc", epochs=1)
    assert list(first) == list("abc")
    fresh.set_state(first.get_state())
    assert list(fresh) == []


def test_sources_with_epochs_get_theirs() -> None:
    source = texts()
    want = [source.at(epoch, k) for epoch in range(3) for k in range(len(source))]
    got = list(stream(source, epochs=3))
    assert len(got) == len(want)
    assert all(map(equal, got, want))
    assert not all(map(equal, got[: len(source)], got[len(source) :]))

    shuffled = lines().shuffled(2)
    want = [shuffled.at(epoch, k) for epoch in range(2) for k in range(len(shuffled))]
    assert all(map(equal, stream(lines(), seed=2, epochs=2), want))


class Watched:
    """Counts what was read, and by which thread."""

    def __init__(self) -> None:
        self.read: list[int] = []
        self.threads: set[int] = set()

    def __len__(self) -> int:
        return 100

    def __getitem__(self, k: int) -> int:
        time.sleep(0.002)  # so long that a second thread would step in
        self.read.append(k)
        self.threads.add(threading.get_ident())
        return k


@pytest.mark.parametrize(("prefetch", "most"), [(0, 3), (1, 4), (4, 7)])
def test_reads_ahead_no_further_than_asked(prefetch: int, most: int) -> None:
    source = Watched()
    items = stream(source, prefetch=prefetch)
    assert [next(items) for _ in range(3)] == [0, 1, 2]
    deadline = time.monotonic() + 5
    while len(source.read) < most and time.monotonic() < deadline:
        time.sleep(0.001)
    time.sleep(0.02)
    assert source.read == list(range(most))
    assert (threading.get_ident() in source.threads) == (prefetch == 0)
    assert len(source.threads) == 1


def test_refuses() -> None:
    for wrong, named in [
        ({"epochs": 0}, "epochs: got 0"),
        ({"prefetch": -1}, "prefetch: got -1"),
        ({"seed": -1}, "seed: got -1"),
        ({"seed": 0, "shard": (2, 2)}, r"shard: got \(2, 2\)"),
        ({"shard": (0, 2)}, "want a seed"),
    ]:
        with pytest.raises(ValueError, match=named):
            stream("abc", **wrong)
    with pytest.raises(ValueError, match="got no items"):
        stream("")

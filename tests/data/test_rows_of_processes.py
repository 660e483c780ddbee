"""Each process reads its rows of every batch: together they are the whole, in the same order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from seqjax.data import sentences, windows
from seqjax.data.buckets import buckets
from seqjax.data.packing import packed

BATCH = 6


def examples() -> list[dict[str, Any]]:
    draw = np.random.default_rng(0)
    return [
        {"words": draw.integers(1, 9, n), "label": np.int32(n), "vector": np.ones(2) * n}
        for n in draw.integers(1, 8, 20)
    ]


SOURCES = {
    "windows": windows(np.arange(200), BATCH, 5),
    "random_windows": windows(np.arange(200), BATCH, 5, random=(0, 2, 1)),
    "sentences": sentences([e["words"] for e in examples()], BATCH, eos=9, limit=16),
    "buckets": buckets(examples(), BATCH, sides={"": ["words"]}, shapes=2),
    "packed": packed(examples(), BATCH, 12, fields=["words"]),
}


@pytest.mark.parametrize("parts", [1, 2, 3])
@pytest.mark.parametrize("name", SOURCES)
def test_parts_are_the_whole(name: str, parts: int) -> None:
    source: Any = SOURCES[name]
    each = BATCH // parts
    own = [source.only(slice(k * each, (k + 1) * each)) for k in range(parts)]
    if hasattr(source, "shuffled"):
        source, own = source.shuffled(3), [part.shuffled(3) for part in own]
    axes = source.row_axes
    for epoch in (0, 1):
        for k in range(len(source)):
            whole = source.at(epoch, k)
            items = [part.at(epoch, k) for part in own]
            for field, values in whole.items():
                got = [item[field] for item in items]
                joined = np.concatenate(got, axes[field]) if field in axes else got[0]
                np.testing.assert_array_equal(joined, values)
                assert joined.dtype == values.dtype


@pytest.mark.parametrize("name", SOURCES)
def test_the_axis_of_rows_is_that_of_every_array(name: str) -> None:
    source: Any = SOURCES[name]
    for field, values in source[0].items():
        if np.ndim(values):
            assert values.shape[source.row_axes[field]] == source.batch == BATCH
        else:
            assert field not in source.row_axes


@pytest.mark.parametrize("name", [name for name in SOURCES if name != "windows"])
def test_an_order_is_drawn_once_however_many_are_read_by_turns(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many runs that are trained together do; reading ahead looks into the next epoch."""
    source: Any = SOURCES[name]
    draws: list[Any] = []
    generator = np.random.default_rng
    monkeypatch.setattr(
        np.random, "default_rng", lambda seed: draws.append(seed) or generator(seed)
    )
    if hasattr(source, "shuffled"):
        sources = [source.shuffled(seed) for seed in range(9)]
    else:
        sources = [windows(np.arange(200), BATCH, 5, random=(seed, 2, 1)) for seed in range(9)]
    for k in range(2):
        for each in sources:
            for epoch in (0, 1):
                each.at(epoch, k)
    assert len(draws) == len(sources) * 2

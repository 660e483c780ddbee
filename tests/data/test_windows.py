"""Windows: every token is predicted once, rows go on from item to item, shapes are fixed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqjax.data import Random, Windows, windows
from seqjax.data.windows import cuts

RANDOM = st.none() | st.builds(
    Random, seed=st.integers(0, 3), low=st.integers(1, 2), deviation=st.integers(0, 3)
)


@st.composite
def cases(draw: st.DrawFn) -> tuple[np.ndarray, Windows]:
    """Distinct ids without 0, the padding, and windows on them."""
    batch = draw(st.integers(1, 7))
    ids = np.arange(1, draw(st.integers(batch + 1, 90)) + 1)
    steps, overlap, random = draw(st.integers(2, 12)), draw(st.integers(0, 30)), draw(RANDOM)
    return ids, windows(ids, batch, steps, overlap=overlap, random=random)


def joined(source: Windows, name: str, epoch: int = 0) -> np.ndarray:
    """[all steps, B]: the items of an epoch one after another, without what random ones pad."""
    items = [source.at(epoch, k) for k in range(len(source))]
    if source.random is None:
        return np.concatenate([item[name] for item in items])
    edges = cuts(source._total, source.steps, source.random, epoch)
    return np.concatenate([item[name][:n] for item, n in zip(items, np.diff(edges), strict=True)])


def test_the_picture() -> None:
    first, second = windows(np.arange(1, 9), 2, 3)
    assert first["inputs"].T.tolist() == [[1, 2, 3], [5, 6, 7]]
    assert first["targets"].T.tolist() == [[2, 3, 4], [6, 7, 8]]
    assert first["weights"].T.tolist() == [[1, 1, 1], [1, 1, 1]]
    assert second["inputs"].T.tolist() == [[4, 0, 0], [0, 0, 0]]
    assert second["targets"].T.tolist() == [[5, 0, 0], [0, 0, 0]]
    assert second["weights"].T.tolist() == [[1, 0, 0], [0, 0, 0]]
    assert [bool(first["fresh"]), bool(second["fresh"])] == [True, False]


@given(cases(), st.integers(0, 2))
def test_every_token_is_predicted_once(case: tuple[np.ndarray, Windows], epoch: int) -> None:
    ids, source = case
    counted = joined(source, "weights", epoch) > 0
    inputs, targets = (joined(source, name, epoch)[counted] for name in ("inputs", "targets"))
    assert sorted(targets) == ids[1:].tolist()
    assert (targets == inputs + 1).all()
    assert sum(source.at(epoch, k)["weights"].sum() for k in range(len(source))) == len(ids) - 1


@given(cases(), st.integers(0, 2))
def test_rows_give_the_text_back(case: tuple[np.ndarray, Windows], epoch: int) -> None:
    ids, source = case
    inputs, targets, weights = (joined(source, n, epoch) for n in ("inputs", "targets", "weights"))
    n = -(-(len(ids) - 1) // source.batch)
    for b in range(source.batch):
        row = targets[:, b][targets[:, b] > 0]
        warm = int((weights[: len(row), b] == 0).sum())
        counted = ids[1 + b * n : 1 + (b + 1) * n]
        assert row[warm:].tolist() == counted.tolist()
        # Warm-up is the text right before, and as much of it as was asked for and is there.
        if len(counted):
            assert warm == min(source.overlap, b * n)
            assert row.tolist() == ids[1 + b * n - warm : 1 + b * n + len(counted)].tolist()
            assert inputs[: len(row), b].tolist() == (row - 1).tolist()
        assert (weights[: len(row), b] == (np.arange(len(row)) >= warm)).all()
        assert not weights[len(row) :, b].any()
        assert not inputs[len(row) :, b].any()


@given(cases())
def test_shapes_dtypes_and_fresh(case: tuple[np.ndarray, Windows]) -> None:
    _, source = case
    span = source.steps + (2 * source.random.deviation if source.random else 0)
    for k, item in enumerate(source):
        for name, dtype in [("inputs", "int32"), ("targets", "int32"), ("weights", "float32")]:
            assert (item[name].shape, item[name].dtype) == ((span, source.batch), dtype)
        assert isinstance(item["fresh"], np.bool_)
        assert item["fresh"] == (k == 0)
        assert ("lengths" in item) == (source.random is not None)
        if source.random:
            assert item["lengths"].dtype == np.int32
            assert item["lengths"].tolist() == (item["targets"] > 0).sum(0).tolist()
    assert k == len(source) - 1
    for wrong in (-1, len(source)):
        with pytest.raises(IndexError):
            source[wrong]


@given(cases(), st.data())
def test_rows_of_a_process(case: tuple[np.ndarray, Windows], data: st.DataObject) -> None:
    ids, source = case
    cut = data.draw(st.integers(0, source.batch))
    parts = [
        windows(
            ids, source.batch, source.steps, overlap=source.overlap, random=source.random, rows=r
        )
        for r in (slice(0, cut), slice(cut, None))
        if range(source.batch)[r]
    ]
    for k, item in enumerate(source):
        got = [part[k] for part in parts]
        for name in item.keys() - {"fresh"}:
            assert np.array_equal(np.concatenate([p[name] for p in got], -1), item[name])
        assert all(p["fresh"] == item["fresh"] for p in got)
    assert all(len(part) == len(source) for part in parts)


def test_random_lengths_are_those_of_the_paper() -> None:
    edges = cuts(1_000_000, 70, Random(0), 0)
    lengths = np.diff(edges)
    assert (edges[0], edges[-1]) == (0, 1_000_000)
    assert (lengths.min() >= 5, lengths.max()) == (True, 80)
    halved = lengths[lengths < 52]
    assert len(halved) / len(lengths) == pytest.approx(0.05, abs=0.01)
    assert halved.mean() == pytest.approx(35, abs=1)
    assert lengths[lengths >= 52].mean() == pytest.approx(70, abs=0.5)
    assert lengths[lengths >= 52].std() == pytest.approx(5, abs=0.4)


@pytest.mark.parametrize("total", [38, 39, 200])
def test_random_lengths_keep_their_bounds(total: int) -> None:
    for seed in range(40):
        lengths = np.diff(cuts(total, 20, Random(seed, 3, 0), 0))
        assert (lengths.min() >= 3, lengths.max() <= 20, lengths.sum()) == (True, True, total)


def test_random_lengths_differ_by_seed_and_epoch_alone() -> None:
    ids = np.arange(2000)
    source, again = (windows(ids, 2, 20, random=(3, 5, 5)) for _ in range(2))
    other = windows(ids, 2, 20, random=(4, 5, 5))

    def lengths(source: Windows, epoch: int) -> list[int]:
        return [int(source.at(epoch, k)["lengths"][0]) for k in range(len(source))]

    assert lengths(source, 1) == lengths(again, 1)
    assert lengths(source, 0) != lengths(source, 1)
    assert lengths(source, 0) != lengths(other, 0)
    assert lengths(source, 1) != lengths(other, 0)


def test_short_text_and_wrong_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"split of 20 tokens.*batch 20 and steps 35; want 21"):
        windows(np.arange(20), 20, 35)
    assert len(windows(np.arange(21), 20, 35)) == 1
    for tokens in (0, 1):
        with pytest.raises(ValueError, match=rf"split of {tokens} tokens"):
            windows(np.arange(tokens), 1, 1)
    for wrong in ({"batch": 0}, {"steps": 0}, {"overlap": -1}, {"steps": 2.5}):
        with pytest.raises(ValueError, match=f"{next(iter(wrong))}: got"):
            windows(np.arange(9), **{"batch": 2, "steps": 2, **wrong})
    with pytest.raises(ValueError, match="ids: got float64"):
        windows(np.zeros(9), 2, 2)
    with pytest.raises(ValueError, match=r"rows: got slice\(2"):
        windows(np.arange(9), 2, 2, rows=slice(2, 4))
    with pytest.raises(ValueError, match="random: got"):
        windows(np.arange(9), 2, 4, random=(0, 5, 5))

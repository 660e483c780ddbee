"""Arrays of features, what is refused of them, and their statistics."""

from __future__ import annotations

import numpy as np
import pytest

from seqjax.data.formats.features import Statistics, archive, array, frames, one_width, statistics


def test_statistics_are_those_of_all_frames():
    draw = np.random.default_rng(0)
    parts = [draw.normal(3, 2, size=(n, 4)).astype(np.float32) for n in (5, 1, 30)]
    for part in parts:
        part[:, 2] = 7  # never changes
    found = statistics(parts)
    whole = np.concatenate(parts).astype(np.float64)
    np.testing.assert_allclose(found.mean, whole.mean(0), rtol=1e-14)
    np.testing.assert_allclose(found.deviation, whole.std(0), rtol=1e-14)
    normal = np.concatenate([found.normal(part) for part in parts])
    assert normal.dtype == np.float32
    np.testing.assert_allclose(normal.mean(0), 0, atol=1e-6)
    np.testing.assert_allclose(normal.std(0), [1, 1, 0, 1], atol=1e-6)
    with pytest.raises(ValueError, match="features: got 3 a frame, want 4"):
        found.normal(np.zeros((2, 3)))
    with pytest.raises(ValueError, match="sequences: got none"):
        statistics([])
    assert Statistics(**found._asdict()) == found


def test_files(tmp_path):
    first, second = np.arange(6).reshape(3, 2), np.array([True, False])
    np.savez(tmp_path / "all.npz", a=first, b=second)
    np.save(tmp_path / "one.npy", first)
    names, read = archive(tmp_path / "all.npz")
    assert names == ["a", "b"]
    np.testing.assert_array_equal(read("a"), first)
    np.testing.assert_array_equal(read("b"), [[1], [0]])
    assert read("b").dtype == array(tmp_path / "one.npy").dtype == np.float32
    np.testing.assert_array_equal(array(tmp_path / "one.npy"), first)


@pytest.mark.parametrize("name", ["x.npy", "x.npz"])
def test_broken_files(name, tmp_path):
    read = archive if name.endswith("z") else array
    with pytest.raises(ValueError, match=f"{name}: got no array"):
        read(tmp_path / name)
    for content in (b"", b"nothing of the kind", b"PK\x03\x04"):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ValueError, match=f"{name}: got no array"):
            read(tmp_path / name)


def test_objects_are_not_unpickled(tmp_path):
    np.save(tmp_path / "x.npy", np.array([{}], object), allow_pickle=True)
    with pytest.raises(ValueError, match=r"x.npy: got no array"):
        array(tmp_path / "x.npy")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (np.zeros((2, 2, 2)), r"it: got shape \(2, 2, 2\), want frames"),
        (np.zeros((0, 2)), r"it: got shape \(0, 2\)"),
        (np.array(["a"]), "it: got <U1, want numbers"),
        (np.array([np.nan, 1]), "it: got numbers that are complex, infinite or NaN"),
        (np.array([1j]), "it: got numbers that are complex"),
    ],
)
def test_arrays_that_are_refused(value, message):
    with pytest.raises(ValueError, match=message):
        frames(value, "it")


def test_one_width():
    one_width([np.zeros((3, 2)), np.zeros((1, 2))], "ab")
    with pytest.raises(ValueError, match="b: got 3 features a frame, want 2 as in a"):
        one_width([np.zeros((3, 2)), np.zeros((1, 3))], "ab")

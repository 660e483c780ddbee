"""Sequences of numbers from files, and the generated sets."""

from __future__ import annotations

import numpy as np
import pytest

from seqjax.data import stream
from seqjax.data.builtin.adding import VARIANCE, Adding, adding_parts
from seqjax.data.builtin.waves import NOISE, STEPS, waves
from seqjax.data.formats.numeric import Series, read_series

CSV = "time, level ,flow\n1,2.5,-3\n2,1e3,4\n\n3,0,5\n"


def write(folder, text, name="a.csv"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_one_series_a_file(tmp_path):
    (found,) = read_series(write(tmp_path, CSV))
    assert (found.name, found.columns) == ("a.csv", ("time", "level", "flow"))
    np.testing.assert_array_equal(found.values, [[1, 2.5, -3], [2, 1000, 4], [3, 0, 5]])
    np.testing.assert_array_equal(found.take(["flow", "time"]), [[-3, 1], [4, 2], [5, 3]])
    with pytest.raises(ValueError, match=r"a\.csv: has no column 'speed', only time, level, flow"):
        found.take(["time", "speed"])


def test_several_series_by_a_column(tmp_path):
    text = "x,who,y\n1,b,10\n2,a,20\n3,b,30\n"
    first, second = read_series(write(tmp_path, text), id="who")
    assert (first.name, second.name, first.columns) == ("b", "a", ("x", "y"))
    np.testing.assert_array_equal(first.values, [[1, 10], [3, 30]])
    np.testing.assert_array_equal(second.values, [[2, 20]])


BAD = {
    r"line 3, column y: got 'abc', want a number": "x,y\n1,2\n3,abc\n",
    r"line 2, column x: got '', want a number": "x,y\n,2\n",
    r"line 3, column y: got 'nan', want a finite": "x,y\n1,2\n3,nan\n",
    r"line 4: got 3 columns, want 2": "x,y\n1,2\n3,4\n5,6,7\n",
    r"line 3: got 1 columns, want 2": "x,y\n1,2\n3\n",
    r"column 'x' is there twice": "x,x\n1,2\n",
    r"got no rows": "x,y\n",
}


@pytest.mark.parametrize("words", BAD)
def test_csv_that_is_refused(words, tmp_path):
    path = write(tmp_path, BAD[words])
    with pytest.raises(ValueError, match=words) as error:
        read_series(path)
    assert str(error.value).startswith(str(path))


TEXT = "when,x,note,y,\n2024-01-02,1,a,2,\n2024-01-03,3,,4,\n"


def test_columns_of_text_are_ignored(tmp_path):
    """Where not a single cell is a number, and nobody asked for the column; or it has no name."""
    path = write(tmp_path, TEXT)
    for columns in ((), ("x",), ("y", "x", "elsewhere")):
        (found,) = read_series(path, columns=columns)
        assert (found.columns, found.ignored) == (("x", "y"), ("when", "note", ""))
        np.testing.assert_array_equal(found.values, [[1, 2], [3, 4]])
    (first, second) = read_series(path, id="when")
    assert (first.name, second.name) == ("2024-01-02", "2024-01-03")
    assert first.ignored == ("note", "")
    with pytest.raises(ValueError, match=r"line 2, column when: got '2024-01-02', want a number"):
        read_series(path, columns=["x", "when"])
    with pytest.raises(ValueError, match=r"got no column of numbers"):
        read_series(write(tmp_path, "a,b\nx,y\n"))


def test_columns_that_nobody_asked_for_may_have_holes(tmp_path):
    path = write(tmp_path, "x,y,z\n1,2,\n3,nan,4\n")
    (found,) = read_series(path, columns=["x"])
    assert (found.columns, found.ignored) == (("x",), ("y", "z"))
    with pytest.raises(ValueError, match=r"line 3, column y: got 'nan', want a finite"):
        read_series(path)
    with pytest.raises(ValueError, match=r"line 2, column z: got '', want a number"):
        read_series(path, columns=["z"])


@pytest.mark.parametrize(
    ("name", "delimiter", "between"),
    [("a.csv", ";", ";"), ("a.csv", "tab", "\t"), ("a.tsv", "", "\t"), ("a.tsv", ",", ",")],
)
def test_what_stands_between_cells(name, delimiter, between, tmp_path):
    path = write(tmp_path, CSV.replace(",", between), name)
    (found,) = read_series(path, delimiter=delimiter)
    assert found.columns == ("time", "level", "flow")
    np.testing.assert_array_equal(found.values, [[1, 2.5, -3], [2, 1000, 4], [3, 0, 5]])
    other = "|" if delimiter else ";"
    with pytest.raises(ValueError, match=rf"delimiter: got '\{other}', but the first line of"):
        read_series(path, delimiter=other)
    with pytest.raises(ValueError, match="delimiter: got ';;', want one character, or tab"):
        read_series(path, delimiter=";;")


def test_an_unknown_column_of_ids(tmp_path):
    with pytest.raises(ValueError, match=r"got columns x, y, want 'who'"):
        read_series(write(tmp_path, "x,y\n1,2\n"), id="who")


@pytest.mark.parametrize(
    ("shape", "count", "columns"), [((6,), 1, "0"), ((6, 2), 1, "01"), ((3, 6, 2), 3, "01")]
)
def test_arrays(shape, count, columns, tmp_path):
    values = np.random.default_rng(0).normal(size=shape)
    np.save(tmp_path / "a.npy", values)
    found = read_series(tmp_path / "a.npy")
    assert [series.columns for series in found] == [tuple(columns)] * count
    np.testing.assert_array_equal(
        [series.values for series in found], values.reshape(count, 6, len(columns))
    )


def test_named_arrays(tmp_path):
    draw = np.random.default_rng(0)
    x, y, z = draw.normal(size=(3, 5, 2)), draw.normal(size=3), draw.integers(0, 9, (3, 5))
    np.savez(tmp_path / "a.npz", x=x, y=y, z=z)
    found = read_series(tmp_path / "a.npz")
    assert len(found) == 3
    for n, series in enumerate(found):
        assert series.columns == ("x.0", "x.1", "y", "z")
        np.testing.assert_array_equal(series.take(["x.0", "x.1"]), x[n])
        np.testing.assert_array_equal(series.take(["y"])[:, 0], [y[n]] * 5)
        np.testing.assert_array_equal(series.take(["z"])[:, 0], z[n])
    np.savez(tmp_path / "b.npz", x=np.arange(4), y=np.arange(4))
    (one,) = read_series(tmp_path / "b.npz")
    assert one.values.shape == (4, 2)


ARRAYS = {
    r"got x \[4\], y \[5\], want arrays": {"x": np.zeros(4), "y": np.zeros(5)},
    r"got x \[2, 4\], y \[2, 5\], want arrays": {"x": np.zeros((2, 4)), "y": np.zeros((2, 5))},
    r"got x \[2, 4\], y \[3\], want arrays": {"x": np.zeros((2, 4)), "y": np.zeros(3)},
    r"got x \[\], want arrays": {"x": np.zeros(())},
    r"got <U1, want numbers": {"x": np.array(["a"])},
    r"got nan at \[1, 0\]": {"x": np.array([0, np.nan])},
}


@pytest.mark.parametrize("words", ARRAYS)
def test_arrays_that_are_refused(words, tmp_path):
    np.savez(tmp_path / "a.npz", **ARRAYS[words])
    with pytest.raises(ValueError, match=words) as error:
        read_series(tmp_path / "a.npz")
    assert str(error.value).startswith(str(tmp_path / "a.npz"))


def test_files_that_are_no_arrays(tmp_path):
    for name in ("a.npy", "a.npz"):
        with pytest.raises(ValueError, match=r"got no array that can be read"):
            read_series(write(tmp_path, "x,y\n1,2\n", name))
    np.save(tmp_path / "o.npy", np.array([{}]))
    with pytest.raises(ValueError, match=r"got no array that can be read"):
        read_series(tmp_path / "o.npy")
    np.save(tmp_path / "z.npy", np.zeros((0, 3)))
    with pytest.raises(ValueError, match=r"got shape \[0, 3\], want"):
        read_series(tmp_path / "z.npy")
    for name in ("id", "delimiter"):
        with pytest.raises(ValueError, match=rf"{name}: got 'x', but .*z.npy is no CSV file"):
            read_series(tmp_path / "z.npy", **{name: "x"})


def test_adding_is_what_it_says():
    source = Adding(steps=12, batch=40, batches=3, seed=5)
    for item in source:
        values, marks = item["inputs"][..., 0], item["inputs"][..., 1]
        assert ((values >= 0) & (values < 1)).all()
        assert set(np.unique(marks)) == {0, 1}
        np.testing.assert_array_equal(marks[:6].sum(0), 1)
        np.testing.assert_array_equal(marks[6:].sum(0), 1)
        want = [values[marks[:, b] == 1, b].sum() for b in range(40)]
        np.testing.assert_allclose(item["targets"][:, 0], want, rtol=1e-6)
        assert (item["lengths"] == 12).all()
        assert (item["rows"] == 1).all()


def test_adding_never_gives_an_example_twice():
    source = Adding(steps=4, batch=2, batches=3)
    items = [source.at(epoch, k)["inputs"] for epoch in range(2) for k in range(3)]
    items += [Adding(steps=4, batch=2, seed=1).at(0, k)["inputs"] for k in range(3)]
    flat = {item.tobytes() for item in items}
    assert len(flat) == 9
    streamed = stream(source, seed=7, prefetch=0)
    for item in items[:6]:
        np.testing.assert_array_equal(next(streamed)["inputs"], item)


def test_what_adding_costs_who_knows_nothing():
    sums = np.concatenate([item["targets"] for item in Adding(steps=2, batch=1000, batches=40)])
    assert ((sums - 1) ** 2).mean() == pytest.approx(VARIANCE, rel=0.02)
    seeds = {source.seed for (source,) in adding_parts().values()}
    assert len(seeds) == 3


def test_adding_refuses():
    for name in ("batch", "batches"):
        with pytest.raises(ValueError, match=f"{name}: got 0, want 1 or more"):
            Adding(**{name: 0})
    with pytest.raises(ValueError, match="steps: got 1, want 2 or more"):
        Adding(steps=1)
    with pytest.raises(IndexError):
        Adding(batches=2)[2]


def test_waves():
    made, again = waves(), waves()
    assert [len(made[part]) for part in ("train", "valid", "test")] == [256, 64, 64]
    for part, found in made.items():
        for series, other in zip(found, again[part], strict=True):
            assert isinstance(series, Series)
            assert (series.columns, series.values.shape) == (("level",), (STEPS, 1))
            np.testing.assert_array_equal(series.values, other.values)
    whole = np.concatenate([series.values for series in made["train"]])
    assert whole.mean() == pytest.approx(20, abs=0.1)
    # Two waves have the mean squares 9/2 and 1/2.
    assert whole.var() == pytest.approx(5 + NOISE**2, rel=0.03)
    # What four steps of a sum of two waves leave over, at best, is noise: x_t + x_{t-4} =
    # a (x_{t-1} + x_{t-3}) + b x_{t-2} for a, b of the periods.
    level = made["train"][0].values[:, 0] - 20
    design = np.stack([level[3:-1] + level[1:-3], level[2:-2]], 1)
    _, rest, *_ = np.linalg.lstsq(design, level[4:] + level[:-4], rcond=None)
    assert rest[0] / len(design) < 30 * NOISE**2

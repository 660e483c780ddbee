"""Numbers of new series: from files, records, arrays and columns; as CSV, as JSON."""

from __future__ import annotations

import csv
import json

import launches
import numpy as np
import pytest

import seqjax
from seqjax import runs
from seqjax.data.formats.numeric import Series
from seqjax.tasks.regression import TASK

N, T = 10, 8


@pytest.fixture
def loaded(trained):
    return launches.kept(str(trained.folder), "best")


def printed(monkeypatch, capsys, *arguments):
    monkeypatch.setattr(runs, "load", launches.kept)
    return launches.predicted(monkeypatch, capsys, TASK, *arguments)


def test_prediction_goes_on_beyond_the_end(trained, file, tmp_path, monkeypatch, capsys):
    """One table of all series with one line of names; the column of ids is that of the run."""
    out = tmp_path / "out.csv"
    flags = [f"--run={trained.folder}", f"--file={file}"]
    assert printed(monkeypatch, capsys, *flags, f"--out={out}") == ""
    rows = list(csv.reader(out.read_text().splitlines()))
    assert rows[0] == ["series", "step", "y"]
    assert [(row[0], int(row[1])) for row in rows[1:]] == [
        (f"s{n}", step + 2) for n in range(N) for step in range(T)
    ]
    found = np.array([float(row[2]) for row in rows[1:]])
    assert 500 < found.mean() < 1500
    assert printed(monkeypatch, capsys, *flags, "--id=who") == out.read_text()
    by_kind = printed(monkeypatch, capsys, *flags, "--id=kind").splitlines()
    assert [line.split(",")[0] for line in by_kind[1:]] == [
        str(kind) for kind in (0, 1, 2) for n in range(N) for _ in range(T) if n % 3 == kind
    ]


def test_json_lines(trained, file, monkeypatch, capsys):
    flags = (f"--run={trained.folder}", f"--file={file}")
    rows = [json.loads(s) for s in printed(monkeypatch, capsys, *flags, "--json").splitlines()]
    table = list(csv.reader(printed(monkeypatch, capsys, *flags).splitlines()))[1:]
    assert [row["series"] for row in rows] == [f"s{n}" for n in range(N)]
    assert rows[0]["columns"] == ["y"]
    assert rows[0]["steps"] == list(range(2, T + 2))
    assert [value for row in rows for (value,) in row["values"]] == [float(r[2]) for r in table]


def some_series():
    draw = np.random.default_rng(0)
    return [
        Series(str(n), ("extra", "y", "x"), draw.normal(size=(length, 3)))
        for n, length in enumerate((5, 2, 9))
    ]


def test_predictions_do_not_depend_on_batches_or_other_columns(loaded):
    together = loaded.predict(some_series(), batch=4)
    assert [len(each.values) for each in together] == [5, 2, 9]
    for batch in (1, 2):
        for one, want in zip(some_series(), together, strict=True):
            (found,) = loaded.predict([one], batch=batch)
            np.testing.assert_allclose(found.values, want.values, rtol=1e-5)
            assert found[:3] == want[:3]
    pairs = loaded.predict(some_series(), batch=2)
    for found, want in zip(pairs, together, strict=True):
        np.testing.assert_allclose(found.values, want.values, rtol=1e-5)
    with pytest.raises(ValueError, match="has no column 'y'"):
        loaded.predict([Series("a", ("x",), np.zeros((3, 1)))])


def test_a_series_in_every_form(loaded, tmp_path):
    """Records, arrays, columns by name and files; a single one needs no list around it."""
    series = some_series()[0]
    (want,) = loaded.predict(series)
    x, y = series.take(["x", "y"]).T
    np.savez(tmp_path / "a.npz", x=x, y=y)
    rows = [f"{a!r}\tnoon\t{b!r}" for a, b in zip(x.tolist(), y.tolist(), strict=True)]
    (tmp_path / "a.tsv").write_text("\n".join(["x\twhen\ty", *rows]) + "\n")
    (tmp_path / "a.csv").write_text("\n".join(["x\twhen\ty", *rows]).replace("\t", ";"))
    array = np.stack([x, y], -1)
    forms = [array, array.tolist(), {"x": x, "y": y.tolist(), "when": ["noon"] * 5}]
    files = [tmp_path / "a.npz", str(tmp_path / "a.tsv")]
    for form in (*forms[:1], *forms[2:], *files):
        (found,) = loaded.predict(form)
        np.testing.assert_array_equal(found.values, want.values)
    found = loaded.predict([*forms, *files])
    assert [each.series for each in found] == ["0", "1", "2", "a.npz", "a.tsv"]
    for each in (*found, *loaded.predict(array[None])):
        np.testing.assert_allclose(each.values, want.values, rtol=1e-5)
    (found,) = loaded.predict(str(tmp_path / "a.csv"), delimiter=";")
    np.testing.assert_array_equal(found.values, want.values)


BAD = {
    "got no series": [],
    r"number 1: got shape \[3, 3\], want \[T, 2\]: x, y": [np.zeros((2, 2)), np.zeros((3, 3))],
    r"number 0: got shape \[4\], want": [np.zeros(4)],
    "number 0: got no numbers": [["a", "b"]],
    "number 0: got no numbers .* no column 'y', only x": {"x": [1.0, 2.0]},
    "number 0: got no numbers .* same shape": {"x": [1.0, 2.0], "y": [1.0]},
    "^0: got no step": [np.zeros((0, 2))],
    "or a number that is not finite": [np.full((2, 2), np.nan)],
    "nowhere.csv: got a path without a file": "nowhere.csv",
}


@pytest.mark.parametrize("words", BAD)
def test_what_no_numbers_follow_from(words, loaded):
    with pytest.raises(ValueError, match=words):
        loaded.predict(BAD[words])


def test_options_that_are_refused(loaded, file, trained, monkeypatch, capsys):
    with pytest.raises(ValueError, match=r"bach: got 3, .* did you mean batch\?"):
        loaded.predict(file, bach=3)
    with pytest.raises(ValueError, match="batch: got 0"):
        loaded.predict(file, batch=0)
    for flags, words in {
        ("--text=1,2",): "text: got '1,2', but this run predicts from files",
        (f"--file={file}", "--id=whom"): "want 'whom' among them",
    }.items():
        with pytest.raises(SystemExit):
            printed(monkeypatch, capsys, f"--run={trained.folder}", *flags)
        assert words in capsys.readouterr().err


def test_the_record_holds_what_prediction_needs(trained):
    loaded = seqjax.load(trained.folder)
    data = loaded.record["data"]
    assert (data["inputs"], data["targets"]) == (["x", "y"], ["y"])
    # A statistic moved by hand moves the predictions: they come from the record.
    one = Series("a", ("x", "y"), np.random.default_rng(1).normal(size=(4, 2)))
    (before,) = loaded.predict(one)
    data["statistics"]["targets"]["mean"][0] += 10
    (after,) = loaded.predict(one)
    np.testing.assert_allclose(after.values, before.values + 10, rtol=1e-9)

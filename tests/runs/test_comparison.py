"""Runs side by side: their groups, means, differences, curves, as text and picture."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from paths import ROOT

import seqjax
from seqjax.runs.comparison import compare, difference
from seqjax.runs.comparison_picture import curve
from seqjax.runs.figures import read_figures


def folder(
    parent: Path,
    name: str,
    losses: Sequence[float],
    test: float | None = None,
    *,
    task: str = "tagging",
    data: int = 1,
    monitor: str = "loss",
    every: int = 10,
    **settings: Any,
) -> Path:
    """A run as its folder tells it: losses of validation every so many steps, and of the test."""
    path = parent / name
    path.mkdir()
    config = {"workdir": str(path), **settings}
    record = {"format": 2, "task": task, "config": config, "data": {"rows": data}}
    (path / "run.json").write_text(json.dumps({**record, "monitor": monitor}))
    rows = [
        {"step": every * i, "kind": "valid", "seconds": 0.0, "loss": loss, "error": -loss}
        for i, loss in enumerate(losses, 1)
    ]
    if test is not None:
        rows.append({"step": every * len(losses), "kind": "test", "seconds": 1.0, "loss": test})
    (path / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture
def grid(tmp_path: Path) -> list[Path]:
    """Three seeds of an LSTM of the default width, two of a GRU."""
    lstm = [
        folder(tmp_path, f"lstm{s}", [3, 2, 1 + s / 10], 1 + s / 10, cell="lstm", seed=s)
        for s in (0, 1, 2)
    ]
    gru = [
        folder(tmp_path, f"gru{s}", [2, 1], 0.5 + s / 5, cell="gru", seed=s, every=15)
        for s in (0, 1)
    ]
    return [*lstm, *gru]


def test_runs_that_differ_in_the_seed_alone_are_a_group(grid: list[Path], tmp_path: Path) -> None:
    """In any order; a setting that a run does not name has its default."""
    hidden = read_figures(grid[0]).settings["hidden"]
    same = folder(tmp_path, "again", [1], 1.3, cell="lstm", seed=7, hidden=hidden)
    found = compare([grid[3], *grid[:3], grid[4], same])
    assert [group.name for group in found.groups] == ["cell=gru", "cell=lstm"]
    assert [[run.folder.name for run in group.runs] for group in found.groups] == [
        ["gru0", "gru1"], ["lstm0", "lstm1", "lstm2", "again"],
    ]  # fmt: skip
    assert (found.task, found.part, found.figures, found.same_data) == (
        "tagging", "test", ["loss"], True,
    )  # fmt: skip
    np.testing.assert_array_equal(found.groups[1].values("test", "loss"), [1, 1.1, 1.2, 1.3])
    assert "0,000" not in repr(found) and len(repr(found)) < 200


def test_other_data_is_another_group_and_said(grid: list[Path], tmp_path: Path) -> None:
    other = folder(tmp_path, "other", [1], 0.1, cell="lstm", seed=9, data=2)
    found = compare([grid[0], grid[1], other])
    assert [group.name for group in found.groups] == [str(grid[0]), str(other)]
    assert "not all were trained on the same data" in str(found)
    assert "not all" not in str(compare(grid))


def test_the_text(grid: list[Path]) -> None:
    lines = str(compare(grid)).splitlines()
    assert lines[0] == "tagging: figures of the part 'test'"
    table = {line.split()[0]: line.split()[1:] for line in lines[2:5]}
    assert table["cell=lstm"] == ["3", "30", "1.1", "±", "0.1"]
    assert table["cell=gru"] == ["2", "30", "0.6", "±", "0.14"]
    (less,) = (line for line in lines if line.startswith("cell=gru") and "[" in line)
    assert less.split()[1] == "-0.5"
    steps = lines.index("loss of validation after steps") + 2
    assert lines[steps].split() == ["10", "20", "30"]
    assert lines[steps + 1].split() == [
        "cell=lstm",
        "3",
        "±",
        "0",
        "2",
        "±",
        "0",
        "1.1",
        "±",
        "0.1",
    ]
    assert lines[steps + 2].split() == ["cell=gru", "-", "2", "±", "0", "1", "±", "0"]


def test_an_interval_is_that_of_all_ways_to_draw_the_runs_anew() -> None:
    """All 27 x 27 of them; a group of one run has none, nor has what is no number."""
    one, other = np.array([1.0, 1.5, 1.1]), np.array([0.2, 0.9, 0.4])

    def means(values: np.ndarray) -> list[float]:
        return [float(np.mean(drawn)) for drawn in itertools.product(values, repeat=len(values))]

    every = np.subtract.outer(means(one), means(other)).ravel()
    found = difference(one, other)
    assert found.mean == pytest.approx(0.7)
    # 10,000 drawings move a quantile by a step or so of a distribution of 100 values.
    assert found.low == pytest.approx(np.quantile(every, 0.025), abs=0.03)
    assert found.high == pytest.approx(np.quantile(every, 0.975), abs=0.03)
    assert found == difference(one, other)
    for a, b in ((one[:1], other), (one, np.array([1.0, np.nan]))):
        assert np.isnan(difference(a, b)[1:]).all()


def test_a_run_that_is_still_trained(grid: list[Path], tmp_path: Path) -> None:
    """Then all are compared by their best evaluation, as their task knows it."""
    still = folder(tmp_path, "still", [0.9, 0.4, 0.7], cell="rnn")
    found = compare([*grid, still])
    assert (found.part, found.figures) == ("valid", ["loss", "error"])
    assert found.groups[-1].values("valid", "loss") == [0.4]
    by_error = folder(tmp_path, "by_error", [0.9, 0.4, 0.7], monitor="error")
    assert read_figures(by_error).valid["loss"] == 0.9
    diverged = folder(tmp_path, "diverged", [], cell="rnn", hidden=3)
    row = {"step": 10, "kind": "valid", "seconds": 0.0, "loss": "NaN"}
    (diverged / "metrics.jsonl").write_text(json.dumps(row) + "\n")
    assert read_figures(diverged).valid == {}
    assert np.isnan(read_figures(diverged).at("loss", 20))


def test_a_figure_on_the_way_is_that_of_the_last_evaluation(grid: list[Path]) -> None:
    run = read_figures(grid[0])
    assert [run.at("loss", step) for step in (10, 19, 20, 99)] == [3, 3, 2, 1]
    assert np.isnan(run.at("loss", 9))
    assert run.steps == 30


def test_a_curve_is_drawn_where_all_runs_have_been(grid: list[Path], tmp_path: Path) -> None:
    later = folder(tmp_path, "later", [9, 8], cell="lstm", seed=5, every=12)
    (group,) = compare([*grid[:3], later]).groups
    steps, values = curve(group, "loss")
    assert steps.tolist() == [12, 20, 24]
    assert values[:, 1].tolist() == [2, 2, 2, 9]
    never = folder(tmp_path, "never", [9, 8], cell="lstm", seed=6, every=40)
    (group,) = compare([*grid[:3], never]).groups
    assert [len(part) for part in curve(group, "loss")] == [0, 4]


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_the_picture(ending: str, grid: list[Path], tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    path = tmp_path / f"curves.{ending}"
    seqjax.runs.compare(grid).draw(path)
    start = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}[ending]
    assert path.read_bytes().startswith(start)
    with pytest.raises(ValueError, match=r"figure: got 'f1', .* has error, loss in validation"):
        seqjax.runs.compare(grid).draw(path, "f1")
    with pytest.raises(ValueError, match=r"ending of out: got '\.gif'"):
        seqjax.runs.compare(grid).draw(tmp_path / "curves.gif")


def test_what_cannot_be_compared(grid: list[Path], tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    other = folder(tmp_path, "other", [1], 1.0, task="regression")
    none = folder(tmp_path, "none", [])
    wide = folder(tmp_path, "wide", [1], hidden="wide")
    for folders, message in (
        ([], "got none"),
        ([grid[0], tmp_path / "empty" / ".." / "lstm0"], "lstm0 twice"),
        ([grid[0], grid[0]], "lstm0 twice"),
        ([grid[0], tmp_path / "empty"], "empty: got no run there"),
        ([grid[0], other], "lstm0 of the task tagging and .*other of regression"),
        ([none], "none: has no figures yet"),
        ([wide], r"wide.run\.json: hidden: got 'wide'"),
    ):
        with pytest.raises(ValueError, match=message):
            compare(folders)


def test_the_launch(grid: list[Path], tmp_path: Path) -> None:
    """Folders stand behind the name, flags among them."""
    pytest.importorskip("matplotlib")
    words = [*map(str, grid[:3]), f"--out={tmp_path / 'a.svg'}", str(grid[3])]
    done = subprocess.run(
        [sys.executable, "-m", "experiments.compare", *words],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "cell=gru" in done.stdout and done.stdout.endswith("a.svg\n")
    assert (tmp_path / "a.svg").exists()

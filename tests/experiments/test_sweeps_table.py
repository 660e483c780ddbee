"""The table of a sweep, as text, CSV and picture."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments.sweeps import picture
from experiments.sweeps.config import SweepConfig
from experiments.sweeps.picture import axis
from experiments.sweeps.plan import Search
from experiments.sweeps.state import ASKED, Sweep, Trial
from experiments.sweeps.table import table
from experiments.sweeps.work import sweep as launched

LOSSES: tuple[list[float], ...] = ([3, 2], [4, 0.5, 1], [9, 8, 7], [], [])


def made(folder: Path, names: tuple[str, ...] = ("cell", "rate"), **asked: Any) -> Sweep:
    """Two trials that have ended, one that runs, one that waits, one that failed."""
    values = {"cell": ["lstm", "gru", "rnn", "gru", "lstm"], "rate": [0.1, 1e-4, 0.03, 1, 2]}
    values["loss"] = ["squared", "absolute", "huber", "squared", "huber"]
    trials = [
        Trial(n + 1, {name: values[name][n] for name in names}, [0.1] * (n < 2)) for n in range(5)
    ]
    trials[4].error = "error: data: got none"
    nothing = dict.fromkeys(ASKED)
    defaults = {**nothing, "launch": "regress", "rungs": [], "halving": 0, "random": []}
    found = Sweep(folder, {**defaults, **asked}, [], trials)
    for trial, losses in zip(trials, LOSSES, strict=True):
        if losses:
            run(found.run_folder(trial), trial, losses)
    found.save()
    return found


def run(folder: Path, trial: Trial, losses: list[float]) -> None:
    """As a launch leaves it; its test is ten times its last loss."""
    folder.mkdir(parents=True)
    settings = {**trial.settings, "workdir": str(folder)}
    record = {"format": 2, "task": "regression", "config": settings, "data": {}}
    (folder / "run.json").write_text(json.dumps({**record, "monitor": "loss"}))
    rows = [
        {"step": 10 * n, "kind": "valid", "seconds": 0.0, "loss": loss, "mae": -loss}
        for n, loss in enumerate(losses, 1)
    ]
    if trial.figures:
        test = {"step": 10 * len(losses), "kind": "test", "seconds": 0.0, "loss": 10 * losses[-1]}
        rows.append(test)
    (folder / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def cells(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines()]


def test_a_table_has_settings_status_and_figures(tmp_path: Path) -> None:
    """Of validation those of the best evaluation; the best first, those without any last."""
    found = table(made(tmp_path))
    assert (found.settings, found.figures, found.monitor) == (
        ["cell", "rate"], ["loss", "mae", "test_loss"], "loss",
    )  # fmt: skip
    assert cells(str(found.sorted())) == [
        ["trial", "cell", "rate", "status", "step", "loss", "mae", "test_loss"],
        ["2", "gru", "0.0001", "ended", "30", "0.5", "-0.5", "10"],
        ["1", "lstm", "0.1", "ended", "20", "2", "-2", "20"],
        ["3", "rnn", "0.03", "unfinished", "30", "7", "-7", "-"],
        ["4", "gru", "1", "waiting", "-", "-", "-", "-"],
        ["5", "lstm", "2", "failed", "-", "-", "-", "-"],
    ]


@pytest.mark.parametrize(
    ("column", "order"),
    [
        ("trial", [1, 2, 3, 4, 5]),
        ("-trial", [5, 4, 3, 2, 1]),
        ("rate", [2, 3, 1, 4, 5]),
        ("-rate", [5, 4, 1, 3, 2]),
        ("cell", [2, 4, 1, 5, 3]),
        ("-loss", [3, 1, 2, 4, 5]),
        ("test_loss", [2, 1, 3, 4, 5]),
        ("status", [1, 2, 5, 3, 4]),
    ],
)
def test_by_any_column(column: str, order: list[int], tmp_path: Path) -> None:
    assert [row["trial"] for row in table(made(tmp_path)).sorted(column).rows] == order


def test_a_column_that_there_is_not(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"sort: got 'los', want one of cell, .*mean 'loss'"):
        table(made(tmp_path)).sorted("los")


def test_csv_has_all_digits_and_nothing_where_nothing_is(tmp_path: Path) -> None:
    sweep = made(tmp_path)
    (metrics := sweep.run_folder(sweep.trials[0]) / "metrics.jsonl").write_text(
        metrics.read_text().replace('"loss": 2', '"loss": 0.12345678901234567')
    )
    path = tmp_path / "results.csv"
    table(sweep).sorted().write(path)
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["trial"] for row in rows] == ["1", "2", "3", "4", "5"]
    assert float(rows[0]["loss"]) == 0.12345678901234567
    assert (rows[2]["test_loss"], rows[3]["step"], rows[4]["status"]) == ("", "", "failed")


def test_a_setting_that_is_called_like_a_figure(tmp_path: Path) -> None:
    found = table(made(tmp_path, ("loss",)))
    assert found.columns == ["trial", "loss", "status", "step", "valid_loss", "mae", "test_loss"]
    assert found.monitor == "valid_loss"
    assert [row["trial"] for row in found.sorted().rows] == [2, 1, 3, 4, 5]
    assert found.sorted().rows[0]["loss"] == "absolute"


def test_rungs_are_shown(tmp_path: Path) -> None:
    sweep = made(tmp_path, rungs=[1, 3], halving=2)
    sweep.trials[2].figures, sweep.trials[3].figures = [7.0], [0.01, 0.01]
    sweep.trials[0].figures = [2.0, 2.0]
    assert [(row["status"], row["epochs"]) for row in table(sweep).rows] == [
        ("dropped", 3), ("unfinished", 1), ("dropped", 1), ("ended", 3), ("failed", None),
    ]  # fmt: skip


def test_the_table_of_a_sweep_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is written, and what another process works on is shown."""
    pytest.importorskip("matplotlib")
    folder = tmp_path / "sweep"
    folder.mkdir()
    sweep = made(folder)
    before = sorted(path.name for path in folder.iterdir())
    config = SweepConfig(out=str(folder), sort="-loss", picture=str(tmp_path / "a.svg"))
    assert launched(config, Search(), []) == 0
    out, error = capsys.readouterr()
    assert cells(out)[1][0] == "3" and out.endswith(f"picture: {tmp_path / 'a.svg'}\n")
    assert (
        "1 of 5 trials failed" in error and f"data: got none; {sweep.log(sweep.trials[4])}" in error
    )
    assert sorted(path.name for path in folder.iterdir()) == before
    for wrong, message in (
        ({"out": str(tmp_path)}, "got no sweep there"),
        ({"out": str(folder), "sort": "los"}, "sort: got 'los'"),
        ({"out": str(folder), "picture": "a.gif"}, "ending of picture: got '.gif'"),
        ({"out": str(folder), "picture": str(tmp_path / "no" / "a.png")}, "picture: got"),
    ):
        with pytest.raises(SystemExit) as exit:
            launched(SweepConfig(**wrong), Search(), [])
        assert exit.value.code == 1
        assert f"error: {message}" in capsys.readouterr().err.replace(f"out: {tmp_path}: ", "")


@pytest.mark.parametrize(("names", "axes"), [(("cell", "rate"), 3), (("cell",), 0)])
def test_the_picture(
    names: tuple[str, ...], axes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Coordinates of all that was searched and the figure; curves for one setting."""
    pytest.importorskip("matplotlib")
    sweep = made(tmp_path, names)
    drawn: list[Any] = []
    parallel = picture._parallel

    def recorded(found: Any, *arguments: Any) -> None:
        drawn.extend(found)
        parallel(found, *arguments)

    monkeypatch.setattr(picture, "_parallel", recorded)
    for ending, start in (("svg", b"<?xml"), ("png", b"\x89PNG")):
        path = tmp_path / f"trials.{ending}"
        picture.draw(sweep, table(sweep).sorted(), path)
        assert path.read_bytes().startswith(start)
    text = (tmp_path / "trials.svg").read_text()
    assert "cell" in text and "loss" in text
    assert len(drawn) == 2 * axes
    if axes:
        assert [each.name for each in drawn[:3]] == ["cell", "rate", "loss"]
        assert [len(each.places) for each in drawn[:3]] == [3, 3, 3]
    with pytest.raises(ValueError, match="no trial has a number as loss"):
        empty = Sweep(tmp_path / "none", sweep.asked, [], sweep.trials)
        picture.draw(empty, table(empty), tmp_path / "b.png")


def test_numbers_stand_by_size_and_names_in_equal_steps() -> None:
    np.testing.assert_allclose(axis("hidden", [10, 40, 30]).places, [0, 1, 2 / 3])
    wide = axis("rate", [1e-3, 1e-1, 1e-2])
    np.testing.assert_allclose(wide.places, [0, 1, 0.5])
    assert wide.ticks == [(0, "0.001"), (0.5, "0.01"), (1, "0.1")]
    np.testing.assert_allclose(axis("rate", [0.1, 0.4, 0.2], log=True).places, [0, 1, 0.5])
    assert axis("rate", [2, 2]).places == [0.5, 0.5]
    assert axis("cell", ["gru", "lstm", "gru"]).places == [0.25, 0.75, 0.25]
    assert axis("tied", [True, False]).ticks == [(0.25, "true"), (0.75, "false")]
    many = axis("rate", list(range(100)))
    assert [words for _, words in many.ticks] == ["0", "24.8", "49.5", "74.2", "99"]

"""Regression as a person meets it: what is refused, trained, said, and opened again."""

from __future__ import annotations

import csv
import importlib.util
import io
import json
import shlex
import shutil

import launches
import numpy as np
import pytest
from prepared_once import prepared_once

import seqjax
from seqjax import runs
from seqjax.data.partition import partition
from seqjax.tasks.regression import TASK
from seqjax.training import logs

TINY = ("--hidden=4", "--shapes=1", "--epochs=2")
N, T = 10, 8

WRONG = {
    "--data=nowhere": "data: got 'nowhere', which is neither",
    "--data=wave": "did you mean 'waves'?",
    "--data=waves": "id: got 'who' with data=waves: nothing would use it",
    "--targets=z": "targets: n.csv has no column 'z', only who, x, y, kind",
    "--inputs=y": "inputs: got 'y', which is a target",
    "--window=-2": "window: got -2",
    "--steps=5": "steps: got 5 without data=adding: nothing would use it",
    "--valid=0": "valid: got no series for it",
    "--test=0.95": "shares: got",
    "--id=whom": "want 'whom' among them",
    "--delimiter=;": "delimiter: got ';', but the first line of",
    "--delimiter=ab": "delimiter: got 'ab', want one character, or tab",
    "--cell=lstn": "cell: got 'lstn'",
    "--rate=0": "rate: got 0",
    "--batch=0": "batch: got 0",
    "--output=one --window=3": "window: got 3",
    "--output=forecast --ahead=8": "got 8 steps, want more than 8",
    "--output=forecast --bidirectional": "bidirectional: got True, but the targets are ahead",
    "--data=adding": "targets: got 'y' with data=adding: nothing would use it",
    "--data=adding --targets= --shapes=8": "output: got 'each', want one",
}
BY_SERIES = ("--valid=0", "--test=0.95", "--output=forecast --ahead=8", "--data=waves")


@pytest.mark.parametrize("wrong", WRONG)
def test_flags_that_are_refused(wrong, file, tmp_path, capsys):
    text = file.read_text().replace("s", "")
    (tmp_path / "n.csv").write_text(text)
    arguments = [f"--data={tmp_path / 'n.csv'}", "--targets=y", "--output=each", *wrong.split()]
    if wrong in BY_SERIES:
        arguments.append("--id=who")
    folder = tmp_path / "run"
    with pytest.raises(SystemExit) as exit:
        launches.run(TASK, *TINY, f"--workdir={folder}", *arguments)
    error = capsys.readouterr().err
    assert exit.value.code == 1
    assert error.startswith("error: ")
    assert WRONG[wrong] in error
    assert not folder.exists()


def test_the_report_is_in_the_units_of_the_data(trained, file):
    folder, out = trained.folder, trained.out
    rows = {line[:36].strip(): line.split()[-3:] for line in out.splitlines() if line[:2] == "  "}
    assert f"y: errors on the test part ({T - 2} values)" in out
    # The baselines from the file itself: the test part is the series the cut has put there.
    series = {}
    for row in csv.DictReader(io.StringIO(file.read_text())):
        series.setdefault(row["who"], []).append(float(row["y"]))
    whole = np.array(list(series.values()))
    cut = partition(range(N), {"test": 0.1, "valid": 0.1}, rest="train", seed=0)
    test, train = whole[cut["test"]], whole[cut["train"]]
    last = ((test[:, 2:] - test[:, :-2]) ** 2).mean()
    mean = ((test[:, 2:] - train[:, 2:].mean()) ** 2).mean()
    assert float(rows["the last value"][0]) == pytest.approx(last, rel=1e-3)
    assert float(rows["mean of the training part"][0]) == pytest.approx(mean, rel=1e-3)
    model = [float(each) for each in rows[f"this model (step {runs.load(folder).step})"]]
    found = logs.read(folder / logs.NAME)[-1]
    assert found["kind"] == "test"
    np.testing.assert_allclose(model, [found["mse"], found["mae"], found["rmse"]], rtol=1e-3)


def test_the_hints_are_ours(trained, file, monkeypatch, capsys):
    (hint,) = [shlex.split(s) for s in trained.out.splitlines() if s.startswith("  python -m")]
    assert hint[:3] == ["python", "-m", "experiments.predict"]
    assert importlib.util.find_spec(hint[2])
    flags = [flag.replace("FILE", str(file)) for flag in hint[3:] if "--out" not in flag]
    assert len(flags) == 2
    out = launches.predicted(monkeypatch, capsys, TASK, *flags)
    assert out.startswith("series,step,y\ns0,2,")


def test_a_finished_run_says_it_all_again(trained, capsys):
    with prepared_once(trained.made):
        assert launches.run(TASK, *trained.flags) == 0
    assert capsys.readouterr().out == trained.out
    with pytest.raises(SystemExit):
        launches.run(TASK, *trained.flags, "--window=3")
    assert "window: got 3, but the run in" in capsys.readouterr().err


def test_figures_of_a_part_that_is_a_file(trained, tmp_path):
    """The test part, written to a file, there twice: the figures that training gave."""
    (series,) = launches.data_set(TASK, *trained.flags).parts["test"].records
    lines = [",".join(["who", "when", *series.columns])]
    for name in ("s", "t"):
        lines += [",".join([name, "noon", *map(repr, row)]) for row in series.values.tolist()]
    (tmp_path / "part.csv").write_text("\n".join(lines) + "\n")
    loaded = launches.kept(str(trained.folder), "best")
    found = loaded.evaluate(tmp_path / "part.csv")
    want = logs.read(trained.folder / logs.NAME)[-1]
    assert set(found) == {"loss", "mse", "mae", "rmse"}
    assert found == pytest.approx({name: want[name] for name in found}, rel=1e-6)
    columns = {name: series.take([name])[None, :, 0] for name in ("x", "y")}
    np.savez(tmp_path / "part.npz", **columns)
    assert loaded.evaluate(tmp_path / "part.npz") == pytest.approx(found)


@pytest.fixture(scope="module")
def long_run(tmp_path_factory):
    """(run, file, numbers) trained from Python on one long series in a file as people have them."""
    folder = tmp_path_factory.mktemp("long")
    numbers = np.random.default_rng(0).normal(size=(500, 2)).cumsum(0)
    rows = [f"{n};2024-01-{1 + n // 24:02};{a};{b}" for n, (a, b) in enumerate(numbers.tolist())]
    (folder / "long.csv").write_text("\n".join([";when;a;b", *rows]) + "\n")
    with pytest.MonkeyPatch.context() as patch:
        launches.quick(patch)
        run = seqjax.train(
            "regression", quiet=True, workdir=folder / "run", data=folder / "long.csv",
            delimiter=";", hidden=3, cell="rnn", epochs=1, valid=0.15, test=0.15, shapes=1,
        )  # fmt: skip
    return run, folder / "long.csv", numbers


def test_a_run_from_python_on_one_long_file(long_run, tmp_path):
    run, file, numbers = long_run
    assert run.record["data"]["window"] == 64
    assert run.record["data"]["inputs"] == ["a", "b"]
    (predicted,) = run.predict(file)
    assert predicted.series == "long.csv"
    assert predicted.columns == ["b"]
    assert predicted.steps == list(range(1, 501))
    assert predicted.values.shape == (500, 1)
    assert run.history()["valid"]["loss"].shape == (1,)
    assert "inputs (2) -> 1 layer of rnn, 3 units -> a value a step, 1 ahead" in run.summary()
    # Figures of the test part again, from a file of its own: training alone sees pieces.
    header, *lines = file.read_text().splitlines()
    (tmp_path / "end.csv").write_text("\n".join([header, *lines[-75:]]) + "\n")
    found = run.evaluate(tmp_path / "end.csv")
    want = logs.read(run.folder / logs.NAME)[-1]
    assert found["mse"] == pytest.approx(want["mse"], rel=1e-6)
    (whole,) = run.predict(numbers[-75:])
    error = ((whole.values[:-1, 0] - numbers[-74:, 1]) ** 2).mean()
    assert found["mse"] == pytest.approx(error, rel=1e-5)


def test_a_run_of_the_first_format(long_run, tmp_path):
    """Its series are whole: it knows no other window than that of its settings."""
    run, file, _ = long_run
    shutil.copytree(run.folder, tmp_path / "run")
    path = tmp_path / "run" / "run.json"
    record = json.loads(path.read_text())
    del record["format"], record["data"]["window"], record["config"]["delimiter"]
    record = {"kind": "regressor", **record}
    del record["task"]
    record["config"]["window"] = 0
    path.write_text(json.dumps(record))
    old = seqjax.load(tmp_path / "run")
    (want,), (found,) = run.predict(file), old.predict(file, delimiter=";")
    np.testing.assert_array_equal(found.values, want.values)
    (tmp_path / "comma.csv").write_text(file.read_text().replace(";", ","))
    (whole,) = old.predict(tmp_path / "comma.csv")
    error = whole.values[:-1, 0] - long_run[2][1:, 1]
    assert old.evaluate(tmp_path / "comma.csv")["mse"] == pytest.approx((error**2).mean(), rel=1e-5)


def test_adding_in_the_launch(tmp_path, capsys):
    arguments = (
        "--data=adding", "--output=one", "--steps=4", "--batch=8", "--hidden=4", "--epochs=1",
        "--cell=rnn", "--driver=sequential",
        f"--workdir={tmp_path / 'run'}",
    )  # fmt: skip
    assert launches.run(TASK, *arguments) == 0
    out, error = capsys.readouterr()
    assert "values to predict: train 2,000" in error
    assert "sum: errors on the test part" in out
    (line,) = (line for line in out.splitlines() if "mean of the training part" in line)
    assert float(line.split()[-3]) == pytest.approx(1 / 6, rel=0.2)
    loaded = seqjax.load(tmp_path / "run")
    table = {"value": [0.5, 0.1, 0.25, 0.9], "mark": [1, 0, 1, 0]}
    (found,) = loaded.predict(table)
    assert found.values.shape == (1,)
    assert found.steps == []
    options = TASK.options()
    assert TASK.head(loaded, options) == "series,sum"
    assert TASK.show(found, options) == f"0,{found.values[0]}"

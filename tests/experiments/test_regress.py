"""Regression from the command line: training, the report, prediction, refusals."""

from __future__ import annotations

import csv
import io
import sys

import numpy as np
import pytest
from launches import call, given, quick

from experiments import regress, regress_values, task
from experiments.regress import CONFIGS
from experiments.regress_data import SeriesConfig, numbers
from experiments.regress_values import ValuesConfig
from seqjax import runs
from seqjax.data.formats.numeric import Series, statistics
from seqjax.data.partition import partition
from seqjax.models.regressor import RegressorConfig
from seqjax.training import logs

TINY = ("--hidden=4", "--shapes=1", "--epochs=2")
N, T = 10, 8


def table(seed=0, steps=T):
    """Rows of a CSV file with N series: y is the sum of x so far, in large units."""
    draw = np.random.default_rng(seed)
    lines = ["who,x,y,kind"]
    for n in range(N):
        x = draw.normal(size=steps)
        y = 1000 + 100 * x.cumsum()
        lines += [f"s{n},{a},{b},{n % 3}" for a, b in zip(x, y, strict=True)]
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("numbers") / "sums.csv"
    path.write_text(table())
    return path


def made(file, *, output="each", **options):
    config = SeriesConfig(**{"data": str(file), "id": "who", "targets": "y", **options})
    return numbers(config, RegressorConfig(output=output))


def test_statistics_are_those_of_the_training_part(file):
    found = made(file, valid=0.2, test=0.3, batch=3)
    assert (found.inputs, found.targets) == (("x", "kind"), ("y",))
    counts = {part: len(source.examples) for part, source in found.sources.items()}
    assert counts == {"train": 5, "valid": 2, "test": 3}
    assert found.values == {"train": 5 * T, "valid": 2 * T, "test": 3 * T}
    rows = np.concatenate([e["targets"] for e in found.sources["train"].examples])
    np.testing.assert_allclose((rows.mean(), rows.std()), (0, 1), atol=1e-6)
    held = np.concatenate([e["targets"] for e in found.sources["test"].examples])
    assert abs(held.mean()) > 1e-3
    deviation = found.data["statistics"]["targets"]["deviation"]
    assert deviation == found.scales["targets"].deviation.tolist()
    assert 50 < deviation[0] < 500


def test_without_normalisation(file):
    found = made(file, normalise=False)
    assert found.sources["train"].examples[0]["targets"].mean() > 500
    assert found.data["statistics"]["targets"] == {"mean": [0.0], "deviation": [1.0]}


def series_of(file):
    values = np.arange(32.0).reshape(16, 2)
    rows = "\n".join(f"{a},{b}" for a, b in values)
    file.write_text("a,b\n" + rows + "\n")
    return values


@pytest.mark.parametrize(("window", "pieces"), [(0, [9]), (4, [4, 4, 1]), (9, [9])])
def test_one_long_series_is_cut_in_time(window, pieces, tmp_path):
    values = series_of(tmp_path / "long.csv")
    config = SeriesConfig(
        data=str(tmp_path / "long.csv"), window=window, valid=0.25, test=0.0, normalise=False,
        inputs="a", targets="b",
    )  # fmt: skip
    found = numbers(config, RegressorConfig(output="forecast", ahead=3))
    assert list(found.sources) == ["train", "valid"]
    train = found.sources["train"].examples
    assert [len(example["inputs"]) for example in train] == pieces
    inputs = np.concatenate([example["inputs"] for example in train])
    targets = np.concatenate([example["targets"] for example in train])
    np.testing.assert_array_equal(inputs, values[:9, :1])
    np.testing.assert_array_equal(targets, values[3:12, 1:])


def test_one_value_a_series(file):
    found = made(file, output="one", normalise=False)
    example = found.sources["train"].examples[0]
    assert example["inputs"].shape == (T, 2)
    assert example["targets"].shape == (1,)


def test_files_by_part_and_files_by_series(tmp_path, file):
    for part in ("train", "dev", "test"):
        (tmp_path / f"{part}.csv").write_text(table({"train": 0, "dev": 1, "test": 2}[part]))
    found = made(tmp_path)
    assert {part: len(s.examples) for part, s in found.sources.items()} == dict.fromkeys(
        ("train", "valid", "test"), N
    )
    (tmp_path / "train.csv").rename(tmp_path / "more.csv")
    found = made(tmp_path)
    assert sum(len(s.examples) for s in found.sources.values()) == 3 * N


WRONG = {
    "--data=nowhere": "data: got 'nowhere', which is neither",
    "--data=wave": "did you mean 'waves'?",
    "--targets=z": "has no column 'z', only who, x, y, kind",
    "--inputs=y": "inputs: got 'y', which is a target",
    "--window=-1": "window: got -1",
    "--steps=5": "steps: got 5, but data=adding alone uses it",
    "--valid=0": "valid: got no series for it",
    "--test=0.95": "shares: got",
    "--cell=lstn": "cell: got 'lstn'",
    "--rate=0": "rate: got 0",
    "--output=one --window=3": "window: got 3",
    "--output=forecast --ahead=8": "got 8 steps, want more than 8",
    "--output=forecast --bidirectional": "bidirectional: got True, but the targets are ahead",
    "--data=adding": "targets: got 'y', but data=adding does not use it",
}


@pytest.mark.parametrize("wrong", WRONG)
def test_flags_that_are_refused(wrong, file, tmp_path, monkeypatch, capsys):
    text = file.read_text().replace("s", "")
    (tmp_path / "n.csv").write_text(text)
    arguments = [f"--data={tmp_path / 'n.csv'}", "--targets=y", "--output=each", *wrong.split()]
    if "shares" in WRONG[wrong] or "series for it" in WRONG[wrong]:
        arguments.append("--id=who")
    if "8 steps" in WRONG[wrong]:
        arguments.append("--id=who")
    folder = tmp_path / "run"
    with pytest.raises(SystemExit) as exit:
        call(monkeypatch, regress.main, *TINY, f"--workdir={folder}", *arguments, configs=CONFIGS)
    error = capsys.readouterr().err
    assert exit.value.code == 1
    assert error.startswith("error: ")
    assert WRONG[wrong] in error
    assert not folder.exists()


@pytest.fixture(scope="module")
def trained(file, tmp_path_factory):
    """(folder, what was printed) of forecasts with one target among the inputs."""
    folder = tmp_path_factory.mktemp("trained") / "run"
    out = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", out)
        quick(patch)
        flags = [f"--data={file}", "--id=who", "--inputs=x,y", "--targets=y", "--ahead=2"]
        assert call(patch, regress.main, *TINY, *flags, f"--workdir={folder}", configs=CONFIGS) == 0
    return folder, out.getvalue()


def test_the_report_is_in_the_units_of_the_data(trained, file):
    folder, out = trained
    rows = {line[:36].strip(): line.split()[-3:] for line in out.splitlines() if line[:2] == "  "}
    parts = made(file, output="forecast").sources  # for the cut alone
    held = [e["targets"] for e in parts["test"].examples]
    assert f"y: errors on the test part ({len(held) * (T - 2)} values)" in out
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


def test_prediction_goes_on_beyond_the_end(trained, file, tmp_path, monkeypatch, capsys):
    folder, _ = trained
    out = tmp_path / "out.csv"
    flags = [f"--run={folder}", f"--file={file}", "--id=who"]
    call(monkeypatch, regress_values.main, *flags, f"--out={out}", configs=(ValuesConfig,))
    assert capsys.readouterr().out == ""
    rows = list(csv.reader(out.read_text().splitlines()))
    assert rows[0] == ["series", "step", "y"]
    assert [(row[0], int(row[1])) for row in rows[1:]] == [
        (f"s{n}", step + 2) for n in range(N) for step in range(T)
    ]
    found = np.array([float(row[2]) for row in rows[1:]])
    assert 500 < found.mean() < 1500


def test_predictions_do_not_depend_on_batches_or_other_columns(trained, file):
    loaded = runs.load(trained[0])
    draw = np.random.default_rng(0)
    series = [
        Series(str(n), ("extra", "y", "x"), draw.normal(size=(length, 3)))
        for n, length in enumerate((5, 2, 9))
    ]
    together = regress_values.values(loaded, series, batch=4)
    assert [len(each) for each in together] == [5, 2, 9]
    for one, want in zip(series, together, strict=True):
        (found,) = regress_values.values(loaded, [one], batch=1)
        np.testing.assert_allclose(found, want, rtol=1e-5)
    with pytest.raises(ValueError, match="has no column 'y'"):
        regress_values.values(loaded, [Series("a", ("x",), np.zeros((3, 1)))])


def test_the_record_holds_what_prediction_needs(trained, file):
    loaded = runs.load(trained[0])
    data = loaded.record["data"]
    assert (data["inputs"], data["targets"]) == (["x", "y"], ["y"])
    # A statistic moved by hand moves the predictions: they come from the record.
    one = Series("a", ("x", "y"), np.random.default_rng(1).normal(size=(4, 2)))
    (before,) = regress_values.values(loaded, [one])
    data["statistics"]["targets"]["mean"][0] += 10
    (after,) = regress_values.values(loaded, [one])
    np.testing.assert_allclose(after, before + 10, rtol=1e-9)


def test_adding_in_the_launch(tmp_path, monkeypatch, capsys):
    quick(monkeypatch)
    arguments = (
        "--data=adding", "--output=one", "--steps=4", "--batch=8", "--hidden=4", "--epochs=1",
        f"--workdir={tmp_path / 'run'}",
    )  # fmt: skip
    assert call(monkeypatch, regress.main, *arguments, configs=CONFIGS) == 0
    out, error = capsys.readouterr()
    assert "values to predict: train 2,000" in error
    assert "sum: errors on the test part" in out
    (line,) = (line for line in out.splitlines() if "mean of the training part" in line)
    assert float(line.split()[-3]) == pytest.approx(1 / 6, rel=0.2)
    loaded = runs.load(tmp_path / "run")
    one = Series("a", ("value", "mark"), np.array([[0.5, 1], [0.1, 0], [0.25, 1], [0.9, 0]]))
    (found,) = regress_values.values(loaded, [one])
    assert found.shape == (1,)
    text = regress_values.table(loaded, [one], [found])
    assert text.splitlines()[0] == "series,sum"


def test_what_a_run_remembers(file):
    first, other = (
        task.check(regress.prepare(*given(*TINY, *flags, configs=CONFIGS)))
        for flags in (
            (f"--data={file}", "--id=who", "--output=each", "--targets=y"),
            (f"--data={file}", "--id=who", "--output=each", "--targets=y,x", "--inputs=kind"),
        )
    )
    assert first.record["data"]["sha256"] == other.record["data"]["sha256"]
    assert (first.amount, other.amount) == (8 * T, 16 * T)
    found = statistics([np.array([[1.0], [3.0]])])
    assert found.mean.tolist() == [2.0]

"""From files of numbers to parts, columns, statistics and pieces."""

from __future__ import annotations

import launches
import numpy as np
import pytest

from seqjax.data.statistics import statistics
from seqjax.tasks.regression import TASK
from seqjax.tasks.regression.config import PIECE
from seqjax.tasks.regression.encode import scale_of
from seqjax.tasks.settings import as_json

N, T = 10, 8  # of the file of sums


def read(file, *flags, output="each"):
    """(what is read of a file with ids, data of the record)."""
    arguments = (f"--data={file}", "--id=who", "--targets=y", f"--output={output}", *flags)
    return launches.data_set(TASK, *arguments)


def values(data_set):
    """How many are to be predicted, by part."""
    return {
        part: sum(example["targets"].size for example in source.examples)
        for part, (source, _) in data_set.parts.items()
    }


def counts(data_set):
    return {part: len(source.examples) for part, (source, _) in data_set.parts.items()}


def test_statistics_are_those_of_the_training_part(file):
    found = read(file, "--valid=0.2", "--test=0.3", "--batch=3")
    data = found.data
    assert (data["inputs"], data["targets"]) == (["x", "kind"], ["y"])
    assert counts(found) == {"train": 5, "valid": 2, "test": 3}
    assert values(found) == {"train": 5 * T, "valid": 2 * T, "test": 3 * T}
    assert found.amount == 5 * T
    assert "values to predict: train 40 (5 series), valid 16 (2 series), test 24" in found.about
    rows = np.concatenate([e["targets"] for e in found.parts["train"].source.examples])
    np.testing.assert_allclose((rows.mean(), rows.std()), (0, 1), atol=1e-6)
    held = np.concatenate([e["targets"] for e in found.parts["test"].source.examples])
    assert abs(held.mean()) > 1e-3
    deviation = data["statistics"]["targets"]["deviation"]
    want = np.concatenate([s.take(["y"]) for s in found.parts["train"].records]).std(0)
    np.testing.assert_allclose(deviation, want)
    assert scale_of({"data": data}, "targets").deviation.tolist() == deviation
    assert 50 < deviation[0] < 500


def test_without_normalisation(file):
    found = read(file, "--nonormalise")
    assert found.parts["train"].source.examples[0]["targets"].mean() > 500
    assert found.data["statistics"]["targets"] == {"mean": [0.0], "deviation": [1.0]}


def long_file(path, steps=16, header="a,b", row="{a},{b}"):
    """A file of one series; its values [steps, 2]."""
    numbers = np.arange(2.0 * steps).reshape(steps, 2)
    rows = "\n".join(row.format(a=a, b=b) for a, b in numbers)
    path.write_text(f"{header}\n{rows}\n")
    return numbers


@pytest.mark.parametrize(("window", "pieces"), [(0, [9]), (4, [4, 4, 1]), (9, [9]), (-1, [9])])
def test_one_long_series_is_cut_in_time(window, pieces, tmp_path):
    numbers = long_file(tmp_path / "long.csv")
    found = launches.data_set(
        TASK, f"--data={tmp_path / 'long.csv'}", f"--window={window}", "--valid=0.25", "--test=0",
        "--nonormalise", "--inputs=a", "--targets=b", "--ahead=3",
    )  # fmt: skip
    assert list(found.parts) == ["train", "valid"]
    train = found.parts["train"].source.examples
    assert [len(example["inputs"]) for example in train] == pieces
    inputs = np.concatenate([example["inputs"] for example in train])
    targets = np.concatenate([example["targets"] for example in train])
    np.testing.assert_array_equal(inputs, numbers[:9, :1])
    np.testing.assert_array_equal(targets, numbers[3:12, 1:])


def test_a_long_series_is_cut_into_pieces_unless_told_otherwise(tmp_path):
    """A training part of one series, of 4 pieces or more; what is evaluated stays whole."""
    path = tmp_path / "long.csv"
    long_file(path, steps=10 * PIECE)
    flags = (f"--data={path}", "--valid=0.2", "--test=0.2", "--output=each")
    found = launches.data_set(TASK, *flags)
    assert counts(found) == {"train": 6, "valid": 1, "test": 1}
    assert found.data["window"] == PIECE
    assert found.about.splitlines()[1] == (
        "the training part is one series of 384 steps: cut into 6 pieces of 64 steps, 1 batches an"
        " epoch (see --window and --batch)"
    )
    whole = launches.data_set(TASK, *flags, "--window=0")
    assert counts(whole) == {"train": 1, "valid": 1, "test": 1}
    assert "one step of training an epoch (--window cuts it" in whole.about
    assert launches.data_set(TASK, *flags, "--test=0.5").data["window"] == 0  # 192 steps to train
    assert launches.data_set(TASK, *flags[:3], "--output=one").data["window"] == 0
    np.save(tmp_path / "several.npy", np.random.default_rng(0).normal(size=(9, 300, 2)))
    several = launches.data_set(TASK, f"--data={tmp_path / 'several.npy'}")
    assert several.data["window"] == 0
    assert "one series" not in several.about


def test_one_value_a_series(file):
    found = read(file, "--nonormalise", output="one")
    example = found.parts["train"].source.examples[0]
    assert example["inputs"].shape == (T, 2)
    assert example["targets"].shape == (1,)
    (last,) = found.parts["train"].records[0].take(["y"])[-1]
    assert example["targets"] == np.float32(last)


def test_files_by_part_and_files_by_series(tmp_path, sums):
    for n, part in enumerate(("train", "dev", "test")):
        (tmp_path / f"{part}.csv").write_text(sums(n))
    by_part = dict.fromkeys(("train", "valid", "test"), N)
    assert counts(read(tmp_path)) == by_part
    assert counts(read(tmp_path / "*.csv")) == by_part
    with pytest.raises(ValueError, match=r"valid: got 0\.2, but there is a file for it"):
        read(tmp_path, "--valid=0.2")
    (tmp_path / "train.csv").rename(tmp_path / "more.csv")
    for data in (tmp_path, tmp_path / "*.csv"):
        assert sum(counts(read(data)).values()) == 3 * N
    with pytest.raises(ValueError, match=r"data: got no files in .*\*\.tsv"):
        read(tmp_path / "*.tsv")


def test_files_of_other_columns(tmp_path):
    """They must be alike where the settings do not name all columns."""
    long_file(tmp_path / "one.csv", header="a,b")
    long_file(tmp_path / "two.csv", header="a,c")
    with pytest.raises(ValueError, match="data: got series of columns a, b and of a, c, want the"):
        launches.data_set(TASK, f"--data={tmp_path}", "--targets=a")
    flags = (f"--data={tmp_path}", "--inputs=a", "--targets=a", "--valid=0.5", "--test=0")
    assert launches.data_set(TASK, *flags).data["inputs"] == ["a"]


ROW = "2024-01-02 03:04,{a},x;y,{b}"


def test_columns_of_text_that_nobody_asked_for(tmp_path):
    path = tmp_path / "log.csv"
    numbers = long_file(path, header="when,a,note,b", row=ROW)
    for flags in ((), ("--inputs=a", "--targets=b")):
        found = launches.data_set(TASK, f"--data={path}", "--output=each", "--nonormalise", *flags)
        assert (found.data["inputs"], found.data["targets"]) == (["a"], ["b"])
        assert "columns that are left out, as not all they hold are numbers: when, note" in (
            found.about
        )
        inputs = found.parts["train"].source.examples[0]["inputs"]
        np.testing.assert_array_equal(inputs, numbers[: len(inputs), :1])
    for flags, words in {
        ("--targets=when",): "targets: got 'when', but that column of log.csv is text",
        ("--inputs=a,note",): "inputs: got 'note', but that column of log.csv is text",
        ("--inputs=c",): "inputs: log.csv has no column 'c', only a, b",
        ("--inputs=when", "--targets=b"): r"log\.csv, line 2, column when: got '2024-01-02 03:04'",
    }.items():
        with pytest.raises(ValueError, match=words):
            launches.data_set(TASK, f"--data={path}", *flags)


def test_a_hole_in_a_column_is_no_text(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a,b,c\n1,2,3\n2,,4\n3,4,5\n4,5,6\n")
    flags = (f"--data={path}", "--valid=0.25", "--test=0", "--output=each")
    with pytest.raises(ValueError, match="line 3, column b: got '', want a number"):
        launches.data_set(TASK, *flags)
    found = launches.data_set(TASK, *flags, "--inputs=a", "--targets=c")
    assert found.parts["train"].records[0].ignored == ("b",)


@pytest.mark.parametrize(("delimiter", "character"), [(";", ";"), ("tab", "\t"), ("|", "|")])
def test_what_stands_between_cells(delimiter, character, tmp_path):
    numbers = long_file(tmp_path / "a.csv", header=f"a{character}b", row=f"{{a}}{character} {{b}}")
    found = launches.data_set(
        TASK, f"--data={tmp_path / 'a.csv'}", f"--delimiter={delimiter}", "--valid=0.5", "--test=0",
        "--output=each",
    )  # fmt: skip
    (series,) = found.parts["train"].records
    np.testing.assert_array_equal(series.values, numbers[:8])
    want = "tab" if character == "\t" else f"'{delimiter}'"
    with pytest.raises(ValueError, match=r"delimiter: got ',', but the first line of") as error:
        launches.data_set(TASK, f"--data={tmp_path / 'a.csv'}")
    assert str(error.value).endswith(f"want {want}?")


def test_what_a_run_remembers(file):
    first, other = (
        launches.prepared(TASK, f"--data={file}", "--id=who", "--output=each", "--hidden=4", *flags)
        for flags in (("--targets=y",), ("--targets=y,x", "--inputs=kind"))
    )
    assert first.record["data"]["sha256"] == other.record["data"]["sha256"]
    assert (first.data_set.amount, other.data_set.amount) == (8 * T, 16 * T)
    found = statistics([np.array([[1.0], [3.0]])])
    assert found.mean.tolist() == [2.0]
    assert first.record["config"]["window"] == -1  # as it was given; what became of it is in data
    assert first.record["data"]["window"] == 0
    configs = launches.checked(TASK, f"--data={file}", "--id=who")
    assert set(as_json(*configs)) == set(first.record["config"])

"""What is wrong with settings is said before any data is read, for every task."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from task_cases import CASES

from seqjax import runs
from seqjax.runs.prepare import check_training
from seqjax.tasks import TASKS
from seqjax.tasks.settings import from_settings

WRONG = {
    "cell": "lstmm",
    "driver": "hoist",
    "init": "tourch",
    "layers": -1,
    "hidden": 0,
    "dropout": 1.5,
    "optimizer": "adm",
    "schedule": "cosin",
    "average": "aftr",
    "batch": 0,
    "rate": -1.0,
}
"""Of every task that has such a setting."""
OF_TASKS = [
    ("language_model", {"samples": 5}, "samples: got 5, want none with head=softmax"),
    ("language_model", {"head": "adaptive", "cutoffs": (9, 5)}, "cutoffs: got"),
    ("language_model", {"vocabulary": 1}, "vocabulary: got 1, want more than 1, which <unk> take"),
    ("language_model", {"locked": True}, "locked: got True, but --dropout is 0"),
    ("classification", {"vocabulary": 1}, "vocabulary: got 1, want 0 or 2 and more"),
    ("tagging", {"vocabulary": 1}, "vocabulary: got 1, want 0 or 2 and more"),
    ("tagging", {"locked": True, "dropout": 0.0}, "locked: got True, but --dropout is 0"),
    ("tagging", {"data": "a,b"}, "data: got 'a' among several files, but there is no such file"),
    ("regression", {"targets": "x,y,x"}, "targets: got 'x' twice, want each column once"),
    (
        "regression",
        {"output": "one", "inputs": "x", "targets": "x"},
        "inputs: got 'x', which is a target",
    ),
    ("transcription", {"units": "characters"}, "units: got 'characters' for a data set by name"),
]


def refused(task: str, message: str, folder: Path, **settings: Any) -> None:
    """Nothing is read: the task's reader fails if it is asked."""

    def read(*configs: object) -> None:
        raise AssertionError("data was read")

    definition = TASKS[task]._replace(read=read)
    configs = from_settings(definition.configs, {**settings, "workdir": str(folder / "run")})
    with pytest.raises(ValueError, match=message), runs.begun(definition, configs):
        pass
    assert not list(folder.iterdir())


@pytest.mark.parametrize("task", [case.name for case in CASES if case.name != "word_vectors"])
def test_what_no_data_makes_right(task: str, tmp_path: Path) -> None:
    names = {name for config in TASKS[task].configs for name in config.__dataclass_fields__}
    assert len(names & set(WRONG)) > 9
    for name, value in WRONG.items():
        if name in names:
            refused(task, f"{name}: got", tmp_path, **{name: value})


@pytest.mark.parametrize("task", [case.name for case in CASES])
def test_an_encoding_where_no_text_is_read(task: str, tmp_path: Path) -> None:
    """The data of all these runs needs no file."""
    refused(task, "encoding: got 'cp1252' ", tmp_path, encoding="cp1252")


@pytest.mark.parametrize(("task", "settings", "message"), OF_TASKS)
def test_what_a_task_refuses(task: str, settings: dict, message: str, tmp_path: Path) -> None:
    refused(task, message, tmp_path, **settings)


def test_two_columns_of_a_table_are_two(tmp_path: Path) -> None:
    table = tmp_path / "a.tsv"
    table.write_text("text\tlabel\none\ttwo\n")
    with pytest.raises(ValueError, match="text_column, label_column: got 'text' for both"):
        TASKS["classification"].check(
            *from_settings(
                TASKS["classification"].configs, {"data": str(table), "label_column": "text"}
            )
        )


def test_what_depends_on_the_length_of_a_run_is_not_refused() -> None:
    check_training(from_settings(TASKS["language_model"].configs, {"accumulate": 9999}))

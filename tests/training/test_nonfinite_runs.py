"""Runs of tasks in which numbers become infinite: what is left of them, and what they say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from task_cases import CASES

from seqjax import runs
from seqjax.tasks import TASKS
from seqjax.tasks.settings import check_run, from_settings
from seqjax.training import logs
from seqjax.training.nonfinite import NonFinite

pytestmark = pytest.mark.usefixtures("short_runs")

SETTINGS = {case.name: case.settings for case in CASES}
WILD = {"optimizer": "sgd", "rate": 1e30, "evaluate_every": 3}


def train(task: str, folder: Path, **settings: Any) -> tuple[list[dict[str, Any]], runs.Run]:
    """(the log, the run) of a launch without its report."""
    values = {**SETTINGS[task], "workdir": folder, **settings}
    definition = TASKS[task]
    with runs.begun(definition, from_settings(definition.configs, values)) as run:
        run.train(quiet=True)
    return logs.read(folder / logs.NAME), run


def names(path: Path) -> set[str]:
    """Of the arrays in a file."""
    with np.load(path) as content:
        return set(content)


def test_a_rate_that_is_too_large_is_made_smaller(tmp_path) -> None:
    """The first launch stops; the same run, told to go back, goes on at a smaller rate."""
    with pytest.raises(NonFinite):
        train("regression", tmp_path, **WILD)
    (batch,) = tmp_path.glob("nonfinite-*.npz")
    assert {"inputs", "targets", "lengths", "step"} <= names(batch)
    back = {"nonfinite": "back", "nonfinite_decay": 1e-32}
    rows, run = train("regression", tmp_path, **WILD, **back)
    assert rows[-1]["step"] == run.training.loop.steps
    rates = [row["rate"] for row in rows if row["kind"] == "train"]
    np.testing.assert_allclose(rates, 1e-2, rtol=1e-5)
    assert all(np.isfinite(row["loss"]) for row in rows)


def test_word_vectors_go_back_too(tmp_path) -> None:
    settings = {"objective": "glove", "update": "sgd", "rate": 1e9, "chunk": 64}
    with pytest.raises(NonFinite):
        train("word_vectors", tmp_path / "a", **settings)
    (batch,) = (tmp_path / "a").glob("nonfinite-*.npz")
    assert {"rows", "columns", "values", "step"} <= names(batch)
    back = {"nonfinite": "back", "nonfinite_decay": 1e-11}
    rows, run = train("word_vectors", tmp_path / "b", **settings, **back)
    assert [row["step"] for row in rows if row["kind"] == "valid"][:1] == [0]
    assert rows[-1]["step"] == run.training.loop.steps
    assert 0 < max(row["rate"] for row in rows if row["kind"] == "train") < 1e-2


def test_word_vectors_refuse_to_skip() -> None:
    task = TASKS["word_vectors"]
    configs = from_settings(task.configs, SETTINGS["word_vectors"] | {"nonfinite": "skip"})
    check_run(configs[0])
    with pytest.raises(ValueError, match="nonfinite: got 'skip', want stop or back: "):
        task.check(*configs)


def test_a_run_skips_with_accumulation(tmp_path) -> None:
    """One batch of an epoch has NaN in it, as a file might."""
    values = {**SETTINGS["regression"], "workdir": tmp_path, "nonfinite": "skip", "accumulate": 3}
    task = TASKS["regression"]

    def read(*configs: Any) -> Any:
        data = task.read(*configs)
        train = data.parts["train"]
        batches = [{**batch} for batch in train.source]
        batches[1]["inputs"] = np.full_like(batches[1]["inputs"], np.nan)
        return data._replace(parts={**data.parts, "train": train._replace(source=batches)})

    wild = task._replace(read=read)
    with runs.begun(wild, from_settings(task.configs, values)) as run:
        assert run.train(quiet=True)
        epochs = run.configs[0].epochs
    rows = logs.read(tmp_path / logs.NAME)
    assert [row["skipped"] for row in rows if row["kind"] == "train"][-1] == epochs
    assert np.isfinite(rows[-1]["loss"])

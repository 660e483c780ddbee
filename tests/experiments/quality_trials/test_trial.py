"""A trial from its rate to its records, tables and plot; what is kept is not measured again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from launches import call, quick

from experiments import quality
from experiments.quality import QualityConfig
from experiments.quality_trials import catalogue, records, report, running, trial
from experiments.quality_trials.task import Task
from experiments.quality_trials.tracking_tasks import parity_task
from experiments.quality_trials.trial import run_trial
from seqjax.data.builtin.parity import parity
from seqjax.diagnostics.plots import style


def last_bit() -> Task:
    """To repeat the bit: anything learns it."""
    task = parity_task()

    def rows(count: int, seed: int) -> Any:
        bits = parity(count, 3, seed=seed).inputs
        return task.train._replace(
            inputs=bits, targets=bits, scored=np.ones(bits.shape, np.float32)
        )

    return task._replace(
        train=rows(64, 0), valid=rows(16, 1), tests={"3": rows(200, 2), "again": rows(5, 3)},
        updates=200,
    )  # fmt: skip


def test_a_trial_learns_and_each_seed_is_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    quick(monkeypatch)
    found = run_trial(last_bit(), "min_gru", 1500, [0, 1, 0])
    assert found.figures["3"] == [1.0] * 3
    assert {*found.tuning} == {str(rate) for rate in trial.RATES}
    losses = np.array(found.losses)
    assert losses.shape == (3, 10)
    assert (losses[:, -1] < 0.1 * losses[:, 0]).all()
    assert (losses[0] == losses[2]).all()
    assert (losses[0] != losses[1]).any()


def test_the_launch_goes_on_where_it_stopped(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Any
) -> None:
    calls = []

    def tried(task: Task, cell: str, budget: int, seeds: Any, say: Any) -> trial.Trial:
        calls.append((task.name, cell))
        figures = {name: [0.5 + 0.1 * seed for seed in seeds] for name in task.tests}
        return trial.Trial(
            task.name, cell, 4, 16, budget, task.updates, 0.02, {"0.02": 0.5}, list(seeds), figures,
            [[1.0, 0.5]] * len(seeds), 1.0,
        )  # fmt: skip

    tasks = dict.fromkeys(("first", "second"), last_bit)
    for module in (quality, catalogue):
        monkeypatch.setattr(module, "TASKS", tasks)
    monkeypatch.setattr(running, "run_trial", tried)
    monkeypatch.setattr(report, "draw", lambda *given: style.figure(width=2, height=1)[0])
    flags = (f"--out={tmp_path}", "--cells=lstm,lru", "--seeds=2", "--only=first,second")
    call(monkeypatch, quality.main, *flags, configs=(QualityConfig,))
    assert calls == [("parity", "lstm"), ("parity", "lru")] * 2
    text = (tmp_path / "linear_cells.md").read_text(encoding="utf-8")
    assert text.count("| *lru* | 4 | 5,000 | 0.02 | 0.55 ± 0.07 | 0.55 ± 0.07 | 0 of 2 |") == 2
    assert (tmp_path / "linear_cells.svg").read_bytes().count(b"<svg") == 1
    assert text.count("| *lru* | 0.55 ± 0.07 (0 of 2) | 0.55 ± 0.07 (0 of 2) |") == 1
    (tmp_path / "trials" / "second.lru.json").unlink()
    call(monkeypatch, quality.main, *flags, "--only=-", configs=(QualityConfig,))
    text = (tmp_path / "linear_cells.md").read_text(encoding="utf-8")
    assert "| *lru* | 0.55 ± 0.07 (0 of 2) | not measured |" in text
    call(monkeypatch, quality.main, *flags, configs=(QualityConfig,))
    assert calls[4:] == [("parity", "lru")]
    call(monkeypatch, quality.main, *flags, "--only=first", "--seeds=1", configs=(QualityConfig,))
    assert calls[5:] == [("parity", "lstm"), ("parity", "lru")]
    path = tmp_path / "trials" / "first.lstm.json"
    assert json.loads(path.read_text(encoding="utf-8"))["settings"]["seeds"] == [0]
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(ValueError, match=r"first\.lstm\.json: got no trial"):
        records.read(path, {})


def test_wrong_flags_are_named_first(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    for flag, words in (("--only=party", "parity"), ("--cells=lstn", "lstm"), ("--seeds=0", "1")):
        with pytest.raises(SystemExit):
            call(monkeypatch, quality.main, flag, configs=(QualityConfig,))
        assert words in capsys.readouterr().err

"""A run over eight virtual devices gives what one device gives."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from paths import ROOT
from scaled_runs import SETTINGS, environment, same_curve, write_data

PROGRAM = """
import json, sys
import jax
import seqjax

for workdir, task, settings in json.loads(sys.argv[1]):
    run = seqjax.train(task, quiet=True, workdir=workdir, **settings)
assert jax.device_count() == 8
"""
BOTH = {"mesh": "data:4,model:2"}
STAGES = {"one": [{}], "both": [BOTH], "changed": [{"mesh": "data:8", "epochs": 1}, BOTH]}
"""The settings with which a run begins, and those with which it goes on."""


def same(folder: Path, tasks: list[str], name: str) -> None:
    """Runs of these tasks over devices have the loss curve of one device."""
    runs = []
    for task in tasks:
        given = {**SETTINGS[task], "data": str(write_data(folder, task))}
        for each in ("one", name):
            runs += [(f"{folder}/{task}_{each}", task, {**given, **more}) for more in STAGES[each]]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(runs)], env=environment(8), cwd=ROOT,
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    for task in tasks:
        same_curve(folder / f"{task}_{name}", folder / f"{task}_one")


def test_a_run_that_changes_its_mesh_in_the_middle(tmp_path: Path) -> None:
    same(tmp_path, ["language_model"], "changed")


@pytest.mark.scaling
def test_the_loss_curve_of_all_tasks_is_that_of_one_device(tmp_path: Path) -> None:
    same(tmp_path, [*SETTINGS], "both")

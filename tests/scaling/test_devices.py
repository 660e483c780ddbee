"""A run over eight virtual devices gives what one device gives."""

from __future__ import annotations

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
MESHES = {"one": "", "both": "data:4,model:2"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs of each task on each mesh, and one of each that changes its mesh in the middle."""
    import json

    folder = tmp_path_factory.mktemp("devices")
    runs = []
    for task, settings in SETTINGS.items():
        data = str(write_data(folder, task))
        for name, mesh in MESHES.items():
            runs.append((f"{folder}/{task}_{name}", task, {**settings, "data": data, "mesh": mesh}))
    task, data = "language_model", str(folder / "language_model.tsv")
    for epochs, mesh in ((1, "data:8"), (2, "data:4,model:2")):
        settings = {**SETTINGS[task], "data": data, "mesh": mesh, "epochs": epochs}
        runs.append((f"{folder}/{task}_changed", task, settings))
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(runs)], env=environment(8), cwd=ROOT,
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return folder


@pytest.mark.parametrize("task", SETTINGS)
def test_the_loss_curve_is_that_of_one_device(folder: Path, task: str) -> None:
    same_curve(folder / f"{task}_both", folder / f"{task}_one")


def test_a_run_goes_on_over_another_mesh(folder: Path) -> None:
    same_curve(folder / "language_model_changed", folder / "language_model_one")

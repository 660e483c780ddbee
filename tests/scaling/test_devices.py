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
MESHES = {"one": "", "both": "data:4,model:2"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """Runs of tasks on each mesh, and of a language model that changes its mesh in the middle."""
    folder = tmp_path_factory.mktemp("devices")
    runs = []
    for task in request.param.split():
        settings, data = SETTINGS[task], str(write_data(folder, task))
        for name, mesh in MESHES.items():
            runs.append((f"{folder}/{task}_{name}", task, {**settings, "data": data, "mesh": mesh}))
        changes = ((1, "data:8"), (2, "data:4,model:2")) if task == "language_model" else ()
        for epochs, mesh in changes:
            more = {"data": data, "mesh": mesh, "epochs": epochs}
            runs.append((f"{folder}/{task}_changed", task, {**settings, **more}))
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(runs)], env=environment(8), cwd=ROOT,
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return folder


def same(folder: Path, *tasks: str) -> None:
    for task in tasks:
        same_curve(folder / f"{task}_both", folder / f"{task}_one")


@pytest.mark.parametrize("folder", ["language_model"], indirect=True)
def test_the_loss_curve_is_that_of_one_device(folder: Path) -> None:
    """Of a run that changes its mesh in the middle too."""
    same(folder, "language_model")
    same_curve(folder / "language_model_changed", folder / "language_model_one")


@pytest.mark.scaling
@pytest.mark.parametrize("folder", ["classification tagging word_vectors"], indirect=True)
def test_the_loss_curve_of_other_tasks_is_too(folder: Path) -> None:
    same(folder, "classification", "tagging", "word_vectors")

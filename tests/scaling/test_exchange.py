"""What devices exchange in a step: gradients once, and sums; never what belongs to rows."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from paths import ROOT
from scaled_runs import environment

PROGRAM = """
import json, sys
import jax
sys.path += ["tests/contracts", "tests/toys"]
from task_cases import CASES
from experiments.benchmark.scaling.exchange import exchange
from seqjax.runs.prepare import prepare
from seqjax.runs.start import start
from seqjax.tasks import TASKS
from seqjax.tasks.settings import from_settings
from seqjax.training.adaptation import Adaptation
from seqjax.training.layout import layout

grid = layout("data:2")
for name, more in json.loads(sys.argv[2]):
    (case,) = [case for case in CASES if case.name == name]
    settings = {**case.settings, **more, "workdir": sys.argv[1]}
    if "driver" in settings:
        settings["driver"] = "auto"
    task = TASKS[name]
    prepared = prepare(task, from_settings(task.configs, settings))
    training = prepared.training
    state = start(training, grid, 0, lambda: False).state
    parameters = sum(leaf.nbytes for leaf in jax.tree.leaves(state.params))
    batch = grid.batch(prepared.data_set.parts["train"].source[0], training.rows.axes)
    shardings = jax.tree.map(lambda leaf: leaf.sharding, state)
    with grid.scope():
        program = grid.program(training.step, shardings)
        compiled = program.lower(state, batch, Adaptation(1.0, False)).compile()
    found = exchange(compiled.as_text())
    print(json.dumps([name, parameters, found.calls, found.bytes]))
"""
FEW = [("language_model", {"dropout": 0.3})]
MANY = [
    ("language_model", {"head": "adaptive", "cutoffs": [50]}),
    ("language_model", {"sentences": True}),
    ("classification", {}),
    ("composition", {}),
    ("regression", {}),
    ("tagging", {}),
    ("tagging", {"head": "crf", "characters": "convolutional"}),
    ("tagging", {"characters": "recurrent"}),
    ("transcription", {"batch": 16}),
    ("translation", {}),
]


def exchanged(cases: list, folder: Path) -> list:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(folder), json.dumps(cases)], env=environment(2),
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("cases", [FEW, pytest.param(MANY, marks=pytest.mark.scaling)])
def test_a_step_exchanges_its_gradients_once(cases: list, tmp_path: Path) -> None:
    found = exchanged(cases, tmp_path)
    assert len(found) == len(cases)
    for name, parameters, calls, sizes in found:
        assert set(calls) == {"all-reduce"}, (name, calls)
        assert calls["all-reduce"] <= 3, (name, calls)
        # Beside gradients a few sums, losses and counts; of a table that is both embedding and
        # head, the gradient of either.
        assert parameters <= sizes["all-reduce"] <= 1.1 * parameters + 1024, (name, sizes)

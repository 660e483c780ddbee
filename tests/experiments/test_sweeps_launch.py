"""``python -m experiments.sweep`` as a person types it, with a launch that trains."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import numpy as np
from paths import ROOT

import seqjax
from experiments.sweeps import state


def test_a_sweep_of_a_launch(tmp_path: Path) -> None:
    """Its trial is a run like any other."""
    wave = np.sin(np.arange(120) / 3).round(3)
    (tmp_path / "waves.csv").write_text("x,y\n" + "".join(f"{x},{x / 2}\n" for x in wave))
    out = tmp_path / "sweep"
    words = [
        f"--out={out}", "--launch=regress", "--grid=hidden=3", "--random=rate=log:1e-3..1e-2",
        "--trials=1", "--", f"--data={tmp_path / 'waves.csv'}", "--window=20", "--epochs=1",
    ]  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "experiments.sweep", *words],
        cwd=ROOT, capture_output=True, encoding="utf-8",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (trial,) = state.read(out).trials
    rate = trial.settings["rate"]
    begin, end = done.stderr.splitlines()[-2:]
    assert begin == f"trial 1 (hidden=3, rate={rate}) begins"
    assert end.startswith(f"[1/1] trial 1 (hidden=3, rate={rate}) has ended, ")
    loaded = seqjax.load(out / "trials" / "0001")
    config = loaded.record["config"]
    assert (config["hidden"], config["rate"], config["window"]) == (3, rate, 20)
    (row,) = csv.DictReader((out / "results.csv").read_text("utf-8").splitlines())
    assert float(row["loss"]) == trial.figures[0] == loaded.history()["valid"]["loss"][-1]
    assert done.stdout.splitlines()[1].split()[:4] == ["1", "3", str(rate), "ended"]
    assert (out / "logs" / "0001.log").read_text().count("The run is in") == 1

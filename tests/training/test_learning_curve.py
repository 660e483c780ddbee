"""The picture of a run's losses."""

from __future__ import annotations

import importlib.util

import pytest

from seqjax.training import learning_curve
from seqjax.training.logs import Logs


def log(folder, evaluations):
    with Logs(folder) as logs:
        for step in range(1, evaluations + 1):
            logs.write(step, "train", {"loss": 1 / step})
            logs.write(step, "valid", {"loss": 2 / step})


def test_it_is_drawn_beside_the_metrics(tmp_path):
    pytest.importorskip("matplotlib")
    log(tmp_path, 3)
    line = learning_curve.draw(tmp_path)
    path = tmp_path / "learning_curve.png"
    assert line == f"learning curve: {path}"
    assert path.read_bytes().startswith(b"\x89PNG")


def test_a_single_evaluation_makes_no_curve(tmp_path):
    log(tmp_path, 1)
    assert learning_curve.draw(tmp_path) == ""
    assert not (tmp_path / "learning_curve.png").exists()


def test_without_matplotlib_there_is_none(tmp_path, monkeypatch):
    log(tmp_path, 3)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert learning_curve.draw(tmp_path) == ""

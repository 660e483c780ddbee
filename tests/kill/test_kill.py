"""A training launch that is killed again and again ends bit for bit as if it never had been.

Ten kills of each of the eight launches, and one while it reports:

    python -m pytest -m kill tests/kill

The ordinary suite kills none; there a launch goes on with a folder as a kill leaves it.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from killed_runs import (
    MODULES,
    OFTEN,
    command,
    contents,
    differences,
    kill_at_the_end,
    kill_once,
    undisturbed,
)

KILLS, SEED = 10, 17


def killed(task: str, folder: Path, kills: int, **settings: object) -> list[str]:
    """Moments at which a run was killed, which has ended as one that was not."""
    workdir = folder / "run"
    arguments = command(task, workdir, **settings)
    whole = undisturbed(arguments, workdir)
    expected = contents(workdir)
    workdir.rename(folder / "whole")
    draw = random.Random(f"{task} {SEED}")
    moments: list[str] = []
    while len(moments) < kills:
        moment = kill_once(arguments, workdir, whole, draw)
        assert moment != "ended", f"after {moments}"
        moments.append(moment)
    kill_at_the_end(arguments, workdir)
    undisturbed(arguments, workdir)
    assert differences(contents(workdir), expected) == []
    return moments


@pytest.mark.kill
@pytest.mark.parametrize("task", MODULES)
def test_killed_ten_times_and_while_it_reports(task: str, tmp_path: Path) -> None:
    print(f"\n{task}: killed at", *killed(task, tmp_path, KILLS), "and while it reported", sep=", ")


@pytest.mark.kill
def test_killed_once_and_while_it_reports(tmp_path: Path) -> None:
    """What trains soonest of the launches that train by optax."""
    settings = {"evaluate_every": 28, "save_every": 9}  # fewer checkpoints, for time's sake
    assert len(killed("regression", tmp_path, 1, **settings)) == 1


@pytest.mark.kill
def test_word_vectors_killed_once_and_while_they_report(tmp_path: Path) -> None:
    """With pieces small enough to be killed inside: they are trained otherwise than all else."""
    (tmp_path / "text.txt").write_text("a small cat and a small dog sat on the mat\n" * 200)
    settings = {**OFTEN, "data": tmp_path / "text.txt", "piece": 64, "chunk": 32, "block": 16}
    assert len(killed("word_vectors", tmp_path, 1, **settings)) == 1


def test_every_launch_is_killed() -> None:
    from seqjax.tasks import TASKS

    assert set(MODULES) == set(TASKS)

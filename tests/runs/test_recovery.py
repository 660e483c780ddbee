"""Files of a run that are damaged: the last state that is whole is used, and said."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from seqjax.runs.recovery import check_log, sound_checkpoints
from seqjax.training.checkpoints import Checkpoints


@contextlib.contextmanager
def three(folder: Path) -> Iterator[Checkpoints]:
    """Checkpoints 1, which is the best, 2 and 3."""
    with Checkpoints(folder) as checkpoints:
        for step in (1, 2, 3):
            checkpoints.save(step, {"params": {"w": np.ones(5)}}, {}, {"loss": float(step)})
        checkpoints.wait()
        yield checkpoints


def damage(folder: Path, step: int) -> None:
    (folder / str(step) / "position" / "metadata").write_text("{")


def test_all_is_well(tmp_path: Path) -> None:
    with three(tmp_path) as checkpoints:
        assert sound_checkpoints(tmp_path, checkpoints) == []
    with Checkpoints(tmp_path / "none") as checkpoints:
        assert sound_checkpoints(tmp_path / "none", checkpoints) == []


def test_the_one_before_is_used_and_said(tmp_path: Path) -> None:
    with three(tmp_path) as checkpoints:
        damage(tmp_path, 3)
        (line,) = sound_checkpoints(tmp_path, checkpoints)
        assert line.startswith("Checkpoint 3 is damaged (position/metadata has 1 bytes, but 2 were")
        assert line.endswith(f"it is {tmp_path / '3.damaged'} now, and not used")
        assert (checkpoints.latest(), checkpoints.best()) == (2, 1)


def test_the_best_is_another_one_then(tmp_path: Path) -> None:
    with three(tmp_path) as checkpoints:
        damage(tmp_path, 1)
        (line,) = sound_checkpoints(tmp_path, checkpoints)
        assert "Checkpoint 1 is damaged" in line
        assert (checkpoints.latest(), checkpoints.best()) == (3, 2)


def test_none_is_whole(tmp_path: Path) -> None:
    with three(tmp_path) as checkpoints:
        for step in (1, 2, 3):
            damage(tmp_path, step)
        with pytest.raises(ValueError, match=r"no checkpoint is whole \(step 3: .* remove that f"):
            sound_checkpoints(tmp_path, checkpoints)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["1", "2", "3"]


LINE = json.dumps({"step": 1, "kind": "train", "seconds": 2.0, "loss": 1.0})


@pytest.mark.parametrize(
    "damaged", ["nonsense", LINE[:20], LINE.replace("train", "tra)n"), LINE.replace("1,", '"1",')]
)
def test_a_damaged_log_is_named(tmp_path: Path, damaged: str) -> None:
    check_log(tmp_path)
    path = tmp_path / "metrics.jsonl"
    path.write_text(f"{LINE}\n{damaged}\n{LINE}\n")
    with pytest.raises(ValueError, match=r"metrics.jsonl, line 2: got .*; remove that line to go"):
        check_log(tmp_path)
    path.write_bytes(f"{LINE}\n".encode() + b"\xff\xfe{\n")
    with pytest.raises(ValueError, match=r"metrics.jsonl, line 2: got .*; remove that line to go"):
        check_log(tmp_path)
    path.write_text(f"{LINE}\n{LINE[:9]}")  # a line that a kill has torn is no damage
    check_log(tmp_path)

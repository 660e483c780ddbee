"""Checkpoints that were not written to their end, or were changed afterwards."""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from checkpoint_toys import fill, params
from walking import same

from seqjax.training import checkpoints as checkpoints_module
from seqjax.training.checkpoints import Checkpoints, DamagedCheckpoint

KILLED = """
import os, signal, sys, threading
from pathlib import Path
import numpy as np
from orbax.checkpoint.handlers import JsonCheckpointHandler
from seqjax.training import checkpoints as checkpoints_module
from seqjax.training.checkpoints import Checkpoints, DamagedCheckpoint
checkpoints = Checkpoints(Path(sys.argv[1]))
checkpoints.save(1, {"params": {"w": np.ones(1000)}}, {"at": 1}, {"loss": 1.0})
checkpoints.wait()
write = JsonCheckpointHandler._save_fn
async def die(self, item, directory):
    await write(self, item, directory)
    if directory.name.startswith("position"):
        os.kill(os.getpid(), signal.SIGKILL)
JsonCheckpointHandler._save_fn = die
checkpoints.save(2, {"params": {"w": np.zeros(1000)}}, {"at": 2}, {"loss": 0.5})
checkpoints.wait()
"""


def test_killed_while_writing(tmp_path: Path) -> None:
    """By a real process, which dies with half a checkpoint on the disk."""
    died = subprocess.run([sys.executable, "-c", KILLED, tmp_path], check=False)
    assert died.returncode == -signal.SIGKILL
    left = [path for path in tmp_path.iterdir() if path.name != "1"]
    assert any(file.is_file() for folder in left for file in folder.rglob("*"))
    with Checkpoints(tmp_path) as each:
        assert (each.steps(), each.latest(), each.best()) == ([1], 1, 1)
        assert all(path.exists() for path in left), "a reader must not disturb a writer"
        like = {"params": {"w": np.zeros(1000)}}
        same(each.restore(1, like), {"params": {"w": np.ones(1000)}})
        each.save(3, like, {}, {"loss": 2.0})
        assert each.steps() == [1, 3]
    assert {path.name for path in tmp_path.iterdir()} == {"1", "3"}


@pytest.fixture
def small_files() -> Iterator[None]:
    """Files of more than 64 KiB cannot be written, as on a disk that is full."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    signal.signal(signal.SIGXFSZ, handler)


def test_failure_to_write_comes_up_at_the_next_call(
    tmp_path: Path, small_files: None, caplog: pytest.LogCaptureFixture
) -> None:
    noise = {"params": np.random.default_rng(0).normal(size=50_000)}
    each = Checkpoints(tmp_path)
    fill(each, {1: 1.0, 2: 2.0})
    each.save(3, noise, {}, {"loss": 0.5})
    with pytest.raises(
        OSError, match=rf"{tmp_path}: a checkpoint could not be written: .*"
    ) as seen:
        each.latest()
    assert "too large" in str(seen.value).lower()
    assert (each.steps(), each.best()) == ([1, 2], 1)
    fill(each, {4: 3.0})  # saving goes on
    assert each.steps() == [1, 2, 4]
    each.save(5, noise, {}, {"loss": 0.1})
    with pytest.raises(OSError, match="could not be written"), each:
        pass
    assert not caplog.records


def test_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        Checkpoints(tmp_path / "file" / "below") as each,
        pytest.raises(OSError, match=r"below: a checkpoint could not be .*Not a directory"),
    ):
        each.save(1, {}, {}, {})


def flip(file: Path) -> None:
    """One bit of it."""
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 16
    file.write_bytes(content)


def cut(file: Path) -> None:
    """Half of it is gone."""
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def files_of(folder: Path) -> list[Path]:
    """Files with something in them, of what a checkpoint holds."""
    files = [file for file in folder.rglob("*") if file.is_file() and file.parent != folder]
    return [*(file for file in sorted(files) if file.stat().st_size), folder / "checksums.json"]


@pytest.mark.parametrize("damage", [flip, cut, Path.unlink])
def test_damage_is_noticed_wherever_it_is(tmp_path: Path, damage: Any) -> None:
    """Each file of a checkpoint in turn; the others stay what they are."""
    folder = tmp_path / "checkpoints"
    with Checkpoints(folder) as each:
        fill(each, {1: 1.0, 2: 2.0})
    for file in files_of(folder / "2"):
        whole = file.read_bytes()
        damage(file)
        with Checkpoints(folder) as each:
            reasons = each.damaged()
        missing = damage is Path.unlink and file.name == "checksums.json"  # as in an older one
        assert list(reasons) == ([] if missing else [2]), file
        assert file.name in reasons.get(2, "") or file.name == "checksums.json"
        file.write_bytes(whole)
    with Checkpoints(folder) as each:
        assert each.damaged() == {}


def test_what_is_damaged_is_not_read(tmp_path: Path, capfd: pytest.CaptureFixture) -> None:
    """Neither arrays, nor figures, nor the position; it is not even begun."""
    with Checkpoints(tmp_path) as each:
        fill(each, {1: 1.0, 2: 2.0})
        each.wait()
        for file in files_of(tmp_path / "2"):
            flip(file)
        for read in (each.position, each.figures, lambda n: each.restore(n, {"params": params()})):
            with pytest.raises(DamagedCheckpoint, match=r"2: is damaged: ") as error:
                read(2)
            assert str(tmp_path) in str(error.value)
        same(each.restore(1, {"params": params()})["params"], params(1))
    assert "".join(capfd.readouterr()) == ""


def test_what_is_set_aside_counts_no_longer(tmp_path: Path) -> None:
    with Checkpoints(tmp_path) as each:
        fill(each, {1: 1.0, 2: 0.5})
        assert each.set_aside(2) == tmp_path / "2.damaged"
        assert (each.steps(), each.best()) == ([1], 1)
        fill(each, {2: 0.25})  # trained again
        assert (each.steps(), each.best(), each.figures(2)) == ([1, 2], 2, {"loss": 0.25})
        each.set_aside(2)  # and damaged again
    with Checkpoints(tmp_path) as each:
        assert each.steps() == [1]


def test_killed_while_an_old_one_is_removed(tmp_path: Path, monkeypatch: Any) -> None:
    """What is left of it does not count, and goes with the next."""
    with Checkpoints(tmp_path, keep_best=False) as each:
        fill(each, {1: 1.0, 2: 2.0})
        with monkeypatch.context() as patch:
            patch.setattr(checkpoints_module.shutil, "rmtree", lambda *_, **__: None)
            fill(each, {3: 3.0})
            each.wait()
        assert sorted(path.name for path in tmp_path.iterdir()) == ["2", "3", "removed"]
        with Checkpoints(tmp_path) as reader:
            assert (reader.steps(), reader.damaged()) == ([2, 3], {})
        fill(each, {4: 4.0})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["3", "4"]

"""A run some of whose files are damaged between two launches ends as one that was never touched."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from killed_runs import contents, differences
from prepared_once import prepared_once

from seqjax import runs
from seqjax.runs.prepare import prepare
from seqjax.tasks import TASKS
from seqjax.tasks.settings import from_settings

pytestmark = pytest.mark.usefixtures("short_runs")

SETTINGS = {
    "hidden": 4, "cell": "rnn", "driver": "sequential", "data": "motif_tags", "minimum": 1,
    "batch": 12, "shapes": 1, "characters": "none", "bidirectional": False, "epochs": 1,
    "log_every": 3, "evaluate_every": 10, "save_every": 4,
}  # fmt: skip
TAGGING = TASKS["tagging"]


def train(workdir: Path, until: int = 10**9, **settings: Any) -> list[str]:
    """Trains until some step; what was said of damage."""
    configs = from_settings(TAGGING.configs, {**SETTINGS, **settings, "workdir": str(workdir)})
    asked = iter(range(1, 10**6))
    with runs.begun(TAGGING, configs) as run:
        first = run.done
        if run.train(lambda: first + next(asked) == until, quiet=True):
            run.finish()
        return run.directory.notes


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where a whole run and an interrupted one lie; others of the same settings share programs."""
    folder = tmp_path_factory.mktemp("damaged")
    with prepared_once():
        train(folder / "run")
        (folder / "run").rename(folder / "whole")
        train(folder / "run", until=16)
        (folder / "run").rename(folder / "interrupted")
        yield folder


def newest(run: Path, count: int = 1) -> list[Path]:
    steps = sorted((p for p in (run / "checkpoints").iterdir()), key=lambda p: int(p.name))
    return steps[-count:]


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "the newest checkpoint": (
        lambda run: truncate(newest(run)[0] / "params" / "manifest.ocdbt"),
        "Checkpoint 16 is damaged (params/manifest.ocdbt has",
    ),
    "the two newest": (
        lambda run: [truncate(each / "position" / "metadata") for each in newest(run, 2)],
        "Checkpoint 12 is damaged (position/metadata has",
    ),
    "a vocabulary, and a lock that was left": (
        lambda run: [(run / "vocabulary.tags.json").unlink(), (run / "lock").write_text("12345")],
        "tags.json was gone: w",
    ),
    "the end of the log": (lambda run: truncate(run / "metrics.jsonl"), ""),
}


@pytest.fixture(scope="module")
def expected(folder: Path) -> dict[str, Any]:
    return contents(folder / "whole")


@pytest.mark.parametrize("what", DAMAGE)
def test_it_ends_as_if_nothing_had_happened(
    what: str, folder: Path, expected: dict[str, Any]
) -> None:
    run = folder / "run"
    shutil.rmtree(run, ignore_errors=True)
    shutil.copytree(folder / "interrupted", run)
    damage, message = DAMAGE[what]
    damage(run)
    said = train(run)
    assert said == [] if not message else any(message in line for line in said)
    for aside in (run / "checkpoints").glob("*.damaged"):
        shutil.rmtree(aside)
    lost = {"log", "files"} if what == "the end of the log" else set()  # lines, and their picture
    assert set(differences(contents(run), expected)) == lost


def test_asked_again_and_again_a_finished_run_stays_as_it_is(folder: Path) -> None:
    """No further line of the test in its log, nor anything else."""
    shutil.rmtree(folder / "run", ignore_errors=True)
    (folder / "whole").rename(folder / "run")
    before = (folder / "run" / "metrics.jsonl").read_bytes()
    for _ in range(2):
        assert train(folder / "run") == []
    assert (folder / "run" / "metrics.jsonl").read_bytes() == before
    (folder / "run").rename(folder / "whole")


def test_other_data_is_said_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which parts have changed, and what to do."""
    monkeypatch.setattr("seqjax.runs.begin.prepare", prepare)  # reads it anew
    data = tmp_path / "a.conll"
    lines = [f"{'ab'[n % 2]} {'XY'[n % 2]}\n{'c' if n % 3 else 'd'} X\n\n" for n in range(60)]
    data.write_text("".join(lines))
    train(tmp_path / "run", until=1, data=str(data), batch=8)
    data.write_text("".join([*lines, "new X\n\n"]))
    with pytest.raises(
        ValueError, match=r"^data: the contents of .*train.* are others than what th"
    ):
        train(tmp_path / "run", data=str(data), batch=8)

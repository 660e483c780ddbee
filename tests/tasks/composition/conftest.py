"""A piece over and over, texts of two labels, and composers that were trained on them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import launches
import pytest
from prepared_once import prepared_once

from seqjax.tasks import Loaded
from seqjax.tasks.composition import TASK

TINY = ("--hidden=12", "--shapes=1", "--batch=8", "--cell=gru")
CHORDS = [[60, 64, 67], [60, 65, 69], [59, 62, 67], [60, 64, 67]] * 2
TEXTS = [("low", "abab"), ("low", "abba"), ("high", "XYXY"), ("high", "YX")]


class Run(NamedTuple):
    """A finished run."""

    folder: Path
    flags: list[str]
    out: str
    """what was printed"""
    made: dict[str, Any]
    """what was prepared for it, with its programs"""

    def opened(self) -> Loaded:
        """The best model, always the same."""
        return launches.kept(str(self.folder), "best")


@pytest.fixture(autouse=True)
def sooner(monkeypatch: pytest.MonkeyPatch) -> None:
    launches.quick(monkeypatch)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """music.json: the same piece over and over; text.tsv: small letters or capitals."""
    folder = tmp_path_factory.mktemp("pieces")
    (folder / "music.json").write_text(
        json.dumps({"train": [CHORDS] * 16, "valid": [CHORDS] * 2, "test": [CHORDS] * 2})
    )
    lines = [f"{label}\t{text * n}" for label, text in TEXTS for n in range(1, 11)]
    (folder / "text.tsv").write_text("\n".join(lines) + "\n")
    return folder


def _train(folder: Path, *flags: str) -> Run:
    arguments = [*TINY, "--driver=sequential", *flags, f"--workdir={folder / 'run'}"]
    made: dict[str, Any] = {}
    with prepared_once(made):
        out, _ = launches.captured(TASK, *arguments)
    return Run(folder / "run", arguments, out, made)


@pytest.fixture(scope="session")
def music(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    data = f"--data={folder / 'music.json'}"
    return _train(
        tmp_path_factory.mktemp("music"), data, "--epochs=50", "--rate=0.05", "--per_quarter=2",
        "--evaluate_every=100",
    )  # fmt: skip


@pytest.fixture(scope="session")
def text(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    data = f"--data={folder / 'text.tsv'}"
    return _train(
        tmp_path_factory.mktemp("text"), "--task=text", data, "--epochs=15", "--rate=0.02",
        "--evaluate_every=30",
    )  # fmt: skip

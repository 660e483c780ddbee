"""A run of word vectors that tests begin with."""

from __future__ import annotations

from pathlib import Path

import launches
import pytest
from prepared_once import prepared_once
from word_vector_runs import flags_of, text

from seqjax.runs.prepare import Prepared
from seqjax.tasks.word_vectors import TASK


@pytest.fixture(autouse=True)
def sooner(monkeypatch: pytest.MonkeyPatch) -> None:
    launches.quick(monkeypatch)


@pytest.fixture(scope="session")
def made() -> dict[str, Prepared]:
    """What was prepared for ``known_run``: the same run anew is not compiled again."""
    return {}


@pytest.fixture(scope="session")
def known_run(
    made: dict[str, Prepared], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Path]:
    """(folder of a run, its text): skip-gram vectors of 16 words."""
    folder = tmp_path_factory.mktemp("known")
    path = text(folder)
    with pytest.MonkeyPatch.context() as patch, prepared_once(made):
        launches.quick(patch)
        flags = flags_of(path, f"--workdir={folder}/run", "--epochs=1")
        assert launches.run(TASK, *flags) == 0
    return folder / "run", path

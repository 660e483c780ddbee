"""A run of word vectors that tests begin with."""

from __future__ import annotations

from pathlib import Path

import launches
import pytest
from word_vector_runs import flags_of, text

from seqjax.tasks.word_vectors import TASK


@pytest.fixture(autouse=True)
def sooner(monkeypatch: pytest.MonkeyPatch) -> None:
    launches.quick(monkeypatch)


@pytest.fixture(scope="session")
def known_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """(folder of a run, its text): skip-gram vectors of 16 words."""
    folder = tmp_path_factory.mktemp("known")
    path = text(folder)
    with pytest.MonkeyPatch.context() as patch:
        launches.quick(patch)
        flags = flags_of(path, f"--workdir={folder}/run", "--epochs=1")
        assert launches.run(TASK, *flags) == 0
    return folder / "run", path

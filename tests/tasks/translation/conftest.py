"""Pairs of numbers, and a run that learned them."""

from __future__ import annotations

import launches
import pytest
from number_pairs import write_pairs
from prepared_once import prepared_once

from seqjax import runs
from seqjax.tasks.translation import TASK


@pytest.fixture(autouse=True)
def sooner(monkeypatch):
    launches.quick(monkeypatch)


@pytest.fixture(scope="module")
def flags(tmp_path_factory):
    """Flags that name aligned files of three parts, and a tiny model."""
    return write_pairs(tmp_path_factory.mktemp("pairs"))


@pytest.fixture(scope="package")
def made():
    """What was prepared for the run of ``trained``: the same run anew is not compiled again."""
    return {}


@pytest.fixture(scope="package")
def trained(made, tmp_path_factory):
    """(folder, flags, standard output, standard error) of a run that learns to count."""
    folder = tmp_path_factory.mktemp("trained")
    arguments = (
        *write_pairs(folder), f"--workdir={folder / 'run'}", "--epochs=9", "--rate=0.02",
        "--batch=8", "--evaluate_every=90", "--driver=sequential",
    )  # fmt: skip
    with prepared_once(made):
        return folder / "run", arguments, *launches.captured(TASK, *arguments)


@pytest.fixture(scope="package")
def counting(trained):
    """That run, opened once: with the model its programs are kept."""
    return runs.load(trained[0])

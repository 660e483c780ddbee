"""What ``pip install .`` gives, where nothing of the repository can be seen."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from paths import ROOT
from task_cases import CASES

from seqjax.tasks import TASKS

PROGRAM = """
import json, os, sys

site, packages, cases = json.loads(sys.argv[1])
sys.path[:0] = [site, *packages]  # as plain folders: what .pth files add is not there
import seqjax

assert seqjax.__file__.startswith(site), seqjax.__file__
for module in ("experiments", "tests", "conftest"):
    try:
        __import__(module)
    except ImportError:
        continue
    raise AssertionError(f"{module} can be seen")
for name, settings, inputs, files in cases:
    run = seqjax.train(name, workdir=name, quiet=True, **settings)
    answers = seqjax.load(name).predict(inputs)
    assert len(answers) == len(inputs)
    answer = {"step": run.step, "figures": run.evaluate(files), "fields": answers[0]._fields}
    print(json.dumps({"task": name, **answer}), flush=True)
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds seqjax alone, as pip puts it there."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("site")
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "seqjax", source / "seqjax", ignore=ignored)
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    command = [
        sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation",
        "--no-index", "--disable-pip-version-check", "--target", target, source,
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (target / "seqjax/drivers/kernels/walks.cc").exists()
    return target


@pytest.mark.slow
def test_every_task_is_trained_and_used(site: Path, tmp_path: Path) -> None:
    """On its embedded data, by one isolated interpreter that begins in an empty folder."""
    packages = sorted({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})
    cases = []
    for case in CASES:
        folder = tmp_path / "given" / case.name
        folder.mkdir(parents=True)
        cases.append((case.name, case.settings, case.inputs(folder), case.files(folder)))
    (tmp_path / "empty").mkdir()
    command = [sys.executable, "-I", "-S", "-c", PROGRAM, json.dumps([str(site), packages, cases])]
    done = subprocess.run(command, cwd=tmp_path / "empty", capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["task"] for answer in answers] == list(TASKS)
    for answer in answers:
        assert answer["step"] > 0
        assert math.isfinite(answer["figures"]["loss"])
        assert answer["fields"]

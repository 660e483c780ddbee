"""What ``pip install .`` gives, where nothing of the repository can be seen."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from paths import ROOT
from task_cases import CASES, TaskCase

PROGRAM = """
import json, os, sys

site, packages, name, settings, inputs, files = json.loads(sys.argv[1])
sys.path[:0] = [site, *packages]  # as plain folders: what .pth files add is not there
import seqjax

assert seqjax.__file__.startswith(site), seqjax.__file__
for module in ("experiments", "tests", "conftest", "absl.testing.nothing"):
    try:
        __import__(module)
    except ImportError:
        continue
    raise AssertionError(f"{module} can be seen")
run = seqjax.train(name, workdir="run", quiet=True, **settings)
answers = seqjax.load("run").predict(inputs)
assert len(answers) == len(inputs)
print(json.dumps({"step": run.step, "figures": run.evaluate(files), "fields": answers[0]._fields}))
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
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_task_is_trained_and_used(case: TaskCase, site: Path, tmp_path: Path) -> None:
    """On its embedded data, by an isolated interpreter in an empty folder."""
    packages = sorted({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})
    files, inputs = case.files(tmp_path), case.inputs(tmp_path)
    told = [str(site), packages, case.name, case.settings, inputs, files]
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", PROGRAM, json.dumps(told)],
        cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout.splitlines()[-1])
    assert answer["step"] > 0
    assert answer["figures"]["loss"] == answer["figures"]["loss"]
    assert answer["fields"]

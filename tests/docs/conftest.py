"""What tests of the documentation share: its hooks, its pages, the flags of all launches."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from paths import ROOT

FLAGS = """
import json, runpy, sys
from absl import flags
import dataclasses
from experiments import launch
from experiments.__main__ import launches
from seqjax.tasks import TASKS

launch.run = lambda main, **_: None
common, found = set(flags.FLAGS), {}
for name, _ in [*launches()]:
    for flag in set(flags.FLAGS) - common:
        delattr(flags.FLAGS, flag)
    sys.argv = [name]
    runpy.run_module(f"experiments.{name}", run_name="__main__")
    found[name] = sorted(flags.FLAGS)
for task in TASKS.values():  # what a prediction may be told depends on its run
    found["predict"] += [field.name for field in dataclasses.fields(task.options)]
print(json.dumps(found))
"""
"""A program that defines the flags of one launch after the other and starts none of them."""


TOOLS = ("mkdocs", "material", "mkdocstrings")
"""Without them nothing is built."""


def load(name: str) -> ModuleType:
    """A file of docs/hooks, which is no package."""
    spec = importlib.util.spec_from_file_location(
        f"hook_{name}", ROOT / "docs" / "hooks" / f"{name}.py"
    )
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def hook() -> Callable[[str], ModuleType]:
    """By its name."""
    return load


@pytest.fixture(scope="session")
def sections() -> ModuleType:
    return load("sections")


@pytest.fixture(scope="session")
def reference() -> ModuleType:
    return load("reference")


@pytest.fixture(scope="session")
def pages() -> dict[str, str]:
    """The pages that are written by hand, by their path in docs/."""
    folder = ROOT / "docs"
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*.md"))
    }


@pytest.fixture(scope="session")
def launch_flags() -> dict[str, set[str]]:
    """The flags of each launch, by its name."""
    done = subprocess.run(
        [sys.executable, "-c", FLAGS], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return {name: set(flags) for name, flags in json.loads(done.stdout.splitlines()[-1]).items()}


@pytest.fixture(scope="session")
def documents() -> dict[Path, str]:
    """Every text with commands in it: pages, the guide and both READMEs."""
    others = ("README.md", "README.ko.md", "experiments/README.md")
    found = [*sorted((ROOT / "docs").rglob("*.md")), *(ROOT / name for name in others)]
    return {path: path.read_text(encoding="utf-8") for path in found}


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the site, built as ``make docs`` does."""
    missing = [name for name in TOOLS if not importlib.util.find_spec(name)]
    if missing:
        pytest.skip(f'not installed: {", ".join(missing)} (pip install "seqjax[docs]")')
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", f"--site-dir={folder}"],
        cwd=ROOT, capture_output=True, text=True, check=False,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return folder

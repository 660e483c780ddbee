"""What ``pip install .`` gives, where nothing of the repository can be seen."""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
import short_data
from paths import ROOT
from task_cases import CASES

from seqjax.tasks import TASKS

PROGRAM = """
import importlib, json, pkgutil, sys

site, packages, shortening, cases = json.loads(sys.argv[1])
sys.path[:0] = [site, *packages]  # as plain folders: what .pth files add is not there
import seqjax

assert seqjax.__file__.startswith(site), seqjax.__file__
for module in ("experiments", "tests", "conftest"):
    try:
        __import__(module)
    except ImportError:
        continue
    raise AssertionError(f"{module} can be seen")
for module in pkgutil.walk_packages([f"{site}/seqjax"], "seqjax."):
    importlib.import_module(module.name)
exec(shortening)
shorten()
for name, settings, inputs, files in cases:
    run = seqjax.train(name, workdir=name, quiet=True, **settings)
    answers = seqjax.load(name).predict(inputs)
    assert len(answers) == len(inputs)
    answer = {"step": run.step, "figures": run.evaluate(files), "fields": answers[0]._fields}
    print(json.dumps({"task": name, **answer}), flush=True)
"""

TYPED = """
import jax
import jax.numpy as jnp

import seqjax
from seqjax.basics.types import Array, Layer, Params
from seqjax.cells import gru, lstm
from seqjax.drivers import hoisted
from seqjax.layers import bidirectional, dense, embedding, recurrent, stack, tied
from seqjax.objectives import cross_entropy, perplexity


def tagger(words: int, tags: int, hidden: int = 64) -> Layer:
    both = bidirectional(recurrent(lstm(hidden)), recurrent(lstm(hidden), reverse=True))
    return stack([embedding(words, 32), both, dense(tags)])


def tag(network: Layer, params: Params, words: Array, lengths: Array) -> Array:
    _, logits = jax.jit(network.apply)(params, words, lengths)
    return jnp.argmax(logits, axis=-1)


def states(key: Array, xs: Array) -> Array:
    cell = gru(16)
    carry, hs = hoisted(cell, cell.init(key, xs.shape[-1]), xs)
    last: Array = cell.read(carry)
    return jnp.concatenate([hs, last[None]])


def loss(params: Params, ids: Array) -> Array:
    model = tied(embedding(100, 32), stack([recurrent(lstm(32)), dense(32)]))
    _, logits = model.apply(params, ids[:-1])
    return cross_entropy(logits, ids[1:]).mean()


def trained(folder: str) -> float:
    run = seqjax.train("tagging", workdir=folder, epochs=1, quiet=True)
    print(run.summary(), run.vocabulary.tokens[:3], run.tokenizer.unit, run.history()["valid"])
    for sentence in seqjax.load(folder, "newest", task="tagging").predict(["Ada met Charles ."]):
        print(sentence.tags)
    return perplexity(run.evaluate("new.conll")["loss"])


gradient = jax.grad(loss)
vectors = seqjax.vectors.load("vectors.bin")
print(seqjax.vectors.nearest(vectors, ["cat"], 5), seqjax.data.tokenizer("words").split("a b"))
print(seqjax.runs.load("run").sample("The ", length=20), seqjax.cells.lstm(3).width + 1)
"""
MISTYPED = """
import seqjax
from seqjax.cells import lstm
from seqjax.layers import recurrent, stack

lstm("64")  # [arg-type]
stack(recurrent(lstm(64)))  # [arg-type]
seqjax.cels.lstm(3)  # [attr-defined]
seqjax.load(3)  # [arg-type]
seqjax.train("tagging").summary() + 1  # [operator]
seqjax.vectors.load("a.bin").words.cat  # [attr-defined]
"""
"""Each comment is the error of its line."""
CONFIGURED = """
[mypy]
strict = true
[mypy-flax.*,jax.experimental.*]
follow_imports = skip
"""
"""No type that a user meets is of these, and to read them takes as long as all the rest."""


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
    for driver in ("native", "fused/dense"):
        assert (target / f"seqjax/drivers/{driver}/kernels/calls.cc").exists()
    assert (target / "seqjax/py.typed").exists()
    return target


FEW = ["language_model", "tagging", "word_vectors"]
"""By windows, by buckets, and in a loop of its own; what others need besides, imports show."""


@pytest.mark.slow
@pytest.mark.parametrize("tasks", [FEW, pytest.param([*TASKS], marks=pytest.mark.product)], ids=len)
def test_tasks_are_trained_and_used(tasks: list[str], site: Path, tmp_path: Path) -> None:
    """On a share of their own data, by one isolated interpreter that begins in an empty folder;
    before, it imports every module."""
    packages = sorted({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})
    cases = []
    for case in (case for case in CASES if case.name in tasks):
        folder = tmp_path / "given" / case.name
        folder.mkdir(parents=True)
        cases.append((case.name, case.settings, case.inputs(folder), case.files(folder)))
    (tmp_path / "empty").mkdir()
    shortening = Path(short_data.__file__).read_text(encoding="utf-8")
    arguments = json.dumps([str(site), packages, shortening, cases])
    command = [sys.executable, "-I", "-S", "-c", PROGRAM, arguments]
    done = subprocess.run(command, cwd=tmp_path / "empty", capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["task"] for answer in answers] == tasks
    for answer in answers:
        assert answer["step"] > 0
        assert math.isfinite(answer["figures"]["loss"])
        assert answer["fields"]


@pytest.mark.slow
def test_a_program_of_a_user_is_type_checked(site: Path, tmp_path: Path) -> None:
    """Strictly, against the types of the installed package; mistakes are seen, so types are."""
    pytest.importorskip("mypy", reason="mypy is not installed; it is in the extra dev")
    (tmp_path / "typed.py").write_text(TYPED)
    (tmp_path / "mistyped.py").write_text(MISTYPED)
    (tmp_path / "mypy.ini").write_text(CONFIGURED)
    options = ["--config-file=mypy.ini", "--cache-dir=cache", "--no-error-summary"]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *options, "typed.py", "mistyped.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(site)},  # where mypy looks for installed packages
        capture_output=True,
        text=True,
    )
    errors = re.findall(r"^(\w+)\.py:(\d+): error: .*  (\[[\w-]+\])$", done.stdout, re.MULTILINE)
    lines = enumerate(MISTYPED.splitlines(), 1)
    wanted = [("mistyped", str(n), line.split("# ")[1]) for n, line in lines if "# " in line]
    assert errors == wanted, done.stdout + done.stderr
    assert done.returncode == 1

"""Who may import whom: the floors of the project, held against every import statement."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[1]

DRAWING = "matplotlib"
PROJECTING = "sklearn openTSNE"
LIBRARIES = "torch keras haiku equinox memax safetensors"


class Floor(NamedTuple):
    """What the modules of one folder may import, besides each other and the standard library."""

    level: int
    folders: str
    """of seqjax"""
    anywhere: str
    """other packages, at the top of a module and inside functions"""
    inside: str = ""
    """other packages, inside functions alone: optional ones, or slow to import"""


# Names are separated by spaces; a name allows what lies below it, "jax" also "jax.numpy".
FLOORS = {
    "basics": Floor(0, "", "jax flax.struct numpy"),
    "data": Floor(1, "basics", "numpy grain", "datasets scipy soundfile kaldi_native_fbank mido"),
    "cells": Floor(1, "basics", "jax"),
    "drivers": Floor(1, "basics", "jax numpy", "scipy"),
    "objectives": Floor(1, "basics", "jax optax numpy", "sacrebleu"),
    "decoding": Floor(1, "basics", "jax numpy"),
    "layers": Floor(2, "basics drivers", "jax"),
    "online": Floor(2, "basics cells", "jax numpy"),
    "models": Floor(3, "basics data cells drivers objectives decoding layers online", "jax numpy"),
    "interop": Floor(3, "basics cells layers", "jax flax numpy", LIBRARIES),
    "vectors": Floor(3, "basics data objectives", "jax numpy", f"{DRAWING} {PROJECTING}"),
    "training": Floor(
        4, "basics objectives", "jax optax orbax numpy tqdm", f"tensorboardX {DRAWING}"
    ),
    "diagnostics": Floor(4, "basics cells layers online", "jax numpy", f"scipy {DRAWING}"),
    "tasks": Floor(
        5,
        "basics data cells drivers objectives decoding layers models interop vectors training"
        " diagnostics online",
        "jax optax numpy",
        f"sacrebleu {DRAWING}",
    ),
    # runs/ and __init__.py of seqjax itself
    "seqjax": Floor(
        6,
        "basics data cells drivers objectives decoding layers models interop vectors training"
        " tasks diagnostics online",
        "jax orbax numpy filelock",
        f"scipy {DRAWING}",
    ),
    "experiments": Floor(
        7,
        "basics data cells drivers objectives decoding layers models interop vectors training"
        " tasks seqjax diagnostics online",
        "absl jax numpy optax",
        f"flax gensim grain orbax {LIBRARIES} {DRAWING}",
    ),
}
TOP_MODULES = {"__init__", "runs"}
# Nowhere, not even inside a function, and whatever the table says.
NEVER = "jax._src jaxlib tests"
TYPING = {"TYPE_CHECKING", "typing.TYPE_CHECKING"}


class Import(NamedTuple):
    line: int
    name: str
    """in full: seqjax.basics.types.Cell"""
    inside: bool
    """a function, or a block for type checkers"""
    dots: int


def imports(source: str, package: str) -> Iterator[Import]:
    """All imports of a module that lies in ``package``, each imported name by its full name."""

    def walk(node: ast.AST, inside: bool) -> Iterator[Import]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                for alias in child.names:
                    yield Import(child.lineno, alias.name, inside, 0)
            elif isinstance(child, ast.ImportFrom):
                parts = package.split(".") if child.level else []
                parts = parts[: max(0, len(parts) - child.level + 1)]
                module = ".".join(filter(None, [*parts, child.module]))
                for alias in child.names:
                    yield Import(child.lineno, f"{module}.{alias.name}", inside, child.level)
            elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                yield from walk(child, True)
            elif isinstance(child, ast.If) and ast.unparse(child.test) in TYPING:
                for statement in child.body:
                    yield from walk(ast.Module([statement], []), True)
                for statement in child.orelse:
                    yield from walk(ast.Module([statement], []), inside)
            else:
                yield from walk(child, inside)

    return walk(ast.parse(source), False)


def allows(names: str, wanted: str) -> bool:
    return any(wanted == name or wanted.startswith(f"{name}.") for name in names.split())


def home(name: str) -> str:
    """The row of the table that a module of the project belongs to, "" if there is none."""
    first, *rest = name.split(".")
    if first == "experiments" or not rest:
        return first
    if rest[0] in TOP_MODULES:
        return "seqjax"
    return rest[0] if rest[0] in FLOORS else ""


def violations(path: str, source: str) -> list[str]:
    """What a module at ``path``, as seen from the root, imports against the rules."""
    *package, stem = path.removesuffix(".py").split("/")
    here = home(".".join([*package, stem]))
    if not here:
        return [f"{path}: has no floor; give its folder a row in FLOORS"]
    floor, found = FLOORS[here], []
    for line, name, inside, dots in imports(source, ".".join(package)):
        first = name.split(".")[0]
        if allows(NEVER, name):
            why = "is private or no library, and nobody imports it"
        elif dots > len(package) - (here not in {"seqjax", "experiments"}):
            why = "is a relative import that leaves the package"
        elif first in {"seqjax", "experiments"}:
            # A name of seqjax that is no folder, such as seqjax.load, comes from seqjax itself.
            there = home(name) or "seqjax"
            if there == here or there in floor.folders.split():
                continue
            why = f"is not for {here}, which may import from: {floor.folders or 'nothing'}"
        elif first in sys.stdlib_module_names or allows(floor.anywhere, name):
            continue
        elif allows(floor.inside, name):
            if inside:
                continue
            why = f"may be imported by {here} inside functions only"
        else:
            why = f"is not for {here}, which may import: {floor.anywhere} {floor.inside}".rstrip()
        found.append(f"{path}:{line}: {name} {why}")
    return found


def modules() -> list[str]:
    found = [p for top in ("seqjax", "experiments") for p in (ROOT / top).rglob("*.py")]
    return sorted(p.relative_to(ROOT).as_posix() for p in found)


@pytest.mark.parametrize("path", modules())
def test_module_keeps_to_its_floor(path: str) -> None:
    assert not violations(path, (ROOT / path).read_text(encoding="utf-8"))


@pytest.mark.parametrize("folder", FLOORS)
def test_table_only_looks_down(folder: str) -> None:
    for below in FLOORS[folder].folders.split():
        assert FLOORS[below].level < FLOORS[folder].level


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("seqjax/cells/lstm.py", "import jax.numpy as jnp\nfrom jax import lax"),
        ("seqjax/cells/lstm.py", "from seqjax.cells.gru import gru\nimport seqjax.basics.masks"),
        ("seqjax/cells/lstm.py", "from .gru import gru\nfrom . import rnn"),
        ("seqjax/basics/trees.py", "import math\nfrom flax import struct\nimport flax.struct"),
        ("seqjax/data/readers/csv.py", "import csv\nimport numpy as np\nimport grain.python as pg"),
        ("seqjax/data/readers/csv.py", "from ..vocabulary import Vocabulary"),
        ("seqjax/interop/torch.py", "def load():\n    import torch\n    from torch import nn"),
        ("seqjax/interop/torch.py", "if typing.TYPE_CHECKING:\n    import torch"),
        ("seqjax/interop/flax.py", "import flax.linen as nn\nfrom seqjax.layers import recurrent"),
        ("seqjax/__init__.py", "from seqjax import cells, runs\nfrom seqjax.runs import load"),
        ("seqjax/__init__.py", "from . import cells"),
        ("seqjax/runs/load.py", "import seqjax.training.checkpoints\nfrom orbax import checkpoint"),
        ("seqjax/tasks/tagging/read.py", "from seqjax.tasks.task import Task\nimport optax"),
        ("experiments/copy.py", "from . import tables"),
        ("experiments/copy.py", "from absl import app, flags\nimport seqjax\nimport experiments.x"),
    ],
)
def test_checker_lets_pass(path: str, source: str) -> None:
    assert violations(path, source) == []


@pytest.mark.parametrize(
    ("path", "source", "named"),
    [
        ("seqjax/cells/lstm.py", "from seqjax.drivers import hoisted", "seqjax.drivers.hoisted"),
        ("seqjax/cells/lstm.py", "from seqjax import drivers", "seqjax.drivers"),
        ("seqjax/cells/lstm.py", "import seqjax.drivers.door", "seqjax.drivers.door"),
        ("seqjax/cells/lstm.py", "import seqjax", "seqjax"),
        ("seqjax/cells/lstm.py", "from seqjax import load", "seqjax.load"),
        ("seqjax/cells/lstm.py", "from ..drivers import door", "relative"),
        ("seqjax/cells/lstm.py", "from .. import drivers", "seqjax.drivers"),
        ("seqjax/cells/lstm.py", "from ...other import thing", "relative"),
        ("seqjax/cells/lstm.py", "def f():\n    from seqjax import layers", "seqjax.layers"),
        ("seqjax/cells/lstm.py", "import optax", "optax"),
        ("seqjax/cells/lstm.py", "def f():\n    import torch", "torch"),
        ("seqjax/cells/lstm.py", "from absl import logging", "absl.logging"),
        ("seqjax/cells/lstm.py", "try:\n    import flax\nexcept ImportError:\n    pass", "flax"),
        ("seqjax/cells/lstm.py", "from jax._src import core", "jax._src.core"),
        ("seqjax/cells/lstm.py", "def f():\n    from jax import _src", "jax._src"),
        ("seqjax/cells/lstm.py", "from tests import conftest", "tests.conftest"),
        ("seqjax/cells/lstm.py", "class A:\n    import jaxtyping", "jaxtyping"),
        ("seqjax/basics/trees.py", "from seqjax.data import batches", "seqjax.data.batches"),
        ("seqjax/basics/trees.py", "import flax", "flax"),
        ("seqjax/basics/trees.py", "from flax import linen", "flax.linen"),
        ("seqjax/data/batches.py", "import jax.numpy as jnp", "jax.numpy"),
        ("seqjax/data/batches.py", "def f():\n    import jax", "jax"),
        ("seqjax/data/readers/csv.py", "from ...cells import lstm", "seqjax.cells"),
        ("seqjax/layers/stack.py", "from seqjax.cells import lstm", "seqjax.cells.lstm"),
        ("seqjax/interop/torch.py", "import torch", "inside functions"),
        ("seqjax/interop/torch.py", "if not TYPE_CHECKING:\n    import torch", "inside functions"),
        ("seqjax/interop/torch.py", "if TYPE_CHECKING:\n    import optax", "optax"),
        ("seqjax/models/tagger.py", "from seqjax import vectors", "seqjax.vectors"),
        ("seqjax/runs/load.py", "from experiments import copy", "experiments.copy"),
        ("seqjax/tasks/tagging/read.py", "from seqjax import runs", "seqjax.runs"),
        ("seqjax/tasks/tagging/read.py", "from absl import flags", "absl.flags"),
        ("seqjax/training/fit.py", "from seqjax.tasks.task import Task", "seqjax.tasks"),
        ("seqjax/__init__.py", "from .. import tests", "relative"),
        ("seqjax/utils/all.py", "", "no floor"),
        ("seqjax/utils.py", "", "no floor"),
    ],
)
def test_checker_catches(path: str, source: str, named: str) -> None:
    (found,) = violations(path, source)
    assert path in found
    assert named in found


def test_importing_seqjax_is_light() -> None:
    program = "import sys, seqjax; print(*{name.split('.')[0] for name in sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    heavy = {"flax", "optax", "orbax", "grain", "torch", "keras", "haiku", "equinox", "matplotlib"}
    assert not heavy & set(done.stdout.split())

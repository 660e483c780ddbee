"""What ``import seqjax`` gives, package by package; how it is cited and contributed to."""

from __future__ import annotations

import datetime
import importlib
import pkgutil
import re
import subprocess
import sys
from typing import Any

import pytest
from paths import ROOT

import seqjax

FUNCTIONS = {"keep_memory", "load", "train", "train_many"}
PACKAGES = [
    "seqjax",
    *(each.name for each in pkgutil.walk_packages(seqjax.__path__, "seqjax.") if each.ispkg),
]


def dunder(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")


def run(program: str) -> str:
    """What a fresh interpreter prints; a module that this process imported proves nothing."""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_says_what_is_public(name: str) -> None:
    package = importlib.import_module(name)
    public = package.__all__
    assert public
    assert len(set(public)) == len(public)
    namespace: dict[str, object] = {}
    exec(f"from {name} import *", namespace)  # raises for a name that is not there
    assert set(public) <= set(namespace)
    assert not [each for each in public if each.startswith("_") and not dunder(each)]


def test_all_packages_are_walked() -> None:
    assert {"seqjax.cells", "seqjax.data.formats", "seqjax.tasks.tagging"} <= set(PACKAGES)


def test_the_top_names_every_package_and_three_functions() -> None:
    below = {name.split(".")[1] for name in PACKAGES if name.count(".") == 1}
    assert set(seqjax.__all__) == below | FUNCTIONS | {"__version__"}


def test_dir_shows_what_is_public() -> None:
    """Before and after packages are imported: neither what this file imports nor its own names."""
    program = "import seqjax; print(*dir(seqjax)); seqjax.load; seqjax.vectors; print(*dir(seqjax))"
    for line in run(program).splitlines():
        assert {name for name in line.split() if not dunder(name)} == set(seqjax.__all__) - {
            "__version__"
        }


def test_importing_seqjax_imports_none_of_its_packages() -> None:
    program = "import sys, seqjax; print(*(name for name in sys.modules if 'jax' in name))"
    assert [name for name in run(program).split() if not name.startswith("__editable__")] == [
        "seqjax"
    ]


def test_every_name_is_there_after_import_seqjax_alone() -> None:
    program = "import seqjax; print(*(type(getattr(seqjax, n)).__name__ for n in seqjax.__all__))"
    kinds = dict(zip(seqjax.__all__, run(program).split(), strict=True))
    assert kinds.pop("__version__") == "str"
    assert {name for name, kind in kinds.items() if kind == "function"} == FUNCTIONS
    assert set(kinds.values()) == {"function", "module"}


def test_functions_are_those_of_their_packages() -> None:
    assert seqjax.load is seqjax.runs.load
    assert seqjax.train is seqjax.runs.train
    assert seqjax.keep_memory is importlib.import_module("seqjax.basics.memory").keep_memory


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("cels", "did you mean cells"),
        ("vector", "did you mean vectors"),
        ("lode", "did you mean load"),
        ("quux", "want basics, cells, "),
        ("os", "want basics, cells, "),
    ],
)
def test_a_wrong_name_lists_near_ones(name: str, hint: str) -> None:
    with pytest.raises(AttributeError, match=f"module 'seqjax' has no attribute '{name}'; {hint}"):
        getattr(seqjax, name)
    with pytest.raises(ImportError):
        exec(f"from seqjax import {name}")


def citation() -> dict[str, Any]:
    """CITATION.cff, by a reader of YAML if there is one, else its lines of one field each."""
    text = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    try:
        import yaml
    except ImportError:
        pairs = (line.split(": ", 1) for line in text.splitlines() if re.match(r"[\w-]+: ", line))
        authors = re.findall(r"^  - name: (.+)$", text, re.MULTILINE)
        return {**dict(pairs), "authors": [{"name": name} for name in authors]}
    return yaml.safe_load(text)


def test_how_to_cite() -> None:
    fields = citation()
    assert fields["cff-version"] == "1.2.0"
    assert fields["version"] == seqjax.__version__
    assert fields["license"] == "Apache-2.0"
    assert fields["type"] == "software"
    assert fields["authors"] == [{"name": "The seqjax developers"}]
    assert {"message", "title", "abstract"} <= set(fields)
    datetime.date.fromisoformat(str(fields["date-released"]))


def test_how_to_contribute_names_what_is_there() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    paths = re.findall(r"`((?:seqjax|tests)/[\w/.]+)`", text)
    assert len(paths) > 5
    for path in paths:
        assert (ROOT / path).exists(), path
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"^    make (\w+)", text, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    anchor = re.search(r"README\.md#([\w-]+)", text)
    assert anchor
    headings = re.findall(r"^#+ (.+)$", (ROOT / "README.md").read_text(), re.MULTILINE)
    # As Markdown makes anchors of headings.
    assert anchor[1] in {re.sub(r"[^\w -]", "", h.lower()).replace(" ", "-") for h in headings}

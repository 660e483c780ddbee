"""The examples in docstrings give what they say."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FILES = sorted(path for top in ("seqjax", "experiments") for path in (ROOT / top).rglob("*.py"))
MODULES = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for path in FILES
    if ">>> " in path.read_text(encoding="utf-8")
]
OPTIONAL = {"matplotlib", "torch", "keras", "haiku", "equinox", "soundfile", "mido", "sacrebleu"}


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    """Run as Python's doctest runs them; a missing optional library skips those of a module."""
    module = importlib.import_module(name)
    try:
        result = doctest.testmod(module, raise_on_error=False, verbose=False)
    except ModuleNotFoundError as error:
        if error.name not in OPTIONAL:
            raise
        pytest.skip(f"{error.name} is not installed")
    assert result.attempted > 0
    assert result.failed == 0

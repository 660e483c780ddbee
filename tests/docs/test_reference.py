"""The API reference has a page a package, with every name that is public, once."""

from __future__ import annotations

import importlib

import pytest

import seqjax
from seqjax.layers import embedding


def test_there_is_a_page_for_every_package(reference) -> None:
    functions = {"keep_memory", "load", "train", "train_many", "__version__"}
    assert set(reference.top_packages()) == set(seqjax.__all__) - functions


@pytest.mark.parametrize("name", ["cells", "drivers", "layers", "objectives", "vectors", "runs"])
def test_a_page_has_what_the_package_exports(reference, name: str) -> None:
    package = importlib.import_module(f"seqjax.{name}")
    paths = {entry.path for entry in reference.entries(f"seqjax.{name}")}
    for each in package.__all__:
        if getattr(getattr(package, each), "__module__", None):
            assert any(path.endswith(f".{each}") for path in paths), each


def test_names_are_described_where_they_are_defined(reference) -> None:
    assert reference.origin("seqjax.layers", "embedding") == f"{embedding.__module__}.embedding"
    assert reference.origin("seqjax.cells", "Gate") == "seqjax.basics.gates.Gate"
    assert reference.origin("seqjax.models", "tagger") == "seqjax.models.tagger"


def test_everything_is_described_once_on_a_page(reference) -> None:
    for name in reference.top_packages():
        found = [entry.path for entry in reference.entries(f"seqjax.{name}")]
        assert len(set(found)) == len(found), name
        assert found[0] == f"seqjax.{name}"


def test_modules_follow_with_what_else_they_define(reference) -> None:
    entries = {entry.path: entry for entry in reference.entries("seqjax.objectives")}
    assert "ctc_loss" in entries["seqjax.objectives.ctc"].members
    assert entries["seqjax.objectives.cross_entropy"].members == ("known",)  # the rest is exported
    assert "seqjax.objectives.adaptive_softmax" not in entries  # all of it is
    drivers = {entry.path for entry in reference.entries("seqjax.drivers")}
    assert not [path for path in drivers if "kernel_source" in path]


def test_what_mkdocstrings_reads(reference) -> None:
    text = reference.page("seqjax.cells")
    assert text.startswith("::: seqjax.cells\n    options:\n      heading_level: 1\n")
    assert "::: seqjax.cells.lstm.lstm\n    options:\n      heading_level: 2\n" in text

"""The list of data sets, and records of one."""

from __future__ import annotations

import numpy as np
import pytest
from launches import call

from experiments import datasets
from experiments.datasets import DatasetsConfig, line, records
from seqjax.data.builtin.catalogue import DATASETS, Dataset
from seqjax.data.builtin.show import short


def test_the_list(monkeypatch, capsys):
    made = {
        "second": Dataset("tag", "of two", lambda: {"train": [1] * 1200, "valid": [2]}),
        "first": Dataset("classify", "of one", lambda: {"train": [1]}),
    }
    monkeypatch.setattr(datasets, "DATASETS", made)
    call(monkeypatch, datasets.main, configs=(DatasetsConfig,))
    head, *lines, hub = capsys.readouterr().out.splitlines()
    assert " ".join(head.split()) == "name task train / valid / test what it is"
    assert hub.startswith("hf:NAME")
    assert [row.split() for row in lines] == [
        ["first", "classify", "1", "of", "one"],
        ["second", "tag", "1,200", "/", "1", "of", "two"],
    ]


def test_records_of_a_real_one(monkeypatch, capsys):
    call(monkeypatch, datasets.main, "--show=topics", "--count=2", configs=(DatasetsConfig,))
    out = capsys.readouterr().out.splitlines()
    first, second = DATASETS["topics"].load()["train"][:2]
    assert len(out) == 6
    assert out[0].startswith(f"text: {first.text[:60]}")
    assert out[5] == f"where: {second.where}"
    assert all(len(row) <= 110 for row in out)
    assert "1,0" in line("topics", DATASETS["topics"])


def test_values_are_short():
    assert short((np.arange(20).reshape(4, 5), ["a"])) == "int64[4, 5] 0, 1, 2, 3, 4, 5, ...\n['a']"
    assert short(np.ones(2, bool)) == "bool[2] True, True"
    assert short("a\nb" * 100) == ("a b" * 100)[:96] + " ..."


def test_refuses():
    with pytest.raises(ValueError, match=r"show: got 'topic', want one of .*did you mean 'topics'"):
        records("topic", 1)
    with pytest.raises(ValueError, match="count: got 0"):
        records("topics", 0)

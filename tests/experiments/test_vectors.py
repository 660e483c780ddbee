"""Launches that ask, test, draw and debias word vectors: in this process, with tiny files."""

from __future__ import annotations

import io
import json
import sys

import numpy as np
import pytest
from absl import flags as absl_flags
from launches import call, quick
from vector_toys import gendered

from experiments import bias, evaluate_vectors, picture
from experiments.bias import BiasConfig
from experiments.evaluate_vectors import EvaluateConfig
from experiments.picture import PictureConfig
from seqjax.vectors import load, save
from seqjax.vectors.bias.audit_lists import ListsConfig
from seqjax.vectors.bias.removal import RemovalConfig
from seqjax.vectors.bias.word_list_files import read_sets, read_tests, read_words
from seqjax.vectors.bias.word_lists import DEFINITIONAL, EQUALIZE

BIAS = (BiasConfig, RemovalConfig, ListsConfig)
WEAT = [
    {
        "first_target": {"name": "even", "words": ["n0", "n2", "n4"]},
        "second_target": {"name": "odd", "words": ["n1", "n3", "n5", "gone"]},
        "first_attribute": {"name": "she", "words": ["she", "woman"]},
        "second_attribute": {"name": "he", "words": ["he", "man"]},
    }
]


@pytest.fixture(autouse=True)
def sooner(monkeypatch):
    quick(monkeypatch)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("vectors")
    vectors, _ = gendered((*DEFINITIONAL, *EQUALIZE))
    save(folder / "vectors.txt", vectors)
    (folder / "professions.json").write_text(json.dumps([[f"n{i}", 0, 0.5] for i in range(30)]))
    (folder / "weat.json").write_text(json.dumps(WEAT))
    (folder / "pairs.txt").write_text("n0 n2 9\nn0 n1 2\nn1 n3 8\nn0 gone 1\n")
    (folder / "questions.txt").write_text(
        ": family\nshe he woman man\nwoman man girl boy\n: gram1\nshe he n0 n1\nshe he n0 gone\n"
    )
    return folder


def start(monkeypatch, module, configs, *arguments, stdin="", **lists):
    """The launch, with flags that may be given several times as lists."""
    values = absl_flags.FlagValues()
    for name in ("words", "similarity", "out", "parallelogram"):
        absl_flags.DEFINE_multi_string(name, lists.get(name, []), "", values)
    values(["program"])
    monkeypatch.setattr(absl_flags, "FLAGS", values)
    monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
    return call(monkeypatch, module.main, *arguments, configs=configs)


def test_evaluation(files, monkeypatch, capsys, tmp_path):
    start(
        monkeypatch, evaluate_vectors, [EvaluateConfig], f"--vectors={files}/vectors.txt",
        f"--analogies={files}/questions.txt", f"--json={tmp_path}/found.json",
        similarity=[f"{files}/pairs.txt"],
    )  # fmt: skip
    out = capsys.readouterr().out
    rows = {line.split()[0]: line.split()[1:] for line in out.splitlines()}
    assert rows["pairs"] == ["1.0000", "3", "4"]
    assert rows["family"] == ["1.0000", "1.0000", "2", "2", "2"]
    assert rows["gram1"][3:] == ["1", "2"]
    assert "analogies (3CosAdd, within the 30,000 commonest words)" in out
    found = json.loads((tmp_path / "found.json").read_text())
    assert found["similarity"]["pairs"] == {"spearman": 1, "covered": 3, "pairs": 4}
    assert [score["name"] for score in found["analogies"]][-3:] == [
        "total",
        "semantic",
        "syntactic",
    ]
    assert found["analogies"][0]["oov_wrong"] == 1
    assert found["flags"]["limit"] == 30_000


def test_pictures(files, monkeypatch, capsys, tmp_path):
    pytest.importorskip("matplotlib", reason="draws")
    paths = [f"{tmp_path}/a.png", f"{tmp_path}/a.svg"]
    launch = (monkeypatch, picture, [PictureConfig], f"--vectors={files}/vectors.txt")
    start(*launch, out=paths, parallelogram=["man woman he she"])
    assert "4 words. PCA" in capsys.readouterr().out
    assert ">woman<" in (tmp_path / "a.svg").read_text()
    start(*launch, "--count=7", "--skip=2", out=paths)
    assert "7 words" in capsys.readouterr().out
    assert ">she<" not in (tmp_path / "a.svg").read_text()


def test_files_for_the_projector(files, monkeypatch, capsys, tmp_path):
    launch = (monkeypatch, picture, [PictureConfig], f"--vectors={files}/vectors.txt")
    monkeypatch.chdir(tmp_path)
    start(*launch, "--words=she he man", f"--projector={tmp_path}/all")
    assert capsys.readouterr().out == f"{tmp_path}/all: vectors.tsv, metadata.tsv, 3 words\n"
    assert not (tmp_path / "words.png").exists(), "nor is a picture drawn"
    assert (tmp_path / "all/metadata.tsv").read_text() == "she\nhe\nman\n"
    rows = np.loadtxt(tmp_path / "all/vectors.tsv", delimiter="\t")
    known = load(files / "vectors.txt")
    np.testing.assert_allclose(rows, [known[word] for word in ("she", "he", "man")], rtol=1e-6)
    start(*launch, "--count=5", "--skip=2", f"--projector={tmp_path}/common")
    assert (tmp_path / "common/metadata.tsv").read_text().split() == [*known.words[2:7]]
    with pytest.raises(SystemExit):
        start(*launch, "--words=she gone", f"--projector={tmp_path}/none")
    assert capsys.readouterr().err.startswith("error: word: got 'gone', which has no vector")


def test_a_picture_beside_the_files_for_the_projector(files, monkeypatch, tmp_path):
    pytest.importorskip("matplotlib", reason="draws")
    launch = (monkeypatch, picture, [PictureConfig], f"--vectors={files}/vectors.txt")
    monkeypatch.chdir(tmp_path)
    start(*launch, f"--projector={tmp_path}/all", out=["a.png"])
    assert (tmp_path / "a.png").exists() and (tmp_path / "all/vectors.tsv").exists()
    start(*launch)
    assert (tmp_path / "words.png").exists(), "by default"


def audited(files, monkeypatch, tmp_path, *arguments):
    start(
        monkeypatch, bias, BIAS, f"--vectors={files}/vectors.txt",
        f"--professions={files}/professions.json", f"--weat={files}/weat.json",
        f"--analogies={files}/questions.txt", f"--out={tmp_path}/out",
        f"--save={tmp_path}/after.txt", *arguments, similarity=[f"{files}/pairs.txt"],
    )  # fmt: skip
    return json.loads((tmp_path / "out/bias.json").read_text()), load(tmp_path / "after.txt")


def test_an_audit_of_hard_debiasing(files, monkeypatch, capsys, tmp_path):
    pytest.importorskip("matplotlib", reason="draws")
    found, after = audited(files, monkeypatch, tmp_path)
    before, later = found["before"], found["after"]
    assert before["direct_bias"]["value"] > 0.1
    assert later["direct_bias"] == {"value": 0, "covered": 30, "words": 30}
    assert later["indirect_bias"]["value"] == pytest.approx(0, abs=1e-5)
    assert later["residual"]["linear"] == 1, "the planted second coordinate stays"
    (name,) = before["weat"]
    assert name == "even and odd, she and he"
    assert before["weat"][name]["effect"] > 1.5
    assert "the same association for all" in later["weat"][name]["refused"], "all were equalized"
    assert before["weat"][name]["covered"]["second_target"] == [3, 4]
    assert (before["weat"][name]["p"], before["weat"][name]["partitions"]) == (0.05, 20)
    assert before["similarity"]["pairs"]["covered"] == 3
    assert before["analogies"]["semantic"]["answered"] == 2
    assert len(found["direction"]["used"]) == len(DEFINITIONAL)
    assert before["biased_analogies"][0]["score"] > 0.1
    assert not any(pair["first"] in {"she", "woman"} for pair in before["biased_analogies"])
    np.testing.assert_allclose(np.linalg.norm(after.matrix, axis=1), 1, atol=1e-6)
    out = capsys.readouterr().out
    assert "  not measured after: got the same association for all" in out
    assert "direct bias of neutral words (30 of 30 words)" in out
    assert "10 of 10 pairs" in out
    assert ">n0<" in (tmp_path / "out/bias.svg").read_text()
    assert (tmp_path / "out/bias.png").stat().st_size > 1000


@pytest.mark.parametrize("method", ["soft", "null_space"])
def test_other_ways(files, monkeypatch, capsys, tmp_path, method):
    options = (f"--method={method}", "--strength=100", "--rounds=5", "--noplot", "--direction=mean")
    found, _ = audited(files, monkeypatch, tmp_path, *options)
    assert found["after"]["direct_bias"]["value"] < 0.8 * found["before"]["direct_bias"]["value"]
    assert found["removal"].startswith(method.replace("_", " "))
    assert not (tmp_path / "out/bias.png").exists()
    again, _ = audited(files, monkeypatch, tmp_path, *options)
    assert again == found


MISTAKES = {
    "nothing to test": (evaluate_vectors, [EvaluateConfig], (), "want --vectors=FILE, and"),
    "case": (evaluate_vectors, [EvaluateConfig], ("--case=x",), "case: got 'x', want one of"),
    "method of a picture": (picture, [PictureConfig], ("--method=x",), "method: got 'x'"),
    "ending": (picture, [PictureConfig], (), "ending of out: got '.gif', want one of"),
    "ending of vectors": (bias, BIAS, ("--save=a.text",), "save: a.text: got a name that ends"),
    "way": (bias, BIAS, ("--method=none",), "method: got 'none', want one of"),
    "strength": (bias, BIAS, ("--strength=-1",), "strength: got -1.0"),
    "words": (bias, BIAS, ("--biased=0",), "biased: got 0"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes(name, monkeypatch, capsys):
    module, configs, arguments, message = MISTAKES[name]
    with pytest.raises(SystemExit) as exit:
        start(monkeypatch, module, configs, *arguments, out=["a.gif"] if name == "ending" else [])
    assert exit.value.code == 1
    assert capsys.readouterr().err.startswith(f"error: {message}")


BROKEN = {
    "no JSON": (read_sets, "[1, ", "got no JSON"),
    "no list": (read_sets, "{}", "got dict, want a list"),
    "one word": (read_sets, '[["a", "b"], ["c"]]', "entry 2: got"),
    "a number": (read_words, '["a", 3]', "entry 2: got 3, want a word"),
    "no set": (read_tests, json.dumps([{**WEAT[0], "first_target": {}}]), "entry 1: got no words"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_lists(name, tmp_path):
    reader, text, message = BROKEN[name]
    path = tmp_path / "list.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=rf"list\.json.*{message}"):
        reader(path)

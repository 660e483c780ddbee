"""The launch that asks word vectors: in this process, with tiny files and a tiny run."""

from __future__ import annotations

import io
import sys

import pytest
from absl import flags as absl_flags
from launches import call, quick
from vector_toys import gendered
from word_vector_runs import flags_of, text, train

import seqjax
from experiments import nearest
from experiments.nearest import NearestConfig
from experiments.vector_files import open_vectors
from seqjax.vectors import load, save
from seqjax.vectors.bias.word_lists import DEFINITIONAL, EQUALIZE


@pytest.fixture(autouse=True)
def sooner(monkeypatch):
    quick(monkeypatch)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    folder = tmp_path_factory.mktemp("vectors")
    vectors, _ = gendered((*DEFINITIONAL, *EQUALIZE))
    save(folder / "vectors.txt", vectors)
    return f"--vectors={folder}/vectors.txt"


def start(monkeypatch, *arguments, stdin="", words=()):
    """The launch, with ``words`` as the flag that may be given several times."""
    values = absl_flags.FlagValues()
    absl_flags.DEFINE_multi_string("words", list(words), "", values)
    values(["program"])
    monkeypatch.setattr(absl_flags, "FLAGS", values)
    monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
    return call(monkeypatch, nearest.main, *arguments, configs=[NearestConfig])


def test_nearest_words(path, monkeypatch, capsys):
    ask = (monkeypatch, path, "--count=3")
    start(*ask, words=["she - he + man", "she"])
    out = capsys.readouterr().out
    lines = out.splitlines()
    assert lines[0] == "she - he + man"
    assert lines[1].split()[0] == "woman"
    assert [line for line in lines if not line.startswith(" ")] == ["she - he + man", "she"]
    start(*ask, stdin="she - he + man\n\nxyz\nshe -\nshe\n")
    again, error = capsys.readouterr()
    assert again == out
    assert error.splitlines() == [
        "error: word: got 'xyz', which has no vector",
        "error: 'she -': want words with + or - between them, and blanks around these",
    ]
    start(*ask, "--include", "--metric=euclidean", words=["she"])
    assert capsys.readouterr().out.splitlines()[1].split() == ["she", "0.0000"]


def test_the_odd_one_out(path, monkeypatch, capsys):
    start(monkeypatch, path, words=["odd: she woman n1 girl"])
    assert capsys.readouterr().out == "odd: she woman n1 girl\n  n1\n"


def test_a_hint_for_other_capitals(path, monkeypatch, capsys):
    assert start(monkeypatch, path, words=["She"]) == 1
    error = capsys.readouterr().err
    assert error == "error: word: got 'She', which has no vector; did you mean 'she'?\n"
    assert start(monkeypatch, path, words=["she he xyz woman"]) == 1
    assert capsys.readouterr().err.startswith("error: word: got 'xyz', which has no vector")
    assert start(monkeypatch, path, words=["odd: she Woman xyz girl"]) == 1
    assert capsys.readouterr().err == (
        "error: words: got 'Woman', 'xyz', which have no vectors; did you mean 'woman' for"
        " 'Woman'?\n"
    )


def test_one_unknown_word_does_not_end_the_answers(path, monkeypatch, capsys):
    assert not start(monkeypatch, path, "--count=2", words=["xyz", "she", "She", "he"])
    out, error = capsys.readouterr()
    assert [line for line in out.splitlines() if line[0] != " "] == ["she", "he"]
    assert [line[:22] for line in error.splitlines()] == [
        "error: word: got 'xyz'", "error: word: got 'She'",
    ]  # fmt: skip


def test_vectors_of_zeros_are_counted(tmp_path, monkeypatch, capsys):
    (tmp_path / "v.txt").write_text("the 1 2\ncat 2 1\nnil 0 0\nnul 0 0\n")
    start(monkeypatch, f"--vectors={tmp_path}/v.txt", words=["the"])
    out, error = capsys.readouterr()
    assert [line.split()[0] for line in out.splitlines()] == ["the", "cat"]
    assert error.startswith(f"{tmp_path}/v.txt: 2 of 4 vectors are zero")


def test_a_run_in_place_of_a_file(tmp_path, monkeypatch, capsys):
    train(tmp_path / "run", flags_of(text(tmp_path), "--epochs=1"))
    loaded = seqjax.load(tmp_path / "run")
    save(tmp_path / "run.npz", loaded.vectors())
    answers = []
    for source in ("run", "run.npz"):
        for limit in ("--limit=0", "--limit=5"):
            word = loaded.vocabulary.tokens[0]
            start(monkeypatch, f"--vectors={tmp_path}/{source}", limit, words=[word])
            answers.append(capsys.readouterr().out)
    assert answers[:2] == answers[2:]
    assert [len(answer.splitlines()) for answer in answers[:2]] == [11, 5]
    assert open_vectors(str(tmp_path / "run")).counts is not None
    with pytest.raises(SystemExit):
        start(monkeypatch, f"--vectors={tmp_path}", words=["a"])
    assert "got no run there" in capsys.readouterr().err


def test_rows_of_a_file(path):
    name = path.removeprefix("--vectors=")
    assert open_vectors(name, limit=3).words == load(name).words[:3]
    with pytest.raises(ValueError, match="limit: got -1"):
        open_vectors(name, limit=-1)


MISTAKES = {
    "no vectors": ((), "vectors: got no file, want --vectors=FILE"),
    "no file": (("--vectors=none",), "none: got no file"),
    "metric": (("--metric=l2",), "metric: got 'l2'"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes(name, monkeypatch, capsys):
    arguments, message = MISTAKES[name]
    with pytest.raises(SystemExit) as exit:
        start(monkeypatch, *arguments)
    assert exit.value.code == 1
    assert capsys.readouterr().err.startswith(f"error: {message}")

"""Translation as a newcomer meets it: what a run prints, how it is opened and asked."""

from __future__ import annotations

import importlib.util
import io
import json
import re
import shlex
import shutil
import sys

import jax
import launches
import numpy as np
import pytest
from prepared_once import prepared_once

import seqjax
from seqjax import runs
from seqjax.tasks import TASKS
from seqjax.tasks.translation import TASK
from seqjax.training import logs


@pytest.fixture
def printed(counting, trained, monkeypatch, capsys):
    """What predict prints for the run, where longer translations are not preferred."""
    monkeypatch.setattr(runs, "load", lambda folder, which: counting)
    run = f"--run={trained[0]}"
    return lambda *arguments: launches.predicted(monkeypatch, capsys, TASK, run, *arguments)


def test_the_report(trained):
    folder, _, out, error = trained
    assert "pairs: train 160, valid 9, test 7; words, 7 of the source and 8 of the target" in error
    assert "source (7 tokens as 64 numbers) -> 1 bidirectional layer of rnn, 16 units" in error
    assert "on the test part (7 pairs)" in out
    for name in ("greedy", "beam 5"):
        assert re.search(rf"{name} +exact match \d+\.\d\d%", out)
        assert re.search(rf"{name} +BLEU \d+\.\d \(nrefs:1\|.*tok:13a", out)
        assert re.search(rf"{name} +BLEU \d+\.\d \(nrefs:1\|.*tok:none", out)
    rows = logs.read(folder / logs.NAME)
    assert all("perplexity" in row for row in rows)
    assert rows[-1]["kind"] == "test"
    assert rows[-1]["perplexity"] < 1.1
    assert f"perplexity {rows[-1]['perplexity']:.4g} per word" in out


def test_the_hints_are_commands_of_ours(trained, printed):
    hints = [shlex.split(row) for row in trained[2].splitlines() if row.startswith("  python -m")]
    assert [hint[2] for hint in hints] == ["experiments.predict", "experiments.attention"]
    assert all(importlib.util.find_spec(hint[2]) for hint in hints)
    assert hints[0][3] == hints[1][3] == f"--run={trained[0]}"
    text = hints[0][4].removeprefix("--text=")
    words = {"eins": "one", "zwei": "two", "drei": "three", "vier": "four", "null": "zero"}
    assert printed(hints[0][4]).split() == [words[word] for word in text.split()]


def test_translating_texts(printed, monkeypatch, tmp_path):
    assert printed("--penalty=0", "--text=Drei eins", "--text=zwei") == "three one\ntwo\n"
    monkeypatch.setattr(sys, "stdin", io.StringIO("vier vier\nnull\n"))
    assert printed("--penalty=0") == "four four\nzero\n"
    path = tmp_path / "texts.txt"
    path.write_text("vier vier\nnull\n")
    assert printed("--penalty=0", f"--file={path}") == "four four\nzero\n"


def test_hypotheses_and_samples(printed):
    several = printed("--penalty=0", "--text=zwei drei", "--hypotheses=3").splitlines()
    assert len(several) == 3
    assert several[0].split()[1:] == ["two", "three"]
    scores = [float(line.split()[0]) for line in several]
    assert scores == sorted(scores, reverse=True)
    assert printed("--text=zwei", "--sample", "--temperature=0.01") == "two\n"
    row = json.loads(printed("--penalty=0", "--text=zwei drei", "--hypotheses=2", "--json"))
    assert row["text"] == "two three"
    assert row["tokens"] == ["two", "three"]
    assert row["score"] == row["log_probability"] == row["hypotheses"][0]["score"]
    assert [len(row["hypotheses"]), set(row["hypotheses"][1])] == [
        2, {"text", "tokens", "score", "log_probability"},
    ]  # fmt: skip


def test_what_a_loaded_run_is_asked(counting, trained):
    folder = trained[0]
    assert counting.predict("Drei eins", penalty=0)[0].text == "three one"
    assert counting.predict([["drei", "eins"]], penalty=0)[0].tokens == ["three", "one"]
    with pytest.raises(ValueError, match=r"bean: got 3, .* did you mean beam"):
        counting.predict(["zwei"], bean=3)
    parent = folder.parent
    tested = logs.read(folder / logs.NAME)[-1]
    figures = counting.evaluate(parent / "test.de", parent / "test.en")
    assert figures == {"loss": tested["loss"], "perplexity": tested["perplexity"]}
    both = counting.evaluate(
        *[parent / f"{p}.{end}" for p in ("test", "val") for end in ("de", "en")]
    )
    assert both["loss"] != figures["loss"]
    with pytest.raises(ValueError, match="files: got 1, want de and en of each in turn"):
        counting.evaluate(parent / "test.de")
    with pytest.raises(ValueError, match=r"test.en, want one in its place that ends in .de"):
        counting.evaluate(parent / "test.en", parent / "test.de")
    assert "dot attention (after) -> tied softmax over 8 tokens" in counting.summary()
    assert counting.history()["test"]["perplexity"] == tested["perplexity"]
    assert "attention" in dir(counting)


def test_from_python(trained, counting, made, tmp_path, monkeypatch):
    """The same run as that of the launch."""
    monkeypatch.setitem(TASKS, "translation", TASK._replace(report=lambda *_: ""))
    settings = {
        "source": "de", "target": "en", "hidden": 16, "cell": "rnn", "batch": 8, "shapes": 1,
        "tokenizer": "words", "epochs": 9, "rate": 0.02, "evaluate_every": 90,
        "driver": "sequential", "data": trained[0].parent,
    }  # fmt: skip
    with prepared_once(made):
        loaded = seqjax.train("translation", quiet=True, workdir=tmp_path / "run", **settings)
    jax.tree.map(np.testing.assert_array_equal, loaded.params, counting.params)
    text, options = ["drei eins"], {"penalty": 0}
    assert loaded.predict(text, **options) == counting.predict(text, **options)


def test_a_run_of_the_first_format(trained, counting, tmp_path, capsys):
    """Such runs named their model, and had no number: they are used, and not trained further."""
    old = tmp_path / "old"
    shutil.copytree(trained[0], old)
    record = json.loads((old / "run.json").read_text(encoding="utf-8"))
    del record["format"], record["task"]
    (old / "run.json").write_text(json.dumps({"kind": "encoder_decoder", **record}), "utf-8")
    text, options = "drei eins", {"penalty": 0}
    assert seqjax.load(old).predict(text, **options) == counting.predict(text, **options)
    arguments = [flag for flag in trained[1] if not flag.startswith("--workdir")]
    with pytest.raises(SystemExit):
        launches.run(TASK, *arguments, f"--workdir={old}")
    assert "was begun by an older seqjax" in capsys.readouterr().err

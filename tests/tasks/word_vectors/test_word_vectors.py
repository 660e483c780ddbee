"""The launch that trains word vectors: in this process, on tiny texts."""

from __future__ import annotations

import io
import json
import math
import shutil

import jax
import launches
import numpy as np
import pytest
from prepared_once import prepared_once
from word_vector_runs import equal, figures, flags_of, prepared, saved, text, train

import seqjax
from experiments import nearest
from experiments.nearest import NearestConfig
from seqjax import runs
from seqjax.tasks.word_vectors import TASK
from seqjax.training import logs
from seqjax.training.checkpoints import Checkpoints
from seqjax.vectors import load

OBJECTIVES = {
    "skip_gram": (),
    "cbow": ("--objective=cbow", "--output=hierarchical", "--rate=0.01"),
    "softmax": ("--output=softmax", "--rate=0.01"),
    "glove": ("--objective=glove", "--chunk=8", "--contexts=contexts.txt"),
    "neural_lm": ("--objective=neural_lm", "--hidden=5", "--contexts=contexts.txt"),
}


@pytest.mark.parametrize("name", OBJECTIVES)
def test_a_launch(name, tmp_path, capsys):
    folder = tmp_path / "run"
    flags = flags_of(text(tmp_path), f"--workdir={folder}", "--save=vectors.bin,vectors.txt")
    assert launches.run(TASK, *flags, *OBJECTIVES[name]) == 0
    out, error = capsys.readouterr()
    assert "nearest words\n" in out and "before training" in out and "/s" in out
    assert "100% step" in error and f"Training in {folder}" in error
    rows = [row for row in logs.read(folder / logs.NAME) if row["kind"] == "valid"]
    assert rows[0]["step"] == 0 and rows[-1]["loss"] < rows[0]["loss"]
    assert ("perplexity" in rows[0]) == (name in ("cbow", "softmax", "neural_lm"))
    # Output vectors begin at 0: every answer is a toss of a coin. Of five negatives one in sixteen,
    # the vocabulary, is the target itself and left out.
    if name == "skip_gram":
        assert rows[0]["loss"] == pytest.approx((1 + 5 * 15 / 16) * math.log(2), rel=2e-3)
    loaded = seqjax.load(folder)
    found = loaded.vectors()
    assert found.words == load(folder / "vectors.bin").words and len(found) == 16
    equal(found.matrix, load(folder / "vectors.bin").matrix)
    if (folder / "contexts.txt").exists():
        contexts = loaded.contexts()
        np.testing.assert_allclose(contexts.matrix, load(folder / "contexts.txt").matrix, rtol=1e-5)
        assert contexts.matrix.shape == (16, 5 if name == "neural_lm" else 6)
        assert np.abs(contexts.matrix).max() > 0
    if name == "glove":  # vectors are the sum of both tables, contexts the second
        words = np.asarray(loaded.params["input"])[:16, :6]
        np.testing.assert_allclose(words + contexts.matrix, found.matrix, rtol=1e-6)
    if name == "cbow":
        with pytest.raises(ValueError, match="nodes of a tree"):
            loaded.contexts()


def test_questions_to_what_was_written(known_run, tmp_path, monkeypatch, capsys):
    """Neighbours of the words asked for; the hint that is printed works; sets are measured."""
    folder, path = tmp_path / "run", known_run[1]
    shutil.copytree(known_run[0], folder)  # a finished run is asked once more
    (tmp_path / "pairs.txt").write_text("a aa 9\na b 1\nc cc 8\nc ff 2\nc gone 3\n")
    flags = ("--epochs=1", "--show=aa,gone", f"--similarity={tmp_path}/pairs.txt")
    assert launches.run(TASK, *flags_of(path, f"--workdir={folder}", *flags)) == 0
    out, _ = capsys.readouterr()
    assert "\n  aa " in out and "gone" not in out
    assert "spearman pairs: " in out and "(4 of 5 pairs)" in out
    hint = next(part for part in out.split() if part.startswith("--vectors="))
    with monkeypatch.context() as patch:
        patch.setattr("sys.stdin", io.StringIO("a\n"))
        patch.setattr(nearest.absl_flags, "FLAGS", {"words": type("F", (), {"value": ["a"]})})
        launches.call(patch, nearest.main, hint, configs=[NearestConfig])
    assert len(capsys.readouterr().out.splitlines()) == 11


def test_stopped_in_the_middle_of_an_epoch_and_resumed(tmp_path):
    """Bit for bit what an undisturbed run ends with; another seed ends elsewhere."""
    flags = flags_of(text(tmp_path), "--sample=0.01")
    run = launches.prepared(TASK, *flags)
    epoch, steps = len(run.data_set.parts["train"].source), run.training.loop.steps
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    configs = launches.given(TASK, *flags, f"--workdir={whole}")
    half = epoch + 2
    assert half % epoch and half < steps
    asked = iter(range(1, 1000))
    with prepared_once():
        with runs.begun(TASK, configs) as killed:  # before its first checkpoint
            killed.logs.write(0, "valid", {"loss": 9.0})
        train(whole, flags)
        train(parts, flags, lambda: next(asked) == half)
        assert saved(parts, run)[0] == half
        train(parts, flags)
    first, second = saved(whole, run), saved(parts, run)
    assert first[0] == second[0] == steps and first[2] == second[2]
    equal(first[1], second[1])
    assert figures(whole) == figures(parts)
    train(tmp_path / "other", [*flags, "--seed=1"])
    third = saved(tmp_path / "other", run)
    assert np.any(third[1]["params"]["input"] != first[1]["params"]["input"])


def test_from_python(known_run, made, tmp_path):
    """The same run as that of the launch: nothing differs but the clock."""
    folder, path = known_run
    settings = {
        "size": 6, "window": 2, "chunk": 32, "piece": 200, "epochs": 1, "held_out": 0.1,
        "sample": 0.0, "log_every": 3, "data": path,
    }  # fmt: skip
    with prepared_once(made):
        loaded = seqjax.train("word_vectors", quiet=True, workdir=tmp_path / "run", **settings)
    other = seqjax.load(folder)
    equal(loaded.params, other.params)
    assert loaded.predict(["a", "aa"]) == other.predict(["a", "aa"])
    assert figures(tmp_path / "run") == figures(folder)


def test_a_run_of_the_first_format(known_run, tmp_path, capsys):
    """Such runs named their model, and kept no counts: they are asked, and not trained further."""
    folder, path = known_run
    old = tmp_path / "old"
    shutil.copytree(folder, old)
    record = json.loads((old / "run.json").read_text(encoding="utf-8"))
    del record["format"], record["task"], record["data"]["counts"]
    (old / "run.json").write_text(json.dumps({"kind": "vectors", **record}), encoding="utf-8")
    loaded = seqjax.load(old)
    assert loaded.vectors().counts is None
    equal(loaded.vectors().matrix, seqjax.load(folder).vectors().matrix)
    assert loaded.predict("a") == seqjax.load(folder).predict("a")
    with pytest.raises(ValueError, match=r"counts: got none in .* an older seqjax"):
        loaded.evaluate(path)
    with pytest.raises(SystemExit):
        launches.run(TASK, *flags_of(path, f"--workdir={old}", "--epochs=1"))
    assert "was begun by an older seqjax" in capsys.readouterr().err
    onward = prepared(path, f"--continue_from={old}")  # but others may begin with it
    equal(onward.training.init(jax.random.key(5))["input"], loaded.params["input"])


def test_the_two_newest_checkpoints_alone_are_kept(tmp_path):
    """The last one makes the files of vectors, even where an earlier one had a lower loss."""
    folder = tmp_path / "run"
    asked = iter(range(1, 100))
    flags = ["--rate=0.1", "--final=1", "--epochs=3", "--evaluate_every=5"]
    train(folder, flags_of(text(tmp_path), *flags), lambda: next(asked) == 10)
    _, lower, higher = [row["loss"] for row in figures(folder) if row["kind"] == "valid"]
    assert lower < higher
    with Checkpoints(folder / runs.CHECKPOINTS, keep_best=False) as checkpoints:
        assert checkpoints.steps() == [5, 10]
    assert seqjax.load(folder).step == 10
    assert (folder / runs.RECORD).exists()


def test_what_may_differ_when_a_run_is_resumed(known_run, tmp_path, capsys):
    folder, path = known_run
    shutil.copytree(folder, tmp_path / "run")
    flags = flags_of(path, f"--workdir={tmp_path / 'run'}", "--epochs=1")
    assert launches.run(TASK, *flags, "--threads=2", "--save=a.npz", "--contexts=c.glove") == 0
    assert len(load(tmp_path / "run/a.npz")) == len(load(tmp_path / "run/c.glove")) == 16
    for other in ("--epochs=3", "--window=3"):  # the rate falls to the end of the run
        with pytest.raises(SystemExit):
            launches.run(TASK, *flags, other)
        name = other.strip("-").split("=")[0]
        assert f"{name}: got 3, but the run in" in capsys.readouterr().err


def test_divergence_ends_the_run_with_a_remedy(known_run, tmp_path, capsys):
    flags = flags_of(known_run[1], f"--workdir={tmp_path}/run", "--objective=glove")
    flags += ["--update=sgd", "--rate=1e9", "--chunk=8"]
    assert launches.run(TASK, *flags) == 1
    error = capsys.readouterr().err
    assert "error: loss: became" in error and "smaller --rate or --chunk in another" in error


WRONG = {
    "objective": ("--objective=skipgram",),
    "output": ("--output=negativ",),
    "output: .*only skip_gram": ("--objective=glove", "--output=softmax"),
    "negatives": ("--negatives=0",),
    "size: got 0": ("--size=0",),
    "size: got 17, want 16": ("--size=17",),
    "size: got 1000000000000,": ("--size=1000000000000",),
    "window": ("--window=0",),
    "rate": ("--rate=-1",),
    "chunk": ("--chunk=24",),
    "epochs": ("--epochs=0",),
    "seed": ("--seed=-1",),
    "threads": ("--threads=-1",),
    "final": ("--final=2",),
    "evaluate_every": ("--evaluate_every=-1",),
    "split": ("--split=letter",),
    "minimum: got 0": ("--minimum=0",),
    "vocabulary": ("--vocabulary=1",),
    "sample": ("--sample=1.5",),
    "held_out: got 0.0": ("--held_out=0",),
    "held_out: got 1.0": ("--held_out=1",),
    "held_out: got 1e-06, which leaves none": ("--held_out=0.000001",),
    "piece": ("--piece=0",),
    "phrases": ("--phrases=-1",),
    "data: got 'nowhere'": ("--data=nowhere",),
    "minimum: got 100000": ("--minimum=100000",),
    "save: got 'a.doc'": ("--save=a.doc",),
    "save: got '../a.bin'": ("--save=../a.bin",),
    "contexts: .*nodes": ("--output=hierarchical", "--contexts=c.bin"),
    "vectors: got a file beside": ("--vectors=x", "--continue_from=y"),
    "freeze": ("--freeze",),
    "objective: got glove": ("--objective=glove", "--vectors=x"),
    "buckets": ("--buckets=10", "--vectors=x"),
    "nowhere.bin": ("--vectors=nowhere.bin",),
    "no run there": ("--continue_from=nowhere",),
    "nowhere.txt": ("--similarity=nowhere.txt",),
    "nowhere.q": ("--analogies=nowhere.q",),
}


@pytest.mark.parametrize("message", WRONG)
def test_refuses(message, known_run, tmp_path, capsys):
    """One line that names the flag; nothing is written."""
    folder = tmp_path / "run"
    arguments = [*flags_of(known_run[1]), f"--workdir={folder}", *WRONG[message]]
    with pytest.raises(SystemExit) as stopped:
        launches.run(TASK, *arguments)
    assert stopped.value.code == 1 and not folder.exists()
    error = capsys.readouterr().err
    assert error.startswith("error: ") and error.count("\n") == 1
    with pytest.raises(AssertionError, match=message):
        raise AssertionError(error)


OF_THE_TEXT = ("size: got 17", "size: got 1000", "held_out: got 1e-06", "minimum: got 1000")


@pytest.mark.parametrize("message", [m for m in WRONG if not m.startswith(OF_THE_TEXT)])
def test_refuses_before_the_text_is_read(message, known_run):
    with pytest.raises(ValueError, match=message):
        launches.checked(TASK, *flags_of(known_run[1], *WRONG[message]))


@pytest.mark.parametrize(
    ("content", "message"),
    [("", "empty"), ("1 2 3\n", "minimum: got 5"), ("one " * 50, "but 1 words")],
)
def test_refuses_a_text(content, message, tmp_path):
    path = tmp_path / "text.txt"
    path.write_text(content)
    with pytest.raises(ValueError, match=message):
        prepared(path)

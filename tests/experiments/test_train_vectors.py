"""The launch that trains word vectors: in this process, on tiny texts."""

from __future__ import annotations

import io
import math
import random

import jax
import numpy as np
import pytest
from launches import call, given, quick

import seqjax
from experiments import nearest, vectors, vectors_report
from experiments.nearest import NearestConfig
from experiments.vectors import CONFIGS, prepare, progress, train
from seqjax import runs
from seqjax.training import logs
from seqjax.training.fit import Writers
from seqjax.training.logs import Logs
from seqjax.training.progress import Progress
from seqjax.vectors import KeyedVectors, load, save

TINY = (
    "--size=6", "--window=2", "--chunk=32", "--piece=200", "--epochs=2", "--held_out=0.1",
    "--sample=0", "--log_every=3",
)  # fmt: skip
TIMES = ("seconds", "input_wait")


@pytest.fixture(autouse=True)
def sooner(monkeypatch):
    quick(monkeypatch)


def text(folder, count=1500, more="", seed=0):
    """A file of 16 words, every second one of which belongs to that before it."""
    draw = random.Random(seed)
    firsts = draw.choices("abcdefgh", k=count // 2)
    path = folder / f"text{seed}{len(more)}.txt"
    path.write_text(more + " ".join(f"{a} {a}{a}" for a in firsts) + "\n")
    return path


def flags_of(path, *arguments):
    return [*TINY, f"--data={path}", *arguments]


def made(path, *arguments):
    return prepare(*given(*flags_of(path, *arguments), configs=CONFIGS))


def run(training, folder, stop=lambda: False):
    with vectors.kept(folder) as checkpoints, Logs(folder) as written:
        return train(training, Writers(checkpoints, written, Progress(1)), stop=stop)


def figures(folder):
    """metrics.jsonl without what a clock says."""
    rows = logs.read(folder / logs.NAME)
    return [
        {k: v for k, v in row.items() if k not in TIMES and "per_second" not in k} for row in rows
    ]


def equal(one, other):
    jax.tree.map(np.testing.assert_array_equal, one, other)


OBJECTIVES = {
    "skip_gram": (),
    "cbow": ("--objective=cbow", "--output=hierarchical", "--rate=0.01"),
    "softmax": ("--output=softmax", "--rate=0.01"),
    "glove": ("--objective=glove", "--chunk=8", "--contexts=contexts.txt"),
    "neural_lm": ("--objective=neural_lm", "--hidden=5", "--contexts=contexts.txt"),
}


@pytest.mark.parametrize("name", OBJECTIVES)
def test_a_launch(name, tmp_path, monkeypatch, capsys):
    folder = tmp_path / "run"
    flags = flags_of(text(tmp_path), f"--workdir={folder}", "--save=vectors.bin,vectors.txt")
    assert call(monkeypatch, vectors.main, *flags, *OBJECTIVES[name], configs=CONFIGS) == 0
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
    found = loaded.model.vectors(loaded.params)
    assert found.words == load(folder / "vectors.bin").words and len(found) == 16
    equal(found.matrix, load(folder / "vectors.bin").matrix)
    if (folder / "contexts.txt").exists():
        contexts = loaded.model.contexts(loaded.params)
        np.testing.assert_allclose(contexts.matrix, load(folder / "contexts.txt").matrix, rtol=1e-5)
        assert contexts.matrix.shape == (16, 5 if name == "neural_lm" else 6)
        assert np.abs(contexts.matrix).max() > 0
    if name == "glove":  # vectors are the sum of both tables, contexts the second
        words = np.asarray(loaded.params["input"])[:16, :6]
        np.testing.assert_allclose(words + contexts.matrix, found.matrix, rtol=1e-6)
    if name == "cbow":
        with pytest.raises(ValueError, match="nodes of a tree"):
            loaded.model.contexts(loaded.params)


def test_questions_to_what_was_written(tmp_path, monkeypatch, capsys):
    """Neighbours of the words asked for; the hint that is printed works; sets are measured."""
    folder = tmp_path / "run"
    flags = flags_of(text(tmp_path), f"--workdir={folder}", "--show=aa,gone")
    assert call(monkeypatch, vectors.main, *flags, configs=CONFIGS) == 0
    out, _ = capsys.readouterr()
    assert "\n  aa " in out and "gone" not in out
    (tmp_path / "pairs.txt").write_text("a aa 9\na b 1\nc cc 8\nc ff 2\n")
    again = [*flags, f"--similarity={tmp_path}/pairs.txt"]  # a finished run is asked once more
    assert call(monkeypatch, vectors.main, *again, configs=CONFIGS) == 0
    assert "spearman pairs: " in capsys.readouterr().out
    hint = next(part for part in out.split() if part.startswith("--vectors="))
    with monkeypatch.context() as patch:
        patch.setattr("sys.stdin", io.StringIO("a\n"))
        patch.setattr(nearest.absl_flags, "FLAGS", {"words": type("F", (), {"value": ["a"]})})
        call(patch, nearest.main, hint, configs=[NearestConfig])
    assert len(capsys.readouterr().out.splitlines()) == 11


def test_stopped_in_the_middle_of_an_epoch_and_resumed(tmp_path):
    """Bit for bit what an undisturbed run ends with; another seed ends elsewhere."""
    path = text(tmp_path)
    training = made(path, "--sample=0.01")
    epoch, steps = len(training.text.sources["train"]), training.loop.steps
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    with Logs(whole) as written:  # as of a process that was killed before its first checkpoint
        written.write(0, "valid", {"loss": 9.0})
    first = run(training, whole)
    half = epoch + 2
    assert half % epoch and half < steps
    asked = iter(range(1, 1000))
    assert int(run(training, parts, lambda: next(asked) == half).step) == half
    again = made(path, "--sample=0.01")
    second = run(again, parts)
    equal(first._replace(key=0), second._replace(key=0))
    assert figures(whole) == figures(parts)
    third = run(made(path, "--sample=0.01", "--seed=1"), tmp_path / "other")
    assert np.any(np.asarray(third.params["input"]) != np.asarray(first.params["input"]))


@pytest.fixture(scope="module")
def before(tmp_path_factory):
    """(folder of a run, its text): a run of 16 words."""
    folder = tmp_path_factory.mktemp("before")
    path = text(folder)
    with pytest.MonkeyPatch.context() as patch:
        quick(patch)
        flags = flags_of(path, f"--workdir={folder}/run", "--epochs=1")
        assert call(patch, vectors.main, *flags, configs=CONFIGS) == 0
    return folder / "run", path


NEW = "x xx x xx x xx x xx x xx a x aa xx " * 3


def rows(words, others):
    return np.array([others.index(word) for word in words])


def test_going_on_with_more_words(before, tmp_path):
    """Old words begin with both their vectors, by name; frozen ones end with them."""
    folder, _ = before
    old = seqjax.load(folder)
    words = old.vocabularies["words"].tokens
    path = text(tmp_path, more=NEW, seed=3)
    training = made(path, f"--continue_from={folder}", "--freeze")
    assert "16 words with input and output vectors; 2 words are new" in training.about
    assert set(training.words) - set(words) == {"x", "xx"} and training.words != (*words, "x", "xx")
    start = jax.tree.map(np.asarray, training.init(jax.random.key(0)))
    where = rows(words, training.words)
    for name in ("input", "output"):
        assert np.any(start[name])
        equal(start[name][where], np.asarray(old.params[name]))
    state = run(training, tmp_path / "frozen")
    after = np.asarray(state.params["input"])
    equal(after[where], start["input"][where])
    new = rows(("x", "xx"), training.words)
    assert np.all(np.any(after[new] != start["input"][new], axis=1))
    assert np.any(np.asarray(state.params["output"])[where] != start["output"][where])
    moved = run(made(path, f"--continue_from={folder}"), tmp_path / "free").params["input"]
    assert np.all(np.any(np.asarray(moved)[where] != start["input"][where], axis=1))


def test_vectors_of_a_file_are_input_only(before, tmp_path):
    """Words that the text does not have keep their vectors; the output table begins at 0."""
    draw = np.random.default_rng(0)
    known = KeyedVectors(("aa", "never", "b"), draw.normal(size=(3, 6)).astype(np.float32))
    save(tmp_path / "known.npz", known)
    training = made(before[1], f"--vectors={tmp_path}/known.npz")
    assert "3 vectors, input-only: output vectors begin at 0; 14 words are new" in training.about
    start = training.init(jax.random.key(0))
    equal(np.asarray(start["input"])[rows(known.words, training.words)], known.matrix)
    assert not np.any(start["output"]) and training.words[-1] == "never"
    known = KeyedVectors(known.words, 2 * known.matrix)
    save(tmp_path / "known.npz", known)
    other = made(before[1], f"--vectors={tmp_path}/known.npz")
    assert other.record["data"] != training.record["data"]


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
def test_refuses(message, before, tmp_path, monkeypatch, capsys):
    """One line that names the flag; nothing is written."""
    folder = tmp_path / "run"
    arguments = [*flags_of(before[1]), f"--workdir={folder}", *WRONG[message]]
    with pytest.raises(SystemExit) as stopped:
        call(monkeypatch, vectors.main, *arguments, configs=CONFIGS)
    assert stopped.value.code == 1 and not folder.exists()
    error = capsys.readouterr().err
    assert error.startswith("error: ") and error.count("\n") == 1
    with pytest.raises(AssertionError, match=message):
        raise AssertionError(error)


@pytest.mark.parametrize(
    ("content", "message"),
    [("", "empty"), ("1 2 3\n", "minimum: got 5"), ("one " * 50, "but 1 words")],
)
def test_refuses_a_text(content, message, tmp_path):
    path = tmp_path / "text.txt"
    path.write_text(content)
    with pytest.raises(ValueError, match=message):
        made(path)


def test_refuses_vectors_that_do_not_fit(before, tmp_path):
    folder, path = before
    with pytest.raises(ValueError, match=r"size: got 5, but the vectors of .* have 6"):
        made(path, f"--continue_from={folder}", "--size=5")
    with pytest.raises(ValueError, match="has objective skip_gram, want cbow"):
        made(path, f"--continue_from={folder}", "--objective=cbow")
    with pytest.raises(ValueError, match="vocabulary: got 3, want 16 or more"):
        made(path, f"--continue_from={folder}", "--vocabulary=3")
    (tmp_path / "bad.txt").write_text("2 6\na 1 2 3 4 5 6\nb 1 2 nan 4 5 6\n")
    with pytest.raises(ValueError, match="row 2: got nan"):
        made(path, f"--vectors={tmp_path}/bad.txt")


def test_a_rate_that_diverges_is_warned_of(before):
    calm, wild = made(before[1]), made(before[1], "--rate=2")
    assert "warning: rate 2 times" in vectors_report.beginning(wild, 0)
    assert "warning" not in vectors_report.beginning(calm, 0)


def test_progress_is_counted_in_words(before, monkeypatch):
    """Whatever the pairs that a step reports: the share is that of the text."""
    training = made(before[1])
    steps = training.loop.steps
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    with progress(training, steps // 2) as bar:
        bar.update(steps // 2 + 1, 10**9, {})
        bar.update(steps, 10**9, {})
        bar.update(steps, 10**9, {})
    first, *_, last = stream.getvalue().splitlines()
    assert last.startswith(f"100% step {steps}, ")
    share = (steps // 2 + 1) / steps
    assert first == f"{share:4.0%} step {steps // 2 + 1}"


def test_a_finished_run_keeps_one_checkpoint(before):
    folder, _ = before
    with vectors.kept(folder) as checkpoints:
        assert len(checkpoints.steps()) == 1
    assert (folder / runs.RECORD).exists()


def test_a_step_without_anything_to_predict(before):
    """Of a piece with one word left: there are no means, and nothing breaks."""
    training = made(before[1], "--output=softmax")
    assert vectors.report(training, {"rate": 0.1}) == {"rate": 0.1}


def test_divergence_ends_the_run_with_a_remedy(before, tmp_path, monkeypatch, capsys):
    flags = flags_of(before[1], f"--workdir={tmp_path}/run", "--objective=glove")
    flags += ["--update=sgd", "--rate=1e9", "--chunk=8"]
    assert call(monkeypatch, vectors.main, *flags, configs=CONFIGS) == 1
    error = capsys.readouterr().err
    assert "error: loss: became" in error and "smaller --rate or --chunk in another" in error

"""Classifiers as a person meets them: trained by a launch or from Python, what is said, asked."""

from __future__ import annotations

import importlib.util
import io
import json
import shlex
import shutil
import sys

import jax
import launches
import numpy as np
import pytest
from labelled_texts import BAD, GOOD, OTHER, TINY, reviews, write
from prepared_once import prepared_once

import seqjax
from experiments import classify as launch
from experiments.processes import ProcessConfig
from experiments.training import SeedsConfig
from seqjax import runs
from seqjax.tasks.classification import TASK, baseline
from seqjax.tasks.classification.compare import CompareConfig
from seqjax.tasks.classification.evaluate import outcome
from seqjax.tasks.classification.report import mistakes
from seqjax.training import logs


@pytest.fixture(autouse=True)
def sooner(monkeypatch):
    launches.quick(monkeypatch)
    monkeypatch.setattr(baseline, "EPOCHS", 3)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """(folder, flags, what was printed) of a model that has seen enough."""
    folder = tmp_path_factory.mktemp("trained")
    path = write(folder, reviews())
    flags = [
        *TINY, f"--data={path}", "--layout=label_first", "--output=binary", "--valid=0.2",
        "--test=0.2", "--epochs=10", "--evaluate_every=1000", f"--workdir={folder / 'run'}",
    ]  # fmt: skip
    with prepared_once():  # the runs of this module
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(baseline, "EPOCHS", 3)
            out, _ = launches.captured(TASK, *flags)
        yield folder / "run", flags, out


def loaded_of(trained):
    return launches.kept(str(trained[0]), "best")


def printed(monkeypatch, capsys, *arguments):
    """What predict prints."""
    monkeypatch.setattr(runs, "load", launches.kept)
    return launches.predicted(monkeypatch, capsys, TASK, *arguments)


def figures_of_test(folder):
    """The figures of the last test of a run."""
    return [row for row in logs.read(folder / logs.NAME) if row["kind"] == "test"][-1]


def test_the_report(trained):
    folder, _, out = trained
    tested = figures_of_test(folder)
    beside = json.loads((folder / baseline.FILE).read_text())
    lines = out.splitlines()
    assert lines[0] == "on the test part (16 examples, none of them trained on)"
    for line, name, values in (
        (lines[2], "this model (step ", tested),
        (lines[3], "averaged embeddings (epoch ", beside),
    ):
        assert line.strip().startswith(name)
        assert line.split()[-3:] == [
            f"{values['accuracy']:.2%}", f"{values['macro_f1']:.4f}", f"{values['loss']:.4f}"
        ]  # fmt: skip
    assert tested["accuracy"] == 1 - tested["error"]
    matrix = [line.split() for line in lines if line.startswith(("  neg", "  pos"))]
    assert sum(int(cell) for row in matrix for cell in row[1:3]) == 16
    assert int(matrix[0][1]) + int(matrix[1][2]) == round(16 * tested["accuracy"])
    assert tested["accuracy"] > 0.8
    assert runs.read_record(folder)["monitor"] == "error"


def test_the_hint_is_a_command_of_ours(trained, monkeypatch, capsys):
    (hint,) = [shlex.split(s) for s in trained[2].splitlines() if s.startswith("  python -m")]
    assert hint[:3] == ["python", "-m", "experiments.predict"]
    assert importlib.util.find_spec(hint[2])
    (text,) = [flag.removeprefix("--text=") for flag in hint if flag.startswith("--text=")]
    assert printed(monkeypatch, capsys, *hint[3:]).endswith(f"  {text}\n")


def test_a_finished_run_says_it_all_again(trained, monkeypatch, capsys):
    """The baseline comes from the run; made anew from the seed, it is the same."""
    folder, flags, out = trained
    path = folder / baseline.FILE
    before = path.read_text()
    path.unlink()
    assert launches.run(TASK, *flags) == 0
    assert capsys.readouterr().out == out
    assert path.read_text() == before
    monkeypatch.setattr(baseline, "fit_baseline", None)
    assert launches.run(TASK, *flags) == 0
    assert capsys.readouterr().out == out


def test_predictions_do_not_see_their_batch(trained):
    loaded = loaded_of(trained)
    texts = ["a good film", "the plot of", "it the a bad plot a film", "all unheard of"]
    whole = loaded.predict(texts, batch=3)
    assert [each.text for each in whole] == texts
    assert [each.labels for each in whole[::2]] == [["pos"], ["neg"]]
    for text, each in zip(texts, whole, strict=True):
        assert list(each.probabilities) == ["neg", "pos"]
        assert sum(each.probabilities.values()) == pytest.approx(1, rel=1e-6)
        (alone,) = loaded.predict(text)
        assert alone[:2] == each[:2]
        assert alone.probabilities == pytest.approx(each.probabilities, rel=1e-5)


def test_texts_come_from_anywhere(trained, tmp_path, monkeypatch, capsys):
    texts = ("a good film", "the bad plot")
    run, flags = f"--run={trained[0]}", [f"--text={text}" for text in texts]
    shown = printed(monkeypatch, capsys, run, *flags)
    first = shown.splitlines()[0].split()
    assert (first[0], first[2], first[4:]) == ("pos", "neg", ["a", "good", "film"])
    assert float(first[1]) + float(first[3]) == pytest.approx(1, abs=0.002)
    path = write(tmp_path, "\n".join(texts) + "\n")
    assert printed(monkeypatch, capsys, run, f"--file={path}") == shown
    table = tmp_path / "new.tsv"  # as the run was trained on: its column of texts
    table.write_text("label\ttext\n" + "".join(f"neg\t{text}\n" for text in texts))
    assert printed(monkeypatch, capsys, run, f"--file={table}") == shown
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n".join(texts)))
    assert printed(monkeypatch, capsys, run) == shown
    (row,) = printed(monkeypatch, capsys, run, flags[0], "--top=1").splitlines()
    assert row.split()[:3:2] == ["pos", "a"]
    rows = printed(monkeypatch, capsys, run, "--json", *flags).splitlines()
    second = json.loads(rows[1])
    assert (second["text"], second["labels"]) == (texts[1], ["neg"])
    assert sum(second["probabilities"].values()) == pytest.approx(1)
    with pytest.raises(SystemExit):
        printed(monkeypatch, capsys, run, f"--file={path}", *flags)
    assert "file: got it together with --text" in capsys.readouterr().err
    path.write_text("a good film\n\nthe bad plot\n")  # a row out for each line in
    with pytest.raises(SystemExit):
        printed(monkeypatch, capsys, run, f"--file={path}")
    assert "text: got an empty line as number 2, want a text" in capsys.readouterr().err


WRONG_QUESTIONS = [
    ([], {}, "inputs: got no texts"),
    (["a film", " "], {}, "inputs: got an empty text as number 2"),
    (["a film", 7], {}, "inputs: got 7 as number 2, want a text"),
    (["a film"], {"batch": 0}, "batch: got 0"),
    (["a film"], {"top": 0}, "top: got 0"),
    (["a film"], {"tops": 1}, "tops: got 1, .* did you mean top"),
]


@pytest.mark.parametrize(("texts", "options", "named"), WRONG_QUESTIONS)
def test_questions_that_have_no_answer(texts, options, named, trained):
    with pytest.raises(ValueError, match=named):
        loaded_of(trained).predict(texts, **options)


def test_a_file_is_evaluated_as_the_test_part_was(trained, tmp_path):
    """And as by hand: from the probabilities of each text, in float64."""
    loaded, tested = loaded_of(trained), figures_of_test(trained[0])
    passages = launches.data_set(TASK, *trained[1]).parts["test"].records
    path = write(tmp_path, "".join(f"{p.labels[0]} {p.text}\n" for p in passages))
    figures = loaded.evaluate(path)
    assert set(figures) == {"loss", "error", "accuracy", "macro_f1"}
    assert figures == {name: pytest.approx(tested[name], rel=1e-5) for name in figures}
    each = loaded.predict([p.text for p in passages])
    truth = [p.labels[0] for p in passages]
    losses = [-np.log(e.probabilities[label]) for e, label in zip(each, truth, strict=True)]
    assert figures["loss"] == pytest.approx(np.mean(losses), rel=1e-5)
    pairs = [(label, e.labels[0]) for e, label in zip(each, truth, strict=True)]
    f1 = []
    for label in ("neg", "pos"):
        right = sum(pair == (label, label) for pair in pairs)
        f1.append(2 * right / sum(label == name for pair in pairs for name in pair))
    assert figures["macro_f1"] == pytest.approx(np.mean(f1), rel=1e-12)
    with pytest.raises(ValueError, match=r"reviews\.txt, line 1: got label 'so', want one of the"):
        loaded.evaluate(write(tmp_path, "so it\n"))


def test_predictions_stand_in_the_order_of_the_passages(trained):
    """Though batches hold texts of like length."""
    loaded, flags = loaded_of(trained), [*trained[1], "--shapes=3"]
    part = launches.data_set(TASK, *flags).parts["valid"]
    order = [index for item in part.source for index in item["index"] if index >= 0]
    assert order != sorted(order)
    result = outcome(loaded.model, loaded.params, part)
    each = loaded.predict([p.text for p in part.records])
    rows = [list(e.probabilities.values()) for e in each]
    np.testing.assert_allclose(result.probabilities, rows, rtol=1e-5)
    assert result.targets.tolist() == [int(p.labels[0] == "pos") for p in part.records]


def test_from_python(trained, tmp_path, monkeypatch):
    """The same run as that of the launch."""
    figures = {**figures_of_test(trained[0]), "epoch": 1}
    monkeypatch.setattr(baseline, "fit_baseline", lambda *_: figures)
    settings = {
        "hidden": 3, "embedding": 4, "batch": 8, "shapes": 1, "rate": 0.05, "dropout": 0.1,
        "cell": "rnn", "driver": "sequential", "layout": "label_first", "output": "binary",
        "valid": 0.2, "test": 0.2, "epochs": 10, "evaluate_every": 1000,
        "data": trained[1][len(TINY)].removeprefix("--data="),
    }  # fmt: skip
    loaded = seqjax.train("classification", quiet=True, workdir=tmp_path / "run", **settings)
    other = seqjax.load(trained[0], task="classification")
    jax.tree.map(np.testing.assert_array_equal, loaded.params, other.params)
    assert loaded.predict("a good film") == loaded_of(trained).predict("a good film")
    assert "1 bidirectional layer of rnn, 3 units" in loaded.summary()
    assert "binary over 2 labels" in loaded.summary()
    with pytest.raises(ValueError, match=r"pool: got 'max', .* did you mean pooling"):
        seqjax.train("classification", quiet=True, workdir=tmp_path / "no", pool="max")


def test_a_run_of_the_first_format(trained, tmp_path, capsys):
    """Such runs named their model, and had no number: they are used, and not trained further."""
    old = tmp_path / "old"
    shutil.copytree(trained[0], old)
    record = json.loads((old / "run.json").read_text(encoding="utf-8"))
    del record["format"], record["task"], record["config"]["positions"]
    (old / "run.json").write_text(json.dumps({"kind": "classifier", **record}), encoding="utf-8")
    text = "a good film"
    assert seqjax.load(old).predict(text) == loaded_of(trained).predict(text)
    with pytest.raises(SystemExit):
        launches.run(TASK, *trained[1][:-1], f"--workdir={old}")
    assert "was begun by an older seqjax" in capsys.readouterr().err


def test_one_to_one(tmp_path, capsys):
    """Texts of one token are sequences of one step, with any pooling: a table is learnt."""
    rows = "".join(f"{'xyz'[n % 3]} {'abcdef'[n % 6]}\n" for n in range(120))
    path, folder = write(tmp_path, rows), tmp_path / "run"
    flags = ["--layout=label_first", "--tokenizer=characters", "--pooling=last", "--epochs=8"]
    flags += [f"--data={path}", f"--workdir={folder}", "--dropout=0", "--rate=0.1"]
    flags += ["--evaluate_every=1000", "--nobidirectional"]
    assert launches.run(TASK, *TINY, *flags) == 0
    assert "100.00%" in capsys.readouterr().out.splitlines()[2]
    each = seqjax.load(folder).predict(list("abcdef"))
    assert [e.labels for e in each] == [["x"], ["y"], ["z"]] * 2


def test_the_commonest_mistakes():
    counts = np.array([[5, 2, 0], [0, 1, 7], [0, 0, 3]])
    assert mistakes("abc", counts) == "commonest mistakes\n  b as c: 7\n  a as b: 2"
    assert mistakes("ab", np.eye(2, dtype=int)) == "commonest mistakes\n  none"


def test_pretrained_and_fresh_vectors_in_one_launch(tmp_path, monkeypatch, capsys):
    """Four rows: with and without the vectors, recurrent and averaged; each from its own run."""
    path = write(tmp_path, reviews(40))
    rows = [f"{word} {n % 2} {1 - n % 2} 0.5\n" for n, word in enumerate([*GOOD, *BAD, *OTHER])]
    (tmp_path / "known.txt").write_text("".join(rows))
    folder = tmp_path / "run"
    flags = [
        *TINY, "--nobidirectional", "--embedding=0", f"--data={path}", "--layout=label_first",
        "--valid=0.3",
        "--test=0.3", "--epochs=1", f"--workdir={folder}",
    ]  # fmt: skip
    configs = (*TASK.configs, SeedsConfig, ProcessConfig, CompareConfig)
    with pytest.raises(SystemExit):
        launches.call(monkeypatch, launch.main, *flags, "--compare_vectors", configs=configs)
    assert "compare_vectors: got no vectors" in capsys.readouterr().err
    flags += [f"--vectors={tmp_path}/known.txt"]
    assert launches.call(monkeypatch, launch.main, *flags, configs=configs) == 0
    assert "fresh vectors" not in capsys.readouterr().out
    # A run that has ended may be compared afterwards.
    flags += ["--compare_vectors"]
    assert launches.call(monkeypatch, launch.main, *flags, configs=configs) == 0
    out = capsys.readouterr().out.split("pretrained and fresh vectors")[1].splitlines()
    assert [line[:34].strip() for line in out[2:]] == [
        "pretrained, this model", "pretrained, averaged embeddings", "fresh, this model",
        "fresh, averaged embeddings",
    ]  # fmt: skip
    for line, where in zip(out[2::2], (folder, folder / "fresh"), strict=True):
        assert line.split()[-1] == f"{figures_of_test(where)['loss']:.4f}"
    models = [seqjax.load(each) for each in (folder, folder / "fresh")]
    assert [m.params["words"]["w"].shape[1] for m in models] == [3, 3]
    assert "pretrained" not in models[1].record["data"]

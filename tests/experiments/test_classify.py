"""The launch of classifiers as a person meets it: data in, report and predictions out, mistakes."""

from __future__ import annotations

import functools
import io
import json
import random
import sys
from pathlib import Path

import launches
import numpy as np
import pytest
from absl import flags as absl_flags
from launches import quick

from experiments import classify as launch
from experiments import classify_baseline, classify_text, task
from experiments.classify_figures import outcome, outcomes
from experiments.classify_report import mistakes
from experiments.classify_text import ClassifyTextConfig, classify
from seqjax import runs
from seqjax.data import UNK
from seqjax.training import logs

TINY = (
    "--hidden=3", "--embedding=4", "--batch=8", "--shapes=1", "--rate=0.05", "--dropout=0.1",
    "--cell=rnn",
)  # fmt: skip
GOOD, BAD, OTHER = ["good", "fine", "nice"], ["bad", "poor", "dull"], ["a", "film", "the", "plot"]
given = functools.partial(launches.given, configs=launch.CONFIGS)
call = functools.partial(launches.call, configs=launch.CONFIGS)


@pytest.fixture(autouse=True)
def sooner(monkeypatch):
    quick(monkeypatch)
    monkeypatch.setattr(classify_baseline, "EPOCHS", 3)


def reviews(count: int = 80, seed: int = 0) -> str:
    """Lines whose label, pos or neg, is told by one of their words."""
    draw = random.Random(seed)
    rows = []
    for n in range(count):
        words = draw.choices([*OTHER, "it"], k=draw.randint(2, 6))
        words.insert(draw.randint(0, 2), draw.choice(GOOD if n % 2 else BAD))
        rows.append(f"{'pos' if n % 2 else 'neg'} {' '.join(words)}\n")
    return "".join(rows)


def write(folder: Path, text: str, name: str = "reviews.txt") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def prepared(*arguments: str) -> task.Task:
    return task.check(launch.prepare(*given(*TINY, *arguments)))


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """(folder, flags, what was printed) of a model that has seen enough."""
    folder = tmp_path_factory.mktemp("trained")
    path = write(folder, reviews())
    flags = [
        *TINY, f"--data={path}", "--layout=label_first", "--output=binary", "--valid=0.2",
        "--test=0.2", "--epochs=10", f"--workdir={folder / 'run'}",
    ]  # fmt: skip
    out = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", out)
        patch.setattr(classify_baseline, "EPOCHS", 3)
        quick(patch)
        assert call(patch, launch.main, *flags) == 0
    return folder / "run", flags, out.getvalue()


def test_the_report(trained):
    folder, _, out = trained
    found = [row for row in logs.read(folder / logs.NAME) if row["kind"] == "test"][-1]
    beside = json.loads((folder / classify_baseline.FILE).read_text())
    lines = out.splitlines()
    assert lines[0] == "on the test part (16 examples, none of them trained on)"
    for line, name, values in (
        (lines[2], "this model (step ", found),
        (lines[3], "averaged embeddings (epoch ", beside),
    ):
        assert line.strip().startswith(name)
        assert line.split()[-3:] == [
            f"{values['accuracy']:.2%}", f"{values['macro_f1']:.4f}", f"{values['loss']:.4f}"
        ]  # fmt: skip
    assert found["accuracy"] == 1 - found["error"]
    matrix = [line.split() for line in lines if line.startswith(("  neg", "  pos"))]
    assert sum(int(cell) for row in matrix for cell in row[1:3]) == 16
    assert int(matrix[0][1]) + int(matrix[1][2]) == round(16 * found["accuracy"])
    assert found["accuracy"] > 0.8


def test_a_finished_run_says_it_all_again(trained, monkeypatch, capsys):
    """The baseline comes from the run; made anew from the seed, it is the same."""
    folder, flags, out = trained
    path = folder / classify_baseline.FILE
    before = path.read_text()
    path.unlink()
    assert call(monkeypatch, launch.main, *flags) == 0
    assert capsys.readouterr().out == out
    assert path.read_text() == before
    monkeypatch.setattr(classify_baseline, "fit", None)
    assert call(monkeypatch, launch.main, *flags) == 0
    assert capsys.readouterr().out == out


def test_predictions_do_not_see_their_batch(trained):
    loaded = runs.load(trained[0])
    texts = ["a good film", "the plot", "it the a bad plot a film", "unheard of"]
    found = classify(loaded, texts, 3)
    np.testing.assert_allclose(found.sum(-1), 1, rtol=1e-6)
    for text, row in zip(texts, found, strict=True):
        np.testing.assert_allclose(classify(loaded, [text], 1)[0], row, rtol=1e-5)
    names = loaded.vocabularies["labels"].tokens
    assert [names[k] for k in found.argmax(-1)[[0, 2]]] == ["pos", "neg"]


def said(monkeypatch, capsys, *flags: str, texts: tuple[str, ...] = ()) -> str:
    """What the launch prints about texts."""
    values = absl_flags.FlagValues()
    absl_flags.DEFINE_multi_string("text", list(texts), "", values)
    monkeypatch.setattr(absl_flags, "FLAGS", values)
    values(["program"])
    launches.call(monkeypatch, classify_text.main, *flags, configs=(ClassifyTextConfig,))
    return capsys.readouterr().out


def test_texts_come_from_anywhere(trained, tmp_path, monkeypatch, capsys):
    folder, texts = trained[0], ("a good film", "the bad plot")
    run = f"--run={folder}"
    shown = said(monkeypatch, capsys, run, texts=texts)
    first = shown.splitlines()[0].split()
    assert (first[0], first[2], first[4:]) == ("pos", "neg", ["a", "good", "film"])
    assert float(first[1]) + float(first[3]) == pytest.approx(1, abs=0.002)
    path = write(tmp_path, "\n".join(texts) + "\n\n")
    assert said(monkeypatch, capsys, run, f"--file={path}") == shown
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n".join(texts)))
    assert said(monkeypatch, capsys, run) == shown
    rows = said(monkeypatch, capsys, run, "--json", texts=texts).splitlines()
    loaded = json.loads(rows[1])
    assert (loaded["text"], loaded["labels"]) == (texts[1], ["neg"])
    assert sum(loaded["probabilities"].values()) == pytest.approx(1)
    with pytest.raises(SystemExit):
        said(monkeypatch, capsys, run, f"--file={path}", texts=texts)
    assert "file: got it together with --text" in capsys.readouterr().err


def test_one_to_one(tmp_path, monkeypatch, capsys):
    """Texts of one token are sequences of one step, with any pooling: a table is learnt."""
    rows = "".join(f"{'xyz'[n % 3]} {'abcdef'[n % 6]}\n" for n in range(120))
    path, folder = write(tmp_path, rows), tmp_path / "run"
    flags = ["--layout=label_first", "--tokenizer=characters", "--pooling=last", "--epochs=8"]
    flags += [f"--data={path}", f"--workdir={folder}", "--dropout=0", "--rate=0.1"]
    assert call(monkeypatch, launch.main, *TINY, *flags) == 0
    assert "100.00%" in capsys.readouterr().out.splitlines()[2]
    found = classify(runs.load(folder), list("abcdef"))
    assert found.argmax(-1).tolist() == [0, 1, 2, 0, 1, 2]


def test_several_labels(tmp_path):
    rows = [
        {"t": f"{a} {b} it", "l": [x for x in (a, b) if x in ("good", "dull")]}
        for a in ("good", "bad", "a") for b in ("dull", "the", "plot") for _ in range(5)
    ]  # fmt: skip
    path = write(tmp_path, "\n".join(map(json.dumps, rows)), "a.jsonl")
    made = prepared(
        f"--data={path}", "--output=multilabel", "--label_separator=|", "--text_column=t",
        "--label_column=l", "--class_weights=balanced",
    )  # fmt: skip
    assert made.vocabularies["labels"].tokens == ("dull", "good")
    assert made.sources["train"][0]["targets"].shape == (8, 2)
    model = runs.KINDS[made.kind](made.record, made.vocabularies)
    params = made.init(launches.jax.random.key(0))
    found = outcome(outcomes(model), params, made.sources["valid"], True)
    assert set(found.figures) == {"loss", "error", "accuracy", "macro_f1"}
    assert found.targets.shape == found.probabilities.shape == (len(found.targets), 2)


def test_parts_have_files_or_are_cut(tmp_path):
    for name, count in [("a.train", 40), ("a.dev", 8), ("b.train", 30)]:
        write(tmp_path, reviews(count), f"{name}.txt")
    write(tmp_path, "read me", "README")
    made = prepared(f"--data={tmp_path}/a.*", "--layout=label_first", "--test=0.25")
    sizes = {part: sum(b["rows"].sum() for b in found) for part, found in made.sources.items()}
    assert sizes == {"train": 30, "valid": 8, "test": 10}
    made = prepared(f"--data={tmp_path}/b.*", "--layout=label_first", "--valid=0.1", "--test=0")
    sizes = {part: sum(b["rows"].sum() for b in found) for part, found in made.sources.items()}
    assert sizes == {"train": 27, "valid": 3}


def test_equal_texts_stay_together(tmp_path):
    rows = "".join(f"{'xy'[n % 2]} {chr(97 + n % 10)} {chr(97 + n % 5)}\n" for n in range(60))
    flags = (f"--data={write(tmp_path, rows)}", "--layout=label_first", "--test=0.2")

    def shared(*more: str) -> bool:
        sources = prepared(*flags, *more).sources
        texts = [
            {tuple(item["words"][:, b]) for item in source for b in range(8) if item["rows"][b]}
            for source in sources.values()
        ]
        return sum(map(len, texts)) > len(set.union(*texts))

    assert shared()
    assert not shared("--distinct")


def test_vectors_of_others(tmp_path):
    """A word that only the file of vectors has is told apart from an unknown one."""
    names = [*GOOD, *BAD, "splendid"]
    rows = [
        f"{name} " + " ".join(str(0.1 * n + k) for k in range(5)) for n, name in enumerate(names)
    ]
    path = write(tmp_path, "\n".join(rows) + "\n", "vectors.txt")
    write(tmp_path, reviews(), "train.txt")
    write(tmp_path, "pos splendid\n", "valid.txt")
    flags = (f"--data={tmp_path}", "--layout=label_first", f"--vectors={path}", "--test=0")
    made = task.check(launch.prepare(*given(*TINY, "--embedding=0", *flags)))
    words = made.vocabularies["words"]
    assert words.tokens[0] == UNK
    assert words.tokens[-1] == "splendid"
    assert made.sources["valid"][0]["words"][0, 0] == len(words) - 1
    params = made.init(launches.jax.random.key(0))
    place = words.encode(["nice"])[0]
    np.testing.assert_allclose(params["words"]["w"][place], 0.2 + np.arange(5), rtol=1e-6)
    np.testing.assert_allclose(params["words"]["unseen"][0], 0.6 + np.arange(5), rtol=1e-6)
    loaded = launches.untrained(made, grow=1.0)
    known, unknown = classify(loaded, ["splendid", "awesome"])
    assert np.abs(known - unknown).max() > 1e-4


def test_the_commonest_mistakes():
    counts = np.array([[5, 2, 0], [0, 1, 7], [0, 0, 3]])
    assert mistakes("abc", counts) == "commonest mistakes\n  b as c: 7\n  a as b: 2"
    assert mistakes("ab", np.eye(2, dtype=int)) == "commonest mistakes\n  none"


WRONG = {
    "--data=nowhere": "data: got 'nowhere', which is neither a file",
    "--data=topic": "did you mean 'topics'?",
    "--layout=": "layout: ",
    "--header=false": "header: got False with layout=label_first",
    "--data=topics": "layout: got 'label_first' for a data set by name",
    "--valid=0 --test=0 --distinct": "distinct: got True but nothing is cut",
    "--layout=tsv": "column 'text' is there nowhere",
    "--output=multilabel": "label_separator: got '', want one for output=multilabel",
    "--label_separator=|": "label_separator: got '|', want none unless output=multilabel",
    "--output=binry": "output: got 'binry', want one of",
    "--pooling=men": "pooling: got 'men', want one of",
    "--tokenizer=word": "tokenizer: got 'word', want one of",
    "--class_weights=1,2,3": "class_weights: got '1,2,3', want balanced, or 2 numbers",
    "--valid=0": "valid: got no examples for it",
    "--valid=0.5 --test=0.5": "shares: got test 0.5, valid 0.5",
    "--vocabulary=1": "vocabulary, minimum: got 1 and 1",
    "--minimum=999": "vocabulary, minimum: got 0 and 999",
    "--longest=-1": "longest: got -1",
    "--positions=2": "positions: got 2, but a text has",
    "--positions=-1": "positions: got -1",
    "--shapes=0": "shapes: got 0",
    "--seed=-1": "seed: got -1",
    "--vectors_train=frozen": "vectors_train: got 'frozen' without --vectors",
}


@pytest.mark.parametrize("flags", WRONG)
def test_flags_that_are_wrong_or_contradict(flags, tmp_path):
    common = [f"--data={write(tmp_path, reviews(20))}", "--layout=label_first"]
    with pytest.raises(ValueError, match=r".") as caught:
        prepared(*common, *flags.split())
    assert WRONG[flags] in str(caught.value)


def test_a_label_that_training_does_not_have(tmp_path):
    write(tmp_path, reviews(20), "train.txt")
    path = write(tmp_path, "pos a film\n\nso it\n", "test.txt")
    with pytest.raises(ValueError, match=r"got label 'so', want one of .* neg, pos") as caught:
        prepared(f"--data={tmp_path}", "--layout=label_first")
    assert str(caught.value).startswith(f"{path}, line 3: ")
    with pytest.raises(ValueError, match=r"test: got 0\.3 but that part has a file"):
        prepared(f"--data={tmp_path}", "--layout=label_first", "--test=0.3")
    write(tmp_path, reviews(20), "train.gz")
    with pytest.raises(ValueError, match=r"got 2 files for train .* there are: test.txt, train.gz"):
        prepared(f"--data={tmp_path}", "--layout=label_first")


def test_pretrained_and_fresh_vectors_in_one_launch(tmp_path, monkeypatch, capsys):
    """Four rows: with and without the vectors, recurrent and averaged; each from its own run."""
    path = write(tmp_path, reviews(40))
    rows = [f"{word} {n % 2} {1 - n % 2} 0.5\n" for n, word in enumerate([*GOOD, *BAD, *OTHER])]
    (tmp_path / "known.txt").write_text("".join(rows))
    folder = tmp_path / "run"
    flags = [
        *TINY, "--embedding=0", f"--data={path}", "--layout=label_first", "--valid=0.3",
        "--test=0.3", "--epochs=1", f"--workdir={folder}", "--compare_vectors",
    ]  # fmt: skip
    with pytest.raises(SystemExit):
        call(monkeypatch, launch.main, *flags)
    assert "compare_vectors: got no vectors" in capsys.readouterr().err
    assert call(monkeypatch, launch.main, *flags, f"--vectors={tmp_path}/known.txt") == 0
    out = capsys.readouterr().out.split("pretrained and fresh vectors")[1].splitlines()
    assert [line[:34].strip() for line in out[2:]] == [
        "pretrained, this model", "pretrained, averaged embeddings", "fresh, this model",
        "fresh, averaged embeddings",
    ]  # fmt: skip
    for line, where in zip(out[2::2], (folder, folder / "fresh"), strict=True):
        tested = [row for row in logs.read(where / logs.NAME) if row["kind"] == "test"][-1]
        assert line.split()[-1] == f"{tested['loss']:.4f}"
    models = [runs.load(each) for each in (folder, folder / "fresh")]
    assert [m.params["words"]["w"].shape[1] for m in models] == [3, 3]
    assert "pretrained" not in models[1].record["data"]

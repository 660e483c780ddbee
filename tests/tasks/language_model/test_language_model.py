"""The launch as a newcomer meets it: what it prints, what it refuses, what it leaves behind."""

from __future__ import annotations

import gzip
import importlib.util
import json
import re
import shlex
import shutil
from collections import Counter

import filelock
import jax
import launches
import numpy as np
import pytest
from launches import TINY, lines, quick, write
from prepared_once import prepared_once

import seqjax
from experiments.generate import GenerateConfig
from experiments.score import TEXT, ScoreConfig
from seqjax import runs
from seqjax.data import TOKENIZERS
from seqjax.runs.lock import LOCK
from seqjax.tasks import Loaded
from seqjax.tasks.language_model import TASK
from seqjax.tasks.language_model.batches import predictions
from seqjax.tasks.language_model.report import LENGTHS, ORDERS, held_out, table
from seqjax.tasks.language_model.sample import SampleOptions
from seqjax.tasks.language_model.whole_lines import whole_lines
from seqjax.training import logs

SENTENCES = ["the cat sat on the mat", "a small bird flew over the house", "a dog ran"]


@pytest.fixture(autouse=True)
def sooner(monkeypatch):
    quick(monkeypatch)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A model that knows three sentences by heart: (folder, flags, what was printed)."""
    folder = tmp_path_factory.mktemp("trained")
    path = write(folder, "\n".join(SENTENCES * 20) + "\n")
    flags = [
        "--hidden=16", "--window=8", "--batch=8", f"--data={path}", "--tokenizer=words",
        "--sentences", "--epochs=12", "--rate=0.03", "--evaluate_every=42", "--schedule=constant",
        f"--workdir={folder / 'run'}",
    ]  # fmt: skip
    with prepared_once():  # the runs of this module
        yield folder / "run", flags, *launches.captured(TASK, *flags)


def test_the_report(trained):
    folder, _, out, error = trained
    first, *_ = out.splitlines()
    assert first.startswith("perplexity on the test part (")
    assert [f"temperature {t}" in out for t in (0.5, 0.8, 1.0)] == [True] * 3
    assert "<eos>" not in out
    rows = logs.read(folder / logs.NAME)
    assert [row["kind"] for row in rows][-1] == "test"
    assert f"this model (step {runs.load(folder).step})" in out
    assert f"{rows[-1]['perplexity']:10.4g}" in out
    assert f"Training in {folder}\n" in error
    assert "vocabulary 16" in error  # 13 words, <unk>, <eos>, <bos>


def test_each_sample_has_another_beginning(trained):
    """The words that most lines of the text begin with."""
    out = trained[2]
    samples = re.findall(r"^temperature .*\n(\w+)", out, re.MULTILINE)
    counts = Counter(sentence.split()[0] for sentence in SENTENCES)
    assert len(samples) == 3
    assert set(samples) <= set(counts)
    assert len(set(samples)) == min(3, len(counts))


def test_the_hints_are_commands_of_ours(trained):
    folder, _, out, _ = trained
    hints = [shlex.split(line) for line in out.splitlines() if line.startswith("  python -m")]
    assert [hint[2] for hint in hints] == ["experiments.generate", "experiments.score"]
    for (_, _, module, *arguments), configs in zip(
        hints, ((GenerateConfig, SampleOptions), (ScoreConfig,)), strict=True
    ):
        assert importlib.util.find_spec(module)
        names = [name for config in configs for name in config.__dataclass_fields__]
        known = {f"--{name}" for name in [*names, TEXT]}
        assert {argument.split("=")[0] for argument in arguments} <= known
        assert arguments[0] == f"--run={folder}"
    (prompt,) = (word for word in hints[0] if word.startswith("--prompt="))
    assert prompt.split("=")[1] in launches.kept(folder).vocabulary


def test_a_sentence_it_has_seen_is_likelier_than_a_broken_one(trained):
    broken = []
    for sentence in SENTENCES:
        words = sentence.split()
        broken.append(" ".join([words[0], words[2], words[1], *words[3:]]))
    scores = launches.kept(trained[0]).score([*SENTENCES, *broken])
    for good, bad in zip(scores[:3], scores[3:], strict=True):
        assert good.log_probability > bad.log_probability + 3


def test_a_finished_run_says_it_all_again(trained, capsys):
    folder, flags, out, _ = trained
    before = state(folder)
    assert launches.run(TASK, *flags) == 0
    again = capsys.readouterr()
    assert again.out == out
    assert "Resuming in" in again.err
    assert state(folder)["checkpoints"] == before["checkpoints"]


def state(folder):
    """Contents of a run directory by name, the folder of checkpoints by what it lists."""
    found = {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file()}
    found["checkpoints"] = sorted(p.name for p in (folder / "checkpoints").iterdir())
    return found


OTHERS = {
    "--hidden=17": "hidden: got 17, but the run in",
    "--rate=0.04": "rate: got 0.04, but the run in",
    "--seed=1": "seed: got 1, but the run in",
    "--tokenizer=pretokenised": "tokenizer: got 'pretokenised', but the run in",
    "--schedule=cosine": "schedule: got 'cosine', but the run in",
}


@pytest.mark.parametrize("flag", OTHERS)
def test_resuming_with_other_flags(flag, trained, capsys):
    folder, flags, *_ = trained
    before = state(folder)
    error = refused(capsys, *flags, flag)
    assert error.startswith(f"error: {OTHERS[flag]}")
    assert state(folder) == before


def test_resuming_with_another_text(trained, tmp_path, capsys):
    folder, flags, *_ = trained
    before = state(folder)
    path = write(tmp_path, "\n".join(SENTENCES * 20 + ["a red dog"]) + "\n")
    error = refused(capsys, *flags, f"--data={path}")
    assert "data" in error
    assert "was begun with" in error
    assert state(folder) == before


def refused(capsys, *flags):
    """The line that a launch ends with."""
    with pytest.raises(SystemExit) as exit:
        launches.run(TASK, *flags)
    out, error = capsys.readouterr()
    assert (exit.value.code, out) == (1, "")
    assert error.startswith("error: ")
    assert error.count("\n") == 1
    return error


WRONG = {
    "--cell=lstmm": "cell: got 'lstmm', want one of",
    "--optimizer=adm": "optimizer: got 'adm', want one of",
    "--head=softmx": "head: got 'softmx', want one of",
    "--tokenizer=word": "tokenizer: got 'word', want one of",
    "--schedule=cosin": "schedule: got 'cosin', want one of",
    "--driver=hoist": "driver: got 'hoist', want one of",
    "--init=tourch": "init: got 'tourch', want one of",
    "--average=aftr": "average: got 'aftr', want one of",
    "--loss_per=tokn": "loss_per: got 'tokn', want one of",
    "--sentences --first=eos": "first: got 'eos', want one of bos, zero",
    "--samples=5": "samples: got 5, want none with head=softmax",
    "--head=sampled": "samples: got none, want a value with head=sampled",
    "--head=adaptive --cutoffs=9,5": "cutoffs: got",
    "--head=adaptive --cutoffs=500": "cutoffs: got",
    "--cell=gru --forget_bias=1": "forget_bias: got 1.0, but gru has none",
    "--sentences --random_window": "random_window: got True with --sentences",
    "--sentences --overlap=3": "overlap: got 3 with --sentences",
    "--first=zero": "first: got 'zero' without --sentences",
    "--packed": "packed: got True without --sentences",
    "--random_window --window=4": "window: got 4, want 5 or more",
    "--patience=2 --schedule=constant": "patience: got 2, but schedule 'constant' does not use it",
    "--hidden=0": "hidden: got 0",
    "--layers=-1": "layers: got -1",
    "--batch=0": "batch: got 0",
    "--window=-3": "window: got -3",
    "--evaluation_batch=0": "evaluation_batch: got 0",
    "--epochs=0": "epochs: got 0",
    "--log_every=0": "log_every: got 0",
    "--save_every=-1": "save_every: got -1",
    "--evaluate_every=-1": "evaluate_every: got -1",
    "--overlap=-1": "overlap: got -1",
    "--vocabulary=-1": "vocabulary: got -1",
    "--vocabulary=1": "vocabulary: got 1, want more than 1, which <unk> take",
    "--sentences --vocabulary=3": "vocabulary: got 3, want more than 3",
    "--minimum=0": "minimum: got 0",
    "--minimum=99999": "minimum: got 99999, but no token of the training part",
    "--seed=-1": "seed: got -1",
    "--rate=0": "rate: got 0.0",
    "--rate=nan": "rate: got nan",
    "--dropout=1": "dropout: got 1.0",
    "--valid=0": "valid: got no text for it",
    "--valid=0.6 --test=0.4": "valid, test: got 0.6 and 0.4",
    "--valid=0.0005": "valid: got 1 characters, too short for one window of 2",
    "--batch=999": "train: got ",
    "--accumulate=9999": "accumulate: got 9999",
}


@pytest.mark.parametrize("flags", WRONG)
def test_flags_that_are_wrong_or_contradict(flags, tmp_path, capsys):
    folder = tmp_path / "run"
    common = [*TINY, f"--data={write(tmp_path)}", f"--workdir={folder}"]
    error = refused(capsys, *common, *flags.split())
    assert error.startswith(f"error: {WRONG[flags]}")
    value = flags.split("=")[-1]
    if "want one of" in error and value != "eos":
        assert "did you mean" in error
    assert not folder.exists()


TEXTS = {
    "missing": (None, "text.txt: got a path without a file"),
    "empty": (b"", "text.txt: got an empty file"),
    "not UTF-8": (b"abc \xff def" * 99, "text.txt: got byte 0xff at offset 4"),
    "broken gzip": (gzip.compress(b"abc" * 999)[:-9], "text.txt: got broken gzip"),
    "white space": (b" \n" * 999, "minimum: got 1, but no token"),
    "short": (b"abc\n" * 9, "train: got 32 characters, too short for one window of 33"),
}


@pytest.mark.parametrize("kind", TEXTS)
def test_texts_that_cannot_be_used(kind, tmp_path, capsys):
    content, message = TEXTS[kind]
    path, folder = tmp_path / "text.txt", tmp_path / "run"
    if content is not None:
        path.write_bytes(content)
    more = ["--tokenizer=words", "--sentences"] if kind == "white space" else []
    error = refused(capsys, *TINY, *more, f"--data={path}", f"--workdir={folder}")
    assert message in error
    assert not folder.exists()


def test_a_folder_of_texts(tmp_path, capsys):
    texts = tmp_path / "texts"
    texts.mkdir()
    for part in ("train", "valid"):
        (texts / f"{part}.txt").write_text(lines())
    common = [*TINY, f"--data={texts}", f"--workdir={tmp_path / 'run'}"]
    error = refused(capsys, *common)
    assert "got no files for test" in error
    (texts / "test.txt").write_text(lines())
    error = refused(capsys, *common, "--valid=0.1")
    assert error.startswith("error: valid: got 0.1 for a folder")
    assert not (tmp_path / "run").exists()


def test_folders_that_are_no_run(tmp_path, capsys):
    common = [*TINY, f"--data={write(tmp_path)}"]
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter").write_text("1")
    for name, message in {
        "text.txt": "text.txt is a file, want a folder",
        "text.txt/run": "text.txt/run: Not a directory",
        "thesis": "is not empty and no run",
    }.items():
        assert message in refused(capsys, *common, f"--workdir={tmp_path / name}")
    assert (tmp_path / "text.txt").read_text() == lines()
    assert [p.name for p in (tmp_path / "thesis").iterdir()] == ["chapter"]


def test_a_run_in_use(tmp_path, capsys):
    folder = tmp_path / "run"
    folder.mkdir()
    with filelock.FileLock(folder / LOCK):
        error = refused(capsys, *TINY, f"--data={write(tmp_path)}", f"--workdir={folder}")
    assert error == f"error: workdir: {folder} is in use by another process\n"
    assert [p.name for p in folder.iterdir()] == [LOCK]


def test_numbers_that_are_no_longer_finite(tmp_path, capsys):
    folder = tmp_path / "run"
    flags = [*TINY, f"--data={write(tmp_path)}", f"--workdir={folder}", "--rate=1e38", "--epochs=1"]
    assert launches.run(TASK, *flags, "--optimizer=sgd", "--save_every=1") == 1
    out, error = capsys.readouterr()
    (line,) = (line for line in error.splitlines() if line.startswith("error:"))
    assert out == ""
    step = int(line.split(" at step ")[1].split(";")[0])
    loaded = runs.load(folder)
    assert loaded.step == step - 1
    assert f"; checkpoint {step - 1} stands; want a smaller --rate" in line
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(loaded.params))


def corpus(*flags):
    """(a model that is not trained, the data set) of these flags."""
    prepared = launches.prepared(TASK, *flags)
    return launches.untrained(TASK, prepared)._replace(step=7), prepared.data_set


def test_baselines_by_hand(tmp_path):
    """A text of which half is a and half is b: 1 bit by counting, and 0 of what follows what."""
    best, data_set = corpus(f"--data={write(tmp_path, 'ab' * 2000)}", *TINY)
    ids, history = held_out(data_set, "test")
    text = table(best, data_set, "test", np.log(2.0) * 3)
    head, model, grams, one = text.splitlines()
    assert head == "bits per character on the test part (199 characters, none of them trained on)"
    assert len(ids) == predictions(data_set.parts["test"].records) == 199
    assert len(history) == 1
    assert model.split() == ["this", "model", "(step", "7)", "3"]
    assert float(grams.split()[-1]) < 0.01
    assert float(one.split()[-1]) == pytest.approx(1, abs=0.01)  # a little for <unk>


def test_baselines_predict_what_the_model_predicts(tmp_path):
    path = write(tmp_path)
    lines_of_words = ("--sentences", "--tokenizer=words", "--window=64")  # in their order
    for flags in ((), ("--sentences",), lines_of_words, ("--test=0",)):
        best, data_set = corpus(f"--data={path}", *TINY, *flags)
        part = "test" if "test" in data_set.parts else "valid"
        ids, _ = held_out(data_set, part)
        source = data_set.parts[part].source
        targets = [item["targets"].T[item["weights"].T > 0] for item in source]
        if flags != lines_of_words:
            targets = np.sort(np.concatenate(targets))
            np.testing.assert_array_equal(targets, np.sort(ids))
        else:
            np.testing.assert_array_equal(np.concatenate(targets), ids)
    words = table(best, data_set, "valid", 1.0).splitlines()[0]
    assert words.endswith("none of them trained on, which chose the step and the order)")


def test_every_unit_of_tokens_has_a_report():
    units = {each.unit for each in TOKENIZERS.values()}
    assert set(LENGTHS) == set(ORDERS) == units


def parts_of(path, folder):
    """The files of train, valid and test that a run on one file cuts it into, by name."""
    text = path.read_text(encoding="utf-8")
    first, second = int(len(text) * (1 - 0.05 - 0.05)), int(len(text) * (1 - 0.05))
    cut = {"train": text[:first], "valid": text[first:second], "test": text[second:]}
    for part, each in cut.items():
        (folder / f"{part}.txt").write_text(each, encoding="utf-8")
    return {part: folder / f"{part}.txt" for part in cut}


def test_what_a_loaded_language_model_is_asked(trained, tmp_path):
    folder, *_ = trained
    loaded = launches.kept(folder)
    files = parts_of(folder.parent / "text.txt", tmp_path)
    rows = logs.read(folder / logs.NAME)
    (best,) = (row for row in rows if row["kind"] == "valid" and row["step"] == loaded.step)
    for part, row in (("test", rows[-1]), ("valid", best)):
        figures = loaded.evaluate(files[part])
        assert figures == {name: row[name] for name in ("loss", "perplexity")}
    broken = write(tmp_path, "mat the cat\r\nover\r\n")
    figures, tokens = loaded.evaluate(broken), len(["mat", "the", "cat", "<eos>", "over", "<eos>"])
    test = predictions(TASK.open(loaded, [files["test"]]).records)
    both = loaded.evaluate(files["test"], broken)["loss"]
    want = (test * rows[-1]["loss"] + tokens * figures["loss"]) / (test + tokens)
    assert rows[-1]["loss"] < both == pytest.approx(want, rel=1e-6)
    with pytest.raises(ValueError, match="got a path without a file"):
        loaded.evaluate(tmp_path / "no.txt")
    assert {"sample", "score", "predict", "evaluate"} <= set(dir(loaded))
    with pytest.raises(AttributeError, match="a run of language_model has sample, score"):
        loaded.nearest("cat")
    words = loaded.summary()
    assert words.startswith("tokens (16 as 16 numbers) -> 1 layer of lstm, 16 units -> softmax")
    assert loaded.history()["test"]["perplexity"] == rows[-1]["perplexity"]


def test_from_python(tmp_path):
    """The same run as that of the launch; the methods of what comes back answer."""
    path = write(tmp_path, "\n".join(SENTENCES * 9))
    settings = {
        "data": str(path), "cell": "rnn", "hidden": 8, "window": 8, "batch": 4, "epochs": 1,
        "tokenizer": "words", "driver": "sequential",
    }  # fmt: skip
    with prepared_once():
        loaded = seqjax.train("language_model", quiet=True, workdir=tmp_path / "python", **settings)
        flags = [f"--{name}={value}" for name, value in settings.items()]
        assert launches.run(TASK, *flags, f"--workdir={tmp_path / 'launch'}") == 0
    other = seqjax.load(tmp_path / "launch")
    jax.tree.map(np.testing.assert_array_equal, loaded.params, other.params)
    assert loaded.predict("the cat") == loaded.predict(["the cat"])
    assert loaded.sample("the", length=5) == other.sample("the", length=5)
    assert loaded.score("the cat sat") == loaded.score(["the cat sat"])
    test = parts_of(path, tmp_path)["test"]
    assert loaded.evaluate(test)["loss"] == loaded.history()["test"]["loss"]
    with pytest.raises(ValueError, match=r"a\.txt: got 1 words, too short for one window of 2"):
        (tmp_path / "a.txt").write_text("one")
        loaded.evaluate(tmp_path / "a.txt")
    with pytest.raises(ValueError, match=r"hiden: got 8, .* did you mean hidden"):
        seqjax.train("language_model", workdir=tmp_path / "wrong", hiden=8)


def test_a_run_of_the_first_format(trained, tmp_path, capsys):
    """Such runs named their model, and had no number: they are used, and not trained further."""
    old = tmp_path / "old"
    shutil.copytree(trained[0], old)
    record = json.loads((old / "run.json").read_text(encoding="utf-8"))
    del record["format"], record["task"], record["config"]["packed"]
    (old / "run.json").write_text(json.dumps({"kind": "language_model", **record}))
    before, after = launches.kept(trained[0]), seqjax.load(old)
    assert after.record["format"] == 1
    assert after.predict("a small") == before.predict("a small")
    with pytest.raises(SystemExit):
        launches.run(TASK, *trained[1][:-1], f"--workdir={old}")
    assert "was begun by an older seqjax" in capsys.readouterr().err


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("flags", [("--sentences",), ("--overlap=9999",)], ids="_".join)
def test_figures_do_not_know_batches(flags, tmp_path):
    """Lines, and rows of a text that begin with all that stands before them; nor windows."""
    losses, params = [], None
    for batch, window in ((1, 8), (3, 8), (3, 50)):
        made = launches.prepared(
            TASK, f"--data={write(tmp_path)}", *TINY, *flags, f"--evaluation_batch={batch}",
            f"--window={window}", "--test=0.2", "--driver=sequential",
        )  # fmt: skip
        if params is None:
            drawn = made.training.init(jax.random.key(1))
            params = jax.tree.map(lambda a: np.asarray(a, float) * 9, drawn)
        loaded = Loaded(TASK, made.model, params, made.data_set.vocabularies, made.record, 1)
        part = made.data_set.parts["test"]
        assert part.source[0]["inputs"].shape[1] == batch
        figures = TASK.evaluate(loaded, part)
        losses.append(figures["loss"])
        bits = TASK.readable(loaded.record, figures)["bits_per_character"]
        assert bits == pytest.approx(losses[0] / np.log(2))
    assert losses == pytest.approx(losses[:1] * 3, rel=1e-12)


def test_the_window_of_training_changes_no_figure(tmp_path):
    """Lines longer than it go on when evaluating; and a text is cut into as many rows."""
    for flags in ((), ("--sentences",)):
        sizes = {
            window: launches.data_set(
                TASK, f"--data={write(tmp_path)}", *TINY, *flags, f"--window={window}"
            ).parts["valid"].source[0]["inputs"].shape[1]
            for window in (4, 100)
        }  # fmt: skip
        assert len(set(sizes.values())) == 1
    source = whole_lines([np.arange(5), np.arange(0)], 2, eos=9, first=-1, steps=4)
    items = list(source)
    assert len(source) == len(items) == 2
    for k, item in enumerate(items):
        jax.tree.map(np.testing.assert_array_equal, source[k], item)
    targets = np.concatenate([item["targets"].T for item in items], 1)
    assert targets.tolist() == [[0, 1, 2, 3, 4, 9, 0, 0], [9, 0, 0, 0, 0, 0, 0, 0]]
    assert sum(item["weights"].sum() for item in items) == 7
    assert [bool(item["fresh"]) for item in items] == [True, False]

"""The launch of a tagger as a newcomer meets it: data in, what it prints and refuses, tags out."""

from __future__ import annotations

import importlib.util
import io
import json
import pickle
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
from seqjax.data import Vocabulary
from seqjax.data.formats.conll import Tagged
from seqjax.tasks import Loaded
from seqjax.tasks.tagging import TASK
from seqjax.tasks.tagging.config import TaggingData
from seqjax.tasks.tagging.encode import Encoder
from seqjax.tasks.tagging.evaluate import named
from seqjax.tasks.tagging.labels import illegal, scheme_of, viewed
from seqjax.tasks.tagging.predict import TaggingOptions
from seqjax.tasks.tagging.report import commonest
from seqjax.training import logs

NAMES = """
The	O
cat	O
met	O
Ada	B-person
Lovelace	I-person
.	O

Ada	B-person
saw	O
New	B-place
York	I-place

the	O
cat	O
sat	O
"""
SMALL = (
    "--hidden=8", "--embedding=8", "--character_hidden=4", "--cell=rnn", "--minimum=1",
    "--driver=sequential",
)  # fmt: skip


@pytest.fixture(autouse=True)
def sooner(monkeypatch):
    launches.quick(monkeypatch)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The flag that names training, validation and test."""
    folder = tmp_path_factory.mktemp("names")
    for part, text in (("train", NAMES * 8), ("dev", NAMES), ("test", NAMES + "\n쥬\tB-thing\n")):
        (folder / f"names.{part}.txt").write_text(text, encoding="utf-8")
    return f"--data={folder}"


@pytest.fixture(scope="module")
def trained(files, tmp_path_factory):
    """A tagger that knows three sentences by heart: (folder, flags, what was printed)."""
    folder = tmp_path_factory.mktemp("trained") / "run"
    flags = [
        files, *SMALL, "--batch=4", "--epochs=30", "--rate=0.03", "--dropout=0.1", "--head=crf",
        "--characters=convolutional", "--nobidirectional", "--shapes=1", "--keep=f1",
        "--evaluate_every=60",
        f"--workdir={folder}",
    ]  # fmt: skip
    with prepared_once():  # the runs of this module
        yield folder, flags, *launches.captured(TASK, *flags)


def test_the_report(trained):
    folder, _, out, error = trained
    assert "words: train 104 in 24 sentences, valid 13 in 3 sentences, test 14 in 4" in error
    assert "5 tags (IOB2)" in error
    assert "test: 1 words have tags that training does not have (B-thing): they count as" in error
    first, _, this, alone = out.splitlines()[:4]
    assert first == "accuracy on the test part (14 words, none of them trained on)"
    assert this.split()[-3:] == ["92.86%", "100.00%", "0.00%"]
    assert alone.split()[-3:] == ["92.86%", "100.00%", "0.00%"]
    rows = {line.split()[0]: line.split()[1:] for line in out.splitlines() if "%" in line[20:]}
    assert rows["place"][1::2] == ["100.00%", "1"]
    assert rows["person"][1::2] == ["100.00%", "2"]
    assert rows["thing"][1:] == ["0.00%", "0.00%", "1"]
    last = logs.read(folder / logs.NAME)[-1]
    assert last["kind"] == "test"
    assert last["accuracy"] == pytest.approx(13 / 14)
    assert {"loss", "error", "accuracy", "f1", "missed_f1"} <= set(last)
    assert runs.read_record(folder)["monitor"] == "missed_f1"


def test_the_hint_is_a_command_of_ours(trained, monkeypatch, capsys):
    _, _, out, _ = trained
    (hint,) = [shlex.split(line) for line in out.splitlines() if line.startswith("  python -m")]
    assert hint[:3] == ["python", "-m", "experiments.predict"]
    assert importlib.util.find_spec(hint[2])
    assert printed(monkeypatch, capsys, *hint[3:]).startswith("The/O cat/O met/O Ada/B-person ")


def printed(monkeypatch, capsys, *arguments):
    """What predict prints."""
    monkeypatch.setattr(runs, "load", launches.kept)
    return launches.predicted(monkeypatch, capsys, TASK, *arguments)


def test_lines_and_columns_in_and_out(trained, tmp_path, monkeypatch, capsys):
    run = f"--run={trained[0]}"
    path = tmp_path / "text.txt"
    path.write_text("Ada saw the cat.\n\nNew York\n", encoding="utf-8")
    want = "Ada/B-person saw/O the/O cat/O ./O\n\nNew/B-place York/I-place\n"
    assert printed(monkeypatch, capsys, run, f"--file={path}") == want  # a line for each line
    monkeypatch.setattr(sys, "stdin", io.StringIO("Ada saw the cat.\n\nNew York"))
    assert printed(monkeypatch, capsys, run) == want
    assert printed(monkeypatch, capsys, run, "--text=") == "\n"
    path.write_text("Ada saw the cat.\nNew York\n", encoding="utf-8")
    columns = printed(monkeypatch, capsys, run, f"--file={path}", "--output=conll")
    assert columns.startswith("Ada\tB-person\nsaw\tO\n")
    assert "\n\nNew\tB-place\nYork\tI-place\n\n" in columns
    path.write_text(columns, encoding="utf-8")
    again = printed(monkeypatch, capsys, run, f"--file={path}", "--input=conll", "--output=conll")
    assert again == columns
    texts = ("--text=Ada saw the cat.", "--text=New York")
    sure = printed(monkeypatch, capsys, run, *texts, "--probability").splitlines()[1].split()
    assert [word.rsplit("/", 1)[0] for word in sure] == ["New/B-place", "York/I-place"]
    assert all(0.5 < float(word.rsplit("/", 1)[1]) <= 1 for word in sure)


def test_json_lines(trained, monkeypatch, capsys):
    rows = printed(monkeypatch, capsys, f"--run={trained[0]}", "--json", "--text=Ada met Ada")
    (row,) = map(json.loads, rows.splitlines())
    assert row["words"] == ["Ada", "met", "Ada"]
    assert row["tags"][:2] == ["B-person", "O"]
    assert len(row["probabilities"]) == 3


def test_one_at_a_time_as_in_a_batch(trained):
    """Sentences of several lengths, none at all, and letters nobody knows."""
    loaded = launches.kept(str(trained[0]), "best")
    texts = [["Ada", "met", "Ada"], [], ["쥬", "met", "Ada", "Lovelace", "."], ["the"] * 5]
    whole = loaded.predict(texts, batch=2)
    assert [len(sentence.words) for sentence in whole] == [3, 0, 5, 5]
    for text, sentence in zip(texts, whole, strict=True):
        (alone,) = loaded.predict([text])
        assert alone[:2] == sentence[:2]
        np.testing.assert_allclose(alone.probabilities, sentence.probabilities, rtol=1e-5)


def test_what_a_loaded_tagger_is_asked(trained, tmp_path):
    folder, *_ = trained
    loaded = launches.kept(str(folder), "best")
    assert loaded.predict("Ada met Ada")[0].tags[:2] == ["B-person", "O"]
    copy = pickle.loads(pickle.dumps(loaded))
    assert copy.predict("Ada met Ada") == loaded.predict("Ada met Ada")
    with pytest.raises(ValueError, match=r"batsh: got 3, .* did you mean batch"):
        loaded.predict(["Ada"], batsh=3)
    with pytest.raises(ValueError, match="inputs: got no sentences"):
        loaded.predict([])
    path = tmp_path / "new.txt"
    path.write_text(NAMES + "\n쥬\tB-thing\n", encoding="utf-8")
    tested = logs.read(folder / logs.NAME)[-1]
    figures = loaded.evaluate(path)
    assert figures == {name: pytest.approx(tested[name], rel=1e-5) for name in figures}
    assert {"loss", "accuracy", "f1"} <= set(figures)
    assert repr(loaded).startswith(f"Loaded(tagging, step {loaded.step}, ")
    assert len(repr(loaded)) < 250
    words = loaded.summary()
    assert "1 layer of rnn, 8 units" in words
    assert "crf over 5 tags" in words
    assert f"{sum(a.size for a in jax.tree.leaves(loaded.params)):,}" in words
    history = loaded.history()
    assert history["valid"]["step"].tolist() == [60, 120, 180]
    assert history["test"]["f1"] == tested["f1"]


def test_evaluated_on_tags_that_training_did_not_have(trained, tmp_path):
    loaded = launches.kept(str(trained[0]), "best")
    path = tmp_path / "new.txt"
    for text, message in (
        ("A\tB-thing\n", "new.txt: got tags B-thing, want some of training: B-person"),
        ("A\tO\nB\tX\n", "new.txt: tag: got 'X', which IOB2 does not have"),
    ):
        path.write_text(text)
        with pytest.raises(ValueError, match=message):
            loaded.evaluate([path])


def test_fewer_epochs_than_were_made_are_refused(trained, capsys):
    """Nothing is written into a run that is longer already."""
    folder, flags, _, _ = trained
    before = (folder / "run.json").read_bytes(), (folder / logs.NAME).read_bytes()
    with pytest.raises(SystemExit):
        launches.run(TASK, *flags, "--epochs=2")
    assert "epochs: got 2, which are 12 steps, but the run in" in capsys.readouterr().err
    assert ((folder / "run.json").read_bytes(), (folder / logs.NAME).read_bytes()) == before


def test_from_python(trained, files, tmp_path):
    """The same run as that of the launch: nothing differs but the clock."""
    settings = {
        "hidden": 8, "embedding": 8, "character_hidden": 4, "cell": "rnn", "minimum": 1,
        "driver": "sequential", "batch": 4, "epochs": 30, "rate": 0.03, "dropout": 0.1,
        "head": "crf", "characters": "convolutional", "bidirectional": False, "shapes": 1,
        "keep": "f1", "evaluate_every": 60, "data": files.removeprefix("--data="),
    }  # fmt: skip
    loaded = seqjax.train("tagging", quiet=True, workdir=tmp_path / "run", **settings)
    other = launches.kept(str(trained[0]), "best")
    jax.tree.map(np.testing.assert_array_equal, loaded.params, other.params)
    assert loaded.record["config"] == {**other.record["config"], "workdir": str(tmp_path / "run")}
    assert loaded.predict(["Ada met Ada"]) == other.predict(["Ada met Ada"])


def test_a_run_of_the_first_format(trained, tmp_path, capsys):
    """Such runs named their model, and had no number: they are used, and not trained further."""
    old = tmp_path / "old"
    shutil.copytree(trained[0], old)
    record = json.loads((old / "run.json").read_text(encoding="utf-8"))
    del record["format"], record["task"]
    (old / "run.json").write_text(json.dumps({"kind": "tagger", **record}), encoding="utf-8")
    text = "Ada met Ada"
    assert seqjax.load(old).predict(text) == launches.kept(str(trained[0]), "best").predict(text)
    with pytest.raises(SystemExit):
        launches.run(TASK, *trained[1][:-1], f"--workdir={old}")
    assert "was begun by an older seqjax" in capsys.readouterr().err


def test_a_finished_run_says_it_all_again(trained, capsys):
    folder, flags, out, _ = trained
    before = (folder / logs.NAME).read_bytes()
    assert launches.run(TASK, *flags) == 0
    assert capsys.readouterr().out == out
    assert (folder / logs.NAME).read_bytes() == before  # no second line of the test part
    with pytest.raises(SystemExit):
        launches.run(TASK, *flags, "--mode=strict")
    assert "mode: got 'strict', but the run in" in capsys.readouterr().err


@pytest.mark.usefixtures("x64")
def test_figures_do_not_know_batches(files):
    """The model over batches of 1, and over all sentences in one padded batch."""
    flags = ("--head=crf", "--characters=none", "--mode=strict")
    sizes = (("--batch=1", "--shapes=2"), ("--batch=5", "--shapes=1"))
    runs_made = [prepared(files, *flags, *size) for size in sizes]
    drawn = runs_made[0].training.init(jax.random.key(0))
    params, found = jax.tree.map(lambda a: np.asarray(a, float) * 9, drawn), []
    for made in runs_made:
        loaded = Loaded(TASK, made.model, params, made.data_set.vocabularies, made.record, 1)
        found.append(TASK.evaluate(loaded, made.data_set.parts["test"]))
    each, whole = found
    assert each.pop("loss") == pytest.approx(whole.pop("loss"), rel=1e-12)
    assert each == whole
    assert 0 < each["error"] < 1


def prepared(*arguments):
    return launches.prepared(TASK, *SMALL, *arguments)


def test_several_labels(tmp_path):
    """A | stands between labels; O and _ are none. Or: is this word part of a name?"""
    path = tmp_path / "labels.txt"
    path.write_text("a x|y\nb O\nc y\n\na x\nb _\nc y\n\n" * 5)
    valid = tmp_path / "valid.txt"
    valid.write_text("a x\nb z|x\nc _\n")
    made = prepared(f"--data={path},{valid}", "--head=sigmoid", "--test=0", "--keep=f1")
    _, data, _, training = made
    tags, words = data.vocabularies["tags"], data.vocabularies["words"]
    assert tags.tokens == ("x", "y")
    assert "valid: 1 words have tags that training does not have (z)" in data.about
    assert data.parts["valid"].source[0]["tags"][:, 0].tolist() == [[1, 0], [-1, -1], [0, 0]]
    assert named(np.array([[1, 0], [0, 0], [1, 1]]), tags) == ("x", "O", "x|y")
    item = data.parts["train"].source[0]
    assert item["tags"].shape[2] == 2
    for word, labels in (("b", [0, 0]), ("c", [0, 1])):
        rows = item["tags"][item["words"] == words.encode([word])[0]]
        assert len(rows)
        assert (rows == labels).all()
    params = training.init(jax.random.key(0))
    loaded = Loaded(TASK, made.model, params, data.vocabularies, made.record, 1)
    figures = TASK.evaluate(loaded, data.parts["valid"])
    assert figures["missed_f1"] == 1 - figures["f1"]


def test_part_of_a_name(files):
    made = prepared(files, "--head=sigmoid", "--labels=name")
    assert made.data_set.vocabularies["tags"].tokens == ("name",)
    kinds = prepared(files, "--labels=types")
    assert kinds.data_set.vocabularies["tags"].tokens == ("O", "person", "place")
    assert kinds.record["data"]["scheme"] == "none"
    assert viewed(Tagged(("a", "b"), ("X", "B-")), "types").tags == ("X", "B-")


def test_words_that_only_the_vectors_have(files, tmp_path):
    """A durian, never seen in training, is tagged as the cat whose vector it has."""
    path = tmp_path / "vectors.txt"
    cat, dog = "1 2 3 4 -5 6 7 8", "3 -2 0 1 5 1 -4 2"
    path.write_text(f"cat {cat}\nthe {dog}\nsat {dog}\ndurian {cat}\n")
    made = prepared(files, "--characters=none", f"--vectors={path}")
    words = made.data_set.vocabularies["words"]
    assert words.tokens[-1] == "durian"
    assert made.record["data"]["pretrained"]["unseen"] == 1
    loaded = launches.untrained(TASK, made, 1.5)
    known, like, other = TASK.predict(loaded, ["cat", "durian", "pear"], TaggingOptions())
    assert like.probabilities == known.probabilities != other.probabilities
    assert (like.words, like.tags) == (["durian"], known.tags)


def test_what_a_tagger_sees_of_words():
    config = TaggingData(lower=True, word_length=4)
    words, characters = Vocabulary(("<unk>", "ada", "é")), Vocabulary(("<pad>", "<unk>", *"Adae"))
    found = Encoder(config, words.encode, characters)(["Ada", "abcdef", "e\u0301"])
    assert found["words"].tolist() == [1, 0, 2]
    assert found["characters"].tolist() == [[2, 3, 4, 0], [4, 1, 5, 1], [1, 0, 0, 0]]
    assert Encoder(config, words.encode, characters)([])["characters"].shape == (0, 4)


def test_the_baseline_by_hand():
    train = [Tagged(("a", "a", "b", "a"), ("X", "Y", "Z", "Y")), Tagged(("c",), ("Z",))]
    rows = commonest(TaggingData(), train, [Tagged(("a", "b", "new"), ("", "", ""))])
    assert rows == [("Y", "Z", "Z")]


SCHEMES = {
    "O B-x I-x": "IOB2",
    "O I-x B-x": "IOB1",
    "O B-x E-x S-y": "IOBES",
    "NOUN O": "none",
    "B-x I-x": "none",
}


@pytest.mark.parametrize("row", SCHEMES)
def test_the_scheme_is_seen(row):
    assert scheme_of("auto", [row.split()], "tags", False) == SCHEMES[row]
    assert scheme_of("none", [row.split()], "tags", False) == "none"
    assert scheme_of("auto", [row.split()], "types", False) == "none"


def test_tags_of_no_scheme():
    with pytest.raises(
        ValueError, match=r"scheme: got 'auto', but the tags of training .* legal in"
    ):
        scheme_of("auto", [["O", "E-x", "B-x"]], "tags", False)
    sentence = Tagged(("a", "b"), ("O", "I-x"))
    assert illegal([sentence], "IOB2") == "sentence 1: 'I-x' of 'b' behind O"
    assert illegal([Tagged(("a",), ("B-x",))], "IOBES") == "sentence 1: the end behind B-x"


WRONG = {
    "--data=nowhere": "data: got 'nowhere', which is neither a file or folder nor a data set",
    "--layout=conl": "layout: got 'conl', want one of conll, conllu",
    "--tag_column=UPOS": "tag_column: got 'UPOS', want the number of a column of conll",
    "--tag_column=3": "line 2: got 2 columns, but tags are wanted from column 3",
    "--tag_column=1 --valid=0.2": "valid: got 0.2, but",
    "--scheme=BIO": "scheme: got 'BIO', want one of IOB1",
    "--scheme=IOBES --head=crf": "constrained: got True, but tags of training are not legal in",
    "--scheme=IOB2 --labels=types": "scheme: got 'IOB2', but labels of single words mark no names",
    "--keep=f1 --scheme=none": "keep: got 'f1', but the tags mark no names",
    "--keep=F1": "keep: got 'F1', want one of accuracy, f1, loss",
    "--minimum=99": "vocabulary, minimum: got 0 and 99, which leave no word but <unk>",
    "--word_length=1": "word_length: got 1, want 2 or more",
    "--mode=lax": "mode: got 'lax'",
    "--labels=kinds": "labels: got 'kinds'",
    "--data=python --valid=0.3": "valid: got 0.3 for a data set by name",
    "--noconstrained": "constrained: got False without head=crf",
}  # fmt: skip


@pytest.mark.parametrize("flags", WRONG)
def test_refuses(flags, files):
    with pytest.raises(ValueError) as error:
        prepared(files, *flags.split())
    assert WRONG[flags] in str(error.value)


def test_refuses_parts_that_do_not_fit(tmp_path):
    paths = []
    for part, text in (("a", "x O\ny P\n"), ("b", "x Q\n"), ("c", "x\n")):
        paths.append(tmp_path / part)
        paths[-1].write_text(text)
    with pytest.raises(
        ValueError, match="valid: got tags Q, want some of training: O, P; is --tag"
    ):
        prepared(f"--data={paths[0]},{paths[1]},{paths[0]}")
    with pytest.raises(ValueError, match="got no files for train"):
        prepared(f"--data={tmp_path}")
    with pytest.raises(ValueError, match="data: got 4 files"):
        prepared(f"--data={','.join(map(str, [*paths, paths[0]]))}")
    with pytest.raises(ValueError, match="data: got 'd' among several files, but there is no such"):
        prepared(f"--data={paths[0]},d,{paths[0]}")
    with pytest.raises(ValueError, match="c, line 1: got 1 columns"):
        prepared(f"--data={paths[0]},{paths[2]},{paths[0]}", "--tag_column=2")

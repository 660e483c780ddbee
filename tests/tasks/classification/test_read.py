"""From files to a classifier's data: parts, labels, vectors, and settings that are refused."""

from __future__ import annotations

import json

import jax
import launches
import numpy as np
import pytest
from labelled_texts import BAD, GOOD, TINY, reviews, write

from seqjax.data import UNK
from seqjax.tasks.classification import TASK
from seqjax.tasks.classification.evaluate import outcome
from seqjax.tasks.classification.predict import ClassificationOptions


@pytest.fixture(autouse=True)
def sooner(monkeypatch):
    launches.quick(monkeypatch)


def prepared(*arguments):
    return launches.prepared(TASK, *TINY, *arguments)


def sizes_of(made):
    """Examples of each part."""
    parts = made.data_set.parts
    return {part: sum(b["rows"].sum() for b in parts[part].source) for part in parts}


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
    assert made.data_set.vocabularies["labels"].tokens == ("dull", "good")
    assert made.data_set.parts["train"].source[0]["targets"].shape == (8, 2)
    labels = [label for p in made.data_set.parts["train"].records for label in p.labels]
    counts = [labels.count(name) for name in ("dull", "good")]
    weights = [len(labels) / (2 * count) for count in counts]
    assert made.record["data"]["class_weights"] == pytest.approx(weights)
    loaded = launches.untrained(TASK, made)
    result = outcome(loaded.model, loaded.params, made.data_set.parts["valid"])
    assert set(result.figures) == {"loss", "error", "accuracy", "macro_f1"}
    assert result.targets.shape == result.probabilities.shape == (len(result.targets), 2)
    head = jax.tree.map(np.zeros_like, loaded.params["head"])
    for logits, labels in (([1, -1], ["dull"]), ([2, 1], ["dull", "good"]), ([-1, -2], [])):
        head["1"]["b"] = np.array(logits, np.float32)
        (each,) = loaded._replace(params={**loaded.params, "head": head}).predict("good dull it")
        assert each.labels == labels
        want = dict(zip(("dull", "good"), 1 / (1 + np.exp(-np.array(logits))), strict=True))
        assert each.probabilities == pytest.approx(want, rel=1e-6)


def test_parts_have_files_or_are_cut(tmp_path):
    for name, count in [("a.train", 40), ("a.dev", 8), ("b.train", 30)]:
        write(tmp_path, reviews(count), f"{name}.txt")
    write(tmp_path, "read me", "README")
    made = prepared(f"--data={tmp_path}/a.*", "--layout=label_first", "--test=0.25")
    assert sizes_of(made) == {"train": 30, "valid": 8, "test": 10}
    assert made.data_set.amount == 30
    made = prepared(f"--data={tmp_path}/b.*", "--layout=label_first", "--valid=0.1", "--test=0")
    assert sizes_of(made) == {"train": 27, "valid": 3}


def test_a_folder_of_classes(tmp_path):
    """A file for each class; what is evaluated later is read so too."""
    for name, words in (("pos", GOOD), ("neg", BAD)):
        write(tmp_path, "".join(f"{word} it\n" for word in words * 4), f"{name}.txt")
    made = prepared(f"--data={tmp_path}", "--layout=classes")
    assert made.data_set.vocabularies["labels"].tokens == ("neg", "pos")
    assert sizes_of(made) == {"train": 20, "valid": 2, "test": 2}
    loaded = launches.untrained(TASK, made)
    part = TASK.open(loaded, [str(tmp_path)])
    assert [p.labels[0] for p in part.records] == ["neg"] * 12 + ["pos"] * 12


def test_equal_texts_stay_together(tmp_path):
    rows = "".join(f"{'xy'[n % 2]} {chr(97 + n % 10)} {chr(97 + n % 5)}\n" for n in range(60))
    flags = (f"--data={write(tmp_path, rows)}", "--layout=label_first", "--test=0.2")

    def shared(*more: str) -> bool:
        parts = prepared(*flags, *more).data_set.parts
        texts = [
            {tuple(i["words"][:, b]) for i in part.source for b in range(8) if i["rows"][b]}
            for part in parts.values()
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
    made = prepared("--embedding=0", *flags)
    words = made.data_set.vocabularies["words"]
    assert words.tokens[0] == UNK
    assert words.tokens[-1] == "splendid"
    assert made.data_set.parts["valid"].source[0]["words"][0, 0] == len(words) - 1
    params = made.training.init(jax.random.key(0))
    (nice,) = words.encode(["nice"])
    np.testing.assert_allclose(params["words"]["w"][nice], 0.2 + np.arange(5), rtol=1e-6)
    np.testing.assert_allclose(params["words"]["unseen"][0], 0.6 + np.arange(5), rtol=1e-6)
    loaded = launches.untrained(TASK, made, grow=1.0)
    known, unknown = TASK.predict(loaded, ["splendid", "awesome"], ClassificationOptions())
    assert abs(known.probabilities["pos"] - unknown.probabilities["pos"]) > 1e-4
    assert "(29 as 5 numbers)" not in TASK.describe(made.record, made.data_set.vocabularies)
    assert f"({len(words)} as 5 numbers)" in TASK.describe(made.record, made.data_set.vocabularies)


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
    "--vocabulary=1": "vocabulary: got 1, want 0 or 2 and more",
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


EARLY = {
    "--data=nowhere": "data: got 'nowhere', which is neither a file",
    "--data=topics --layout=tsv": "layout: got 'tsv' for a data set by name",
    "--embedding=0": "embedding: got 0",
    "--cell=gruu": "cell: got 'gruu', want one of .* did you mean 'gru'",
    "--rate=-1": "rate: got -1",
    "--output=multilabel": "label_separator: got ''",
}


@pytest.mark.parametrize("flags", EARLY)
def test_refused_before_anything_is_read(flags):
    with pytest.raises(ValueError, match=EARLY[flags]):
        launches.checked(TASK, *TINY, *flags.split())


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

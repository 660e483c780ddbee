"""Figures of word vectors: on files of text, and of tests that a run is given."""

from __future__ import annotations

import math
import shutil

import launches
import numpy as np
import pytest
import scipy.stats
from covering import marked
from word_vector_runs import figures, flags_of, prepared, text, train

import seqjax
from seqjax import runs
from seqjax.tasks.word_vectors import TASK
from seqjax.tasks.word_vectors.config import OutcomeConfig
from seqjax.tasks.word_vectors.vector_tests import read_tests
from seqjax.vectors import KeyedVectors

TEXT = ("--lines", "--split=pretokenised", "--sample=0.01")
NORMALISED = {
    "skip_gram": (),
    "tree": ("--objective=cbow", "--output=hierarchical", "--rate=0.01"),
    "neural_lm": ("--objective=neural_lm", "--hidden=5"),
    "phrases": ("--phrases=2", "--phrase_threshold=1"),
}


FIRST = [(name,) for name in NORMALISED if name != "skip_gram"]  # as "phrases" is


@pytest.mark.parametrize("name", marked([(name,) for name in NORMALISED], FIRST))
def test_a_file_is_read_as_the_held_out_text_was(name, tmp_path):
    """The tail of the text that was held out, as a file: the same loss to the last bit."""
    words = text(tmp_path, 2000).read_text().split()
    lines = [" ".join(words[k : k + 10]) for k in range(0, 2000, 10)]
    path, tail = tmp_path / "whole.txt", tmp_path / "tail.txt"
    path.write_text("".join(f"{line}\n" for line in lines))
    flags = flags_of(path, *TEXT, "--epochs=1", *NORMALISED[name])
    model = train(tmp_path / "run", flags)
    loaded = seqjax.load(tmp_path / "run")._replace(model=model)
    # A line has ten tokens and its end; with phrases two words are one token.
    joined = any("_" in word for word in loaded.vocabulary.tokens)
    assert joined == (name == "phrases")
    tail.write_text("".join(f"{line}\n" for line in lines[180:]))
    measured = figures(tmp_path / "run")[-1]
    evaluated = loaded.evaluate(tail)
    assert evaluated == {figure: measured[figure] for figure in evaluated}
    assert ("perplexity" in evaluated) == (name in ("tree", "neural_lm"))
    if "perplexity" in evaluated:
        assert evaluated["perplexity"] == pytest.approx(math.exp(evaluated["loss"]))


def test_what_a_file_is_read_as(known_run, tmp_path):
    """Words without a vector are left out before windows are cut; lines do not matter here."""
    loaded = runs.load(known_run[0])
    path = tmp_path / "new.txt"
    path.write_text("Aa never b,\nc aa stranger\n")
    source = TASK.open(loaded, [str(path), str(path)]).source
    (batch,) = [source[k] for k in range(len(source))]
    want = [loaded.vocabulary.tokens.index(word) for word in ["aa", "b", "c", "aa"] * 2]
    assert batch["ids"].tolist() == want
    assert batch["count"] == batch["read"] == 8
    assert batch["left"][0] == batch["right"][7] == 0
    assert batch["left"][1:].min() >= 1 <= batch["right"][:7].min()
    path.write_text("stranger\n")
    with pytest.raises(ValueError, match=r"files: got .*new\.txt, where no word has a vector"):
        loaded.evaluate(path)
    with pytest.raises(ValueError, match="data: got 'nowhere'"):
        loaded.evaluate("nowhere")


def test_glove_on_a_file_from_the_equation(tmp_path):
    """J of every pair of words in the file, which is counted whole, by a loop in float64."""
    model = train(tmp_path / "run", flags_of(text(tmp_path), "--objective=glove", "--chunk=8"))
    loaded = seqjax.load(tmp_path / "run")._replace(model=model)
    words = ["a", "aa", "b", "bb", "a", "aa", "stranger", "c"]
    path = tmp_path / "new.txt"
    path.write_text(" ".join(words) + "\n")
    known = [loaded.vocabulary.tokens.index(word) for word in words if word != "stranger"]
    counts: dict[tuple[int, int], float] = {}
    for i, first in enumerate(known):
        for j, second in enumerate(known):
            if 0 < abs(i - j) <= 2:
                counts[first, second] = counts.get((first, second), 0) + 1 / abs(i - j)
    table = np.asarray(loaded.params["input"], np.float64)
    losses = []
    for (i, j), count in counts.items():
        (w, b), (c, d) = ((row[:6], row[6]) for row in (table[i], table[16 + j]))
        losses.append(0.5 * (count / 100) ** 0.75 * (w @ c + b + d - math.log(count)) ** 2)
    assert loaded.evaluate(path)["loss"] == pytest.approx(np.mean(losses), rel=1e-5)


def test_tests_of_vectors_are_logged(known_run, tmp_path, capsys):
    """Spearman as SciPy has it, on the pairs whose words have vectors; analogies by hand."""
    (tmp_path / "pairs.txt").write_text("a aa 9\na b 1\nc cc 8\nc ff 2\nc gone 3\nd ee 5\n")
    (tmp_path / "questions.txt").write_text(": one\na aa b bb\nc cc d dd\na aa b gone\n")
    flags = [f"--similarity={tmp_path}/pairs.txt", f"--analogies={tmp_path}/questions.txt"]
    run = tmp_path / "run"
    shutil.copytree(known_run[0], run)
    flags += [f"--workdir={run}", "--epochs=1"]
    assert launches.run(TASK, *flags_of(known_run[1], *flags)) == 0
    tested = figures(run)[-1]
    assert tested["kind"] == "test" and tested["loss"] == figures(run)[-2]["loss"]
    vectors = seqjax.load(run).vectors()
    unit = {word: row / np.linalg.norm(row) for word, row in zip(*vectors_of(vectors), strict=True)}
    pairs = [("a", "aa"), ("a", "b"), ("c", "cc"), ("c", "ff"), ("d", "ee")]
    want = scipy.stats.spearmanr([unit[a] @ unit[b] for a, b in pairs], [9, 1, 8, 2, 5]).statistic
    assert tested["spearman pairs"] == pytest.approx(want, abs=1e-6)
    assert tested["covered pairs"] == 5
    right = 0
    for a, b, c, d in (("a", "aa", "b", "bb"), ("c", "cc", "d", "dd")):
        point = unit[b] - unit[a] + unit[c]
        others = {word: row @ point for word, row in unit.items() if word not in (a, b, c)}
        right += max(others, key=others.__getitem__) == d
    assert tested["analogies total"] == right / 2
    assert (tested["answered total"], tested["questions total"]) == (2, 3)
    out = capsys.readouterr().out
    assert f"spearman pairs: {want:.4f} (5 of 6 pairs)" in out
    assert f"analogies total: {right / 2:.4f} (2 of 3 questions)" in out
    assert "analogies syntactic" not in out


def vectors_of(vectors: KeyedVectors) -> tuple:
    return vectors.words, vectors.matrix.astype(np.float64)


def test_tests_without_an_answer(tmp_path):
    (tmp_path / "questions.txt").write_text(": one\nno word is here\n")
    (test,) = read_tests(OutcomeConfig(analogies=f"{tmp_path}/questions.txt"))
    found = test.figures(KeyedVectors(("a", "b"), np.eye(2)))
    assert found == {} and test.lines(found) == []


def test_a_step_without_anything_to_predict(known_run):
    """Of a piece with one word left: there are no means, and nothing breaks."""
    record = prepared(known_run[1], "--output=softmax").record
    assert TASK.readable(record, {"rate": 0.1}) == {"rate": 0.1}


def test_speeds_that_people_read(known_run):
    record = prepared(known_run[1]).record
    figures = {"loss": 1.0, "words": 0.5, "kept": 0.25, "pairs_per_second": 1000.0}
    want = {"raw_words_per_second": 500.0, "kept_words_per_second": 250.0}
    assert TASK.readable(record, figures) == {"loss": 1.0, "pairs_per_second": 1000.0, **want}

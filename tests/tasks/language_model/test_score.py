"""Probabilities of sentences: against another way to them, and as a table."""

from __future__ import annotations

import io
import itertools
import sys

import jax
import launches
import numpy as np
import pytest
from absl import flags as absl_flags
from launches import TINY, call, quick, write

from experiments import score as launch
from experiments.score import ScoreConfig
from seqjax import runs
from seqjax.tasks.language_model import TASK
from seqjax.tasks.language_model.score import Score, score, table

SENTENCES = ["the cat sat on a mat.", "dog.", "a small bird flew over the red house.", "blue cat"]
MODES = {
    "characters": (),
    "words": ("--tokenizer=words",),
    "sentences": ("--tokenizer=words", "--sentences"),
    "from the zero vector": ("--sentences", "--first=zero"),
}


def untrained(*flags, grow=20.0):
    return launches.untrained(TASK, launches.prepared(TASK, *TINY, *flags), grow)


@pytest.fixture(autouse=True)
def sooner(monkeypatch):
    quick(monkeypatch)


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    path = write(tmp_path_factory.mktemp("text"))
    return {
        name: untrained(f"--data={path}", *arguments, grow=8) for name, arguments in MODES.items()
    }


def independently(loaded, sentence):
    """(log p, tokens), by walking step after step, the end as a token, softmax in float64."""
    end = loaded.vocabulary.eos if loaded.record["config"]["sentences"] else loaded.first
    ids = [*loaded.vocabulary.encode(loaded.tokenizer.split(sentence)), end]
    step, carry, total = jax.jit(loaded.model.step), loaded.model.start(loaded.params, 1), 0.0
    for fed, wanted in zip([loaded.first, *ids], ids, strict=False):
        carry, logits = step(loaded.params, carry, np.array([fed], np.int32))
        logits = np.asarray(logits[0], np.float64)
        total += logits[wanted] - np.log(np.exp(logits).sum())
    return total, len(ids)


@pytest.mark.parametrize("mode", MODES)
def test_another_way_to_the_same_sums(models, mode):
    want = [independently(models[mode], sentence) for sentence in SENTENCES]
    found = score(models[mode], SENTENCES)
    assert [each.sentence for each in found] == SENTENCES
    assert [each.tokens for each in found] == [tokens for _, tokens in want]
    logs = [each.log_probability for each in found]
    assert logs == pytest.approx([log for log, _ in want], rel=2e-6)
    assert not any(each.unknown for each in found)


def test_the_batch_does_not_matter(models):
    loaded = models["sentences"]
    one, three = score(loaded, SENTENCES, 1), score(loaded, SENTENCES, 3)
    for a, b in zip(one, three, strict=True):
        assert a.log_probability == pytest.approx(b.log_probability, rel=2e-6)
        assert (a.sentence, *a[2:]) == (b.sentence, *b[2:])
    (alone,) = score(loaded, SENTENCES[2], 3)
    assert alone.log_probability == pytest.approx(three[2].log_probability, rel=2e-6)


def test_a_text_without_lines_has_no_end_to_score(tmp_path):
    loaded = untrained(f"--data={write(tmp_path, 'abcd' * 300)}")
    (found,) = score(loaded, ["abba"])
    assert found.tokens == 4
    assert np.isfinite(found.log_probability)
    # All texts of three characters, ? being the unknown one, together have probability one.
    every = ["".join(text) for text in itertools.product("abcd?", repeat=3)]
    logs = [each.log_probability for each in score(loaded, every, 125)]
    assert np.exp(logs).sum() == pytest.approx(1, abs=1e-5)


def test_the_table():
    scores = [Score("worse", -8.0, 4, 0), Score("better", -3.0, 3, 0), Score("odd", -9.5, 4, 2)]
    assert table(scores, "likely").splitlines() == [
        "     log p  per token  sentence",
        "     -3.00      2.718  better",
        "     -8.00      7.389  worse",
        "     -9.50      10.75  odd   (2 unknown)",
    ]
    given = table(scores, "given").splitlines()[1:]
    assert [line.split()[2] for line in given] == ["worse", "better", "odd"]


def start(monkeypatch, loaded, *arguments, texts=(), stdin=""):
    """The launch, with standard input."""
    values = absl_flags.FlagValues()
    absl_flags.DEFINE_multi_string(launch.TEXT, list(texts), "", values)
    values(["program"])
    monkeypatch.setattr(absl_flags, "FLAGS", values)
    monkeypatch.setattr(runs, "load", lambda *_, **__: loaded)
    monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
    return call(monkeypatch, launch.main, *arguments, configs=[ScoreConfig])


def test_three_ways_in(models, tmp_path, monkeypatch, capsys):
    loaded, path = models["words"], tmp_path / "sentences.txt"
    path.write_text("\n\n".join(SENTENCES), encoding="utf-8")  # empty lines do not count
    start(monkeypatch, loaded, texts=SENTENCES)
    start(monkeypatch, loaded, f"--file={path}")
    start(monkeypatch, loaded, stdin="\n".join(SENTENCES) + "\n")
    out = capsys.readouterr().out
    third = len(out) // 3
    assert out == out[:third] * 3
    assert all(sentence in out for sentence in SENTENCES)


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n"])
def test_marks_that_end_no_line(models, end, tmp_path, monkeypatch, capsys):
    """A sentence with a line separator, form feed or next-line mark in it is one sentence."""
    rows = ["the \u2028cat", "a\x85dog", "red\x0cmat"]
    text, path = f"\ufeff{end.join(rows)}{end}", tmp_path / "text.txt"
    path.write_bytes(text.encode())
    start(monkeypatch, models["words"], f"--file={path}", "--order=given")
    start(monkeypatch, models["words"], "--order=given", stdin=text)
    head, *found = capsys.readouterr().out.removesuffix("\n").split("\n")
    assert [line.split("  ")[-1] for line in found[:3]] == rows
    assert [head, *found[:3]] == found[3:]


def test_unknown_words_are_noted(models, monkeypatch, capsys):
    start(monkeypatch, models["words"], texts=["the xylophone sat"])
    assert "the xylophone sat   (1 unknown)" in capsys.readouterr().out


WRONG = {
    "nothing on standard input": ((), {"stdin": " \n"}, "text: got no sentences"),
    "an empty sentence": ((), {"texts": ["a", ""]}, "text: got an empty sentence as number 2"),
    "two ways at once": (("--file=x",), {"texts": ["a"]}, "file: got it together with --text"),
    "no file": (("--file=none.txt",), {}, "none.txt: got a path without a file"),
    "no such order": (("--order=likly",), {}, "order: got 'likly', want one of given, likely;"),
    "no batch": (("--batch=0",), {"texts": ["a"]}, "batch: got 0"),
    "no such checkpoint": (("--checkpoint=last",), {}, "checkpoint: got 'last'"),
}


@pytest.mark.parametrize("name", WRONG)
def test_mistakes(name, models, monkeypatch, capsys):
    arguments, options, message = WRONG[name]
    with pytest.raises(SystemExit) as exit:
        start(monkeypatch, models["words"], *arguments, **options)
    out, error = capsys.readouterr()
    assert (exit.value.code, out) == (1, "")
    assert error.startswith(f"error: {message}")
    assert error.count("\n") == 1

"""Probabilities of sentences: against another way to them, and as a table."""

from __future__ import annotations

import functools
import io
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from absl import flags as absl_flags
from launches import call, prepared, quick, untrained, write

from experiments import score as launch
from experiments.score import Score, ScoreConfig, score, table
from seqjax import decoding, runs

SENTENCES = ["the cat sat on a mat.", "dog.", "a small bird flew over the red house.", "blue cat"]
MODES = {
    "characters": (),
    "words": ("--tokenizer=words",),
    "sentences": ("--tokenizer=words", "--sentences"),
    "from the zero vector": ("--sentences", "--first=zero"),
}


@pytest.fixture(autouse=True)
def sooner(monkeypatch):
    quick(monkeypatch)


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    path = write(tmp_path_factory.mktemp("text"))
    return {
        name: untrained(prepared(f"--data={path}", *arguments), grow=8)
        for name, arguments in MODES.items()
    }


def independently(loaded, sentences):
    """Σ log p and tokens, by walking step after step, ends scored as tokens."""
    end = loaded.vocabulary.eos if loaded.record["config"]["sentences"] else loaded.first
    rows = [loaded.vocabulary.encode(loaded.tokenizer.split(text)) for text in sentences]
    lengths = [len(row) + 1 for row in rows]
    tokens = np.full((max(lengths), len(rows)), end)
    for b, row in enumerate(rows):
        tokens[: len(row), b] = row
    first = jnp.full(len(rows), loaded.first)
    step = functools.partial(loaded.model.step, loaded.params)
    carry = loaded.model.start(loaded.params, len(rows))
    logs = jax.jit(functools.partial(decoding.score, step))(
        carry, first, jnp.asarray(tokens), jnp.asarray(lengths)
    )
    return np.asarray(logs, np.float64).sum(0), lengths


@pytest.mark.parametrize("mode", MODES)
def test_another_way_to_the_same_sums(models, mode):
    totals, lengths = independently(models[mode], SENTENCES)
    found = score(models[mode], SENTENCES)
    assert [each.tokens for each in found] == lengths
    assert [each.log_probability for each in found] == pytest.approx(totals, rel=2e-6)
    assert not any(each.unknown for each in found)


def test_the_batch_does_not_matter(models):
    loaded = models["sentences"]
    one, three = score(loaded, SENTENCES, 1), score(loaded, SENTENCES, 3)
    for a, b in zip(one, three, strict=True):
        assert a.log_probability == pytest.approx(b.log_probability, rel=2e-6)
        assert a[1:] == b[1:]


def test_a_text_without_lines_has_no_end_to_score(tmp_path):
    loaded = untrained(prepared(f"--data={write(tmp_path, 'abcd' * 300)}"))
    (found,) = score(loaded, ["abba"])
    assert found.tokens == 4
    assert np.isfinite(found.log_probability)


def test_the_table():
    sentences = ["worse", "better", "odd"]
    scores = [Score(-8.0, 4, 0), Score(-3.0, 3, 0), Score(-9.5, 4, 2)]
    assert table(sentences, scores, "likely").splitlines() == [
        "     log p  per token  sentence",
        "     -3.00      2.718  better",
        "     -8.00      7.389  worse",
        "     -9.50      10.75  odd   (2 unknown)",
    ]
    given = table(sentences, scores, "given").splitlines()[1:]
    assert [line.split()[2] for line in given] == sentences


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

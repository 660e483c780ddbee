"""The launch of encoder-decoders: what it reads, prints and refuses, and what it translates."""

from __future__ import annotations

import io
import re
import sys

import jax
import numpy as np
import pytest
from launches import call, given, quick, untrained

from experiments import task, translate, translate_text
from experiments.translate import CONFIGS, prepare
from experiments.translate_drawing import figure
from experiments.translate_text import SearchConfig, TranslateTextConfig, attention
from seqjax import runs
from seqjax.training import logs

TINY = ("--hidden=16", "--batch=4", "--shapes=1", "--tokenizer=words")
WORDS = {"eins": "one", "zwei": "two", "drei": "three", "vier": "four", "null": "zero"}


@pytest.fixture(autouse=True)
def sooner(monkeypatch):
    quick(monkeypatch)


def sentences(count, seed):
    draw = np.random.default_rng(seed)
    return [draw.choice(list(WORDS), draw.integers(1, 4)).tolist() for _ in range(count)]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Numbers in two languages, as aligned files and as one table."""
    folder = tmp_path_factory.mktemp("pairs")
    for part, count, seed in (("train", 160, 0), ("val", 9, 1), ("test", 7, 2)):
        rows = sentences(count, seed)
        for end, lines in (
            ("de", [" ".join(row) for row in rows]),
            ("en", [" ".join(WORDS[word] for word in row) for row in rows]),
        ):
            (folder / f"{part}.{end}").write_text("\n".join(lines) + "\n")
    return folder


def made(files, *arguments):
    flags = (f"--data={files}", "--source=de", "--target=en", *TINY, *arguments)
    return task.check(prepare(*given(*flags, configs=CONFIGS)))


@pytest.fixture(scope="module")
def trained(files, tmp_path_factory):
    """(folder, standard output, standard error) of a run that learns to count."""
    folder = tmp_path_factory.mktemp("trained") / "run"
    out, error = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "stderr", error)
        quick(patch)
        arguments = (
            f"--data={files}", "--source=de", "--target=en", f"--workdir={folder}", *TINY,
            "--epochs=9", "--rate=0.01", "--evaluate_every=180", "--schedule=constant",
        )  # fmt: skip
        assert call(patch, translate.main, *arguments, configs=CONFIGS) == 0
    return folder, out.getvalue(), error.getvalue()


def test_the_report(trained):
    folder, out, error = trained
    assert "pairs: train 160, valid 9, test 7; words, 7 of the source and 8 of the target" in error
    assert "on the test part (7 pairs)" in out
    for name in ("greedy", "beam 5"):
        assert re.search(rf"{name} +exact match \d+\.\d\d%", out)
        assert re.search(rf"{name} +BLEU \d+\.\d \(nrefs:1\|.*tok:13a", out)
        assert re.search(rf"{name} +BLEU \d+\.\d \(nrefs:1\|.*tok:none", out)
    rows = logs.read(folder / logs.NAME)
    assert all("perplexity" in row for row in rows)
    assert rows[-1]["kind"] == "test"
    assert rows[-1]["perplexity"] < 1.1
    assert f"perplexity {rows[-1]['perplexity']:.4g} per word" in out


def translated(trained, monkeypatch, capsys, *arguments):
    flags = (f"--run={trained[0]}", "--penalty=0", *arguments)
    texts = [a.removeprefix("--text=") for a in flags if a.startswith("--text=")]
    monkeypatch.setattr(translate_text, "_given", lambda: texts)
    flags = [a for a in flags if not a.startswith("--text=")]
    call(monkeypatch, translate_text.main, *flags, configs=[TranslateTextConfig])
    return capsys.readouterr().out.splitlines()


def test_translating_texts(trained, monkeypatch, capsys, tmp_path):
    path = tmp_path / "attention.png"
    flags = ("--text=Drei eins", "--text=zwei", f"--draw={path}")
    assert translated(trained, monkeypatch, capsys, *flags) == ["three one", "two"]
    assert path.read_bytes().startswith(b"\x89PNG")
    monkeypatch.setattr(sys, "stdin", io.StringIO("vier vier\nnull\n"))
    assert translated(trained, monkeypatch, capsys) == ["four four", "zero"]


def test_hypotheses_and_samples(trained, monkeypatch, capsys):
    several = translated(trained, monkeypatch, capsys, "--text=zwei", "--hypotheses=3")
    assert len(several) == 3
    assert several[0].split()[1:] == ["two"]
    scores = [float(line.split()[0]) for line in several]
    assert scores == sorted(scores, reverse=True)
    (drawn,) = translated(
        trained, monkeypatch, capsys, "--text=zwei", "--sample", "--temperature=0.01"
    )
    assert drawn == "two"


def test_where_a_word_was_looked_at(trained):
    loaded = runs.load(trained[0])
    weights = attention(loaded, ["drei", "eins"], ["three", "one"])
    assert weights.shape == (3, 3)  # with the ends of both
    np.testing.assert_allclose(weights.sum(1), 1, rtol=1e-5)
    drawn = figure(weights, ["drei", "eins", "."], ["three", "$one", "."])
    assert [t.get_text() for t in drawn.axes[0].get_yticklabels()] == ["three", "$one", "."]
    np.testing.assert_array_equal(drawn.axes[0].images[0].get_array(), weights)
    with pytest.raises(ValueError, match=r"weights: got shape \(3, 3\), want \(2, 3\)"):
        figure(weights, ["drei", "eins", "."], ["three", "one"])


def test_one_at_a_time_or_together(files):
    """Weights are random and large, so that translations are long and differ; so are lengths."""
    loaded = untrained(made(files, "--attend=feed", "--shapes=2"), grow=5.0)
    texts, config = sentences(5, 3), SearchConfig(beam=3, batch=4)
    together = translate_text.translate(loaded, texts, config)
    alone = [
        found for text in texts[:2] for found in translate_text.translate(loaded, [text], config)
    ]
    assert [len(text) for text in texts[:2]] == [3, 1]
    for a, b in zip(alone, together, strict=False):
        assert [each.tokens for each in a] == [each.tokens for each in b]
        np.testing.assert_allclose([e.score for e in a], [e.score for e in b], rtol=1e-4)
    assert len({tuple(found[0].tokens) for found in together}) > 1


def test_figures_do_not_depend_on_batches(files):
    figures = []
    for flags in (("--batch=4", "--shapes=2"), ("--batch=7", "--shapes=1")):
        each = made(files, *flags)
        params = jax.tree.map(lambda a: a * 3, each.init(jax.random.key(0)))
        figures.append(each.figures(params, "train")["loss"])
    assert figures[0] == pytest.approx(figures[1], rel=1e-6)


REFUSED = {
    "--source=": "source, target: got '' and 'en'",
    "--valid=0.2": "valid: got 0.2 for a folder",
    "--test_name=other": "got no file for test called 'other'",
    "--longest=-1": "longest: got -1",
    "--batch=0": "batch: got 0",
    "--tokenizer=word": "tokenizer: got 'word'",
    "--data=date": "data: got 'date'",
    "--attend=befor": "attend: got 'befor'",
    "--minimum=0": "minimum: got 0",
}


@pytest.mark.parametrize("flag", REFUSED)
def test_what_is_refused(flag, files):
    with pytest.raises(ValueError, match=REFUSED[flag]):
        made(files, flag)


def test_one_file_is_cut_by_its_sources(tmp_path):
    lines = [f"{a} {b}\t{WORDS[a]}" for a in WORDS for b in WORDS for _ in range(3)]
    path = tmp_path / "pairs.tsv"
    path.write_text("\n".join(lines) + "\n")
    flags = (f"--data={path}", "--valid=0.2", "--test=0.2", *TINY)
    found = prepare(*given(*flags, configs=CONFIGS))
    sides = [{e["source"].tobytes() for e in found.sources[p].examples} for p in found.sources]
    assert [len(found.sources[part].examples) for part in ("train", "valid", "test")] == [
        45,
        15,
        15,
    ]
    assert not (sides[0] & sides[1] or sides[0] & sides[2] or sides[1] & sides[2])
    with pytest.raises(ValueError, match="source: got 'de' for a single file, want the number"):
        prepare(*given(*flags, "--source=de", configs=CONFIGS))


def test_long_pairs_are_left_out_of_training_alone(files):
    found = made(files, "--longest=2")
    assert max(len(e["source"]) for e in found.sources["train"].examples) == 3  # and its end
    assert max(len(e["source"]) for e in found.sources["test"].examples) == 4
    with pytest.raises(ValueError, match="longest: got 1, but all training pairs"):
        prepare(*given("--longest=1", configs=CONFIGS))

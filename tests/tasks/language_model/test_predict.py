"""The likeliest next tokens: against a walk by hand, alone and in batches, and as lines."""

from __future__ import annotations

import json

import jax
import launches
import numpy as np
import pytest
from launches import TINY, prepared, quick, untrained, write

from seqjax import runs
from seqjax.tasks.language_model import TASK
from seqjax.tasks.language_model.predict import NextTokenOptions

TEXTS = ["the cat", "", "a small big bird flew over the red house and sat.", "dog", "the xylophone"]
MODES = {
    "characters": (),
    "words": ("--tokenizer=words", "--head=adaptive", "--cutoffs=5"),
    "sentences": ("--tokenizer=words", "--sentences", "--layers=2", "--cell=gru"),
    "from the zero vector": ("--sentences", "--first=zero"),
}


@pytest.fixture(autouse=True)
def sooner(monkeypatch):
    quick(monkeypatch)


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    path = write(tmp_path_factory.mktemp("text"))
    return {
        name: untrained(TASK, prepared(TASK, f"--data={path}", *TINY, *arguments), grow=12)
        for name, arguments in MODES.items()
    }


def by_hand(loaded, text):
    """p of every token after a text, step after step, in float64."""
    ids = loaded.vocabulary.encode(loaded.tokenizer.split(text))
    step, carry = jax.jit(loaded.model.step), loaded.model.start(loaded.params, 1)
    for id in [loaded.first, *ids]:
        carry, logits = step(loaded.params, carry, np.array([id], np.int32))
    logits = np.asarray(logits[0], np.float64)
    return np.exp(logits) / np.exp(logits).sum()


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("mode", MODES)
def test_equals_the_walk_by_hand(models, mode):
    params = jax.tree.map(lambda a: np.asarray(a, np.float64), models[mode].params)
    loaded, surest = models[mode]._replace(params=params), 0.0
    for text, found in zip(TEXTS, loaded.predict(TEXTS, top=4), strict=True):
        want = by_hand(loaded, text)
        order = np.argsort(-want, kind="stable")[:4]
        assert found.text == text
        assert found.tokens == loaded.vocabulary.decode(order)
        np.testing.assert_allclose(found.probabilities, want[order], rtol=1e-8)
        surest = max(surest, want[order[0]] * len(want))
    assert surest > 1.5  # times as likely as by a uniform distribution


def test_one_at_a_time_as_all_at_once(models):
    loaded = models["sentences"]
    whole = loaded.predict(TEXTS, batch=2)
    assert whole == loaded.predict(TEXTS, batch=2)
    for text, found in zip(TEXTS, whole, strict=True):
        (alone,) = loaded.predict(text, batch=2)
        assert alone[:2] == found[:2]
        np.testing.assert_allclose(alone.probabilities, found.probabilities, rtol=1e-5)
    (every,) = loaded.predict("the", top=999)
    assert len(every.tokens) == len(loaded.vocabulary)
    assert sum(every.probabilities) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    ("texts", "options", "message"),
    [
        ([], {}, "inputs: got no texts"),
        (["a", 3], {}, "inputs: got 3 as number 2, want a text"),
        (["a"], {"top": 0}, "top: got 0"),
        (["a"], {"batch": 0}, "batch: got 0"),
        (["a"], {"topp": 3}, r"topp: got 3, .* did you mean top"),
    ],
)
def test_what_is_refused(models, texts, options, message):
    with pytest.raises(ValueError, match=message):
        models["words"].predict(texts, **options)


def test_lines_and_json(models, tmp_path, monkeypatch, capsys):
    loaded, path = models["sentences"], tmp_path / "texts.txt"
    path.write_bytes(b"\xef\xbb\xbfthe cat\r\na\xe2\x80\xa8dog\r\n")
    monkeypatch.setattr(runs, "load", lambda *_, **__: loaded)

    def printed(*arguments):
        return launches.predicted(monkeypatch, capsys, TASK, "--run=x", *arguments)

    first, second = loaded.predict(["the cat", "a\u2028dog"], top=2)
    out = printed(f"--file={path}", "--top=2")
    assert out.splitlines(keepends=False)[0] == TASK.show(first, NextTokenOptions())
    assert out.split("\n")[1] == TASK.show(second, NextTokenOptions())
    word, share = first.tokens[1], first.probabilities[1]
    assert out.split("\n")[0].startswith("the cat -> '")
    assert out.split("\n")[0].endswith(f"  {word!r} {share:.3f}")
    (row,) = map(json.loads, printed("--text=the cat", "--json", "--top=2").splitlines())
    assert row["tokens"] == first.tokens
    assert row["probabilities"] == pytest.approx(first.probabilities, rel=1e-5)
    assert row["text"] == "the cat"
    with pytest.raises(SystemExit):
        printed("--text=the", "--text= ")
    assert "text: got an empty line as number 2" in capsys.readouterr().err

"""Where an encoder-decoder looks while it writes, and the picture of that."""

from __future__ import annotations

import jax
import launches
import numpy as np
import pytest

from experiments import attention as launch
from seqjax import runs
from seqjax.tasks import Loaded
from seqjax.tasks.translation import TASK
from seqjax.tasks.translation.drawing import figure


def test_where_a_word_was_looked_at(counting):
    attention = counting.attention(["drei", "eins"], ["three", "one"])
    weights = attention.weights
    assert weights.shape == (3, 3)  # with the ends of both
    np.testing.assert_allclose(weights.sum(1), 1, rtol=1e-5)
    assert attention.source == ["drei", "eins", "<eos>"]
    assert attention.target == ["three", "one", "<eos>"]
    drawn = figure(weights, ["drei", "eins", "."], ["three", "$one", "."])
    assert [t.get_text() for t in drawn.axes[0].get_yticklabels()] == ["three", "$one", "."]
    np.testing.assert_array_equal(drawn.axes[0].images[0].get_array(), weights)
    with pytest.raises(ValueError, match=r"weights: got shape \(3, 3\), want \(2, 3\)"):
        figure(weights, ["drei", "eins", "."], ["three", "one"])


def test_of_texts_and_of_the_models_own_translation(counting):
    given = counting.attention("Drei eins", "Three one")
    own = counting.attention("drei eins", penalty=0.0)
    np.testing.assert_array_equal(given.weights, own.weights)
    assert given[1:] == own[1:]
    with pytest.raises(ValueError, match="text: got an empty one"):
        counting.attention(" ", "three")
    with pytest.raises(ValueError, match="beam: got it beside a translation"):
        counting.attention("drei", "three", beam=2)


def test_a_model_without_attention(flags):
    made = launches.prepared(TASK, *flags, "--attention=none")
    shapes = jax.eval_shape(made.training.init, jax.random.key(0))
    loaded = Loaded(TASK, made.model, shapes, made.data_set.vocabularies, made.record, 1)
    with pytest.raises(ValueError, match="attention: this model has none"):
        loaded.attention("drei")
    assert "no attention -> tied softmax" in loaded.summary()


def test_the_launch(counting, trained, monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(runs, "load", lambda folder, which, task: counting)
    path = tmp_path / "attention.png"

    def drawn(*flags):
        path.unlink(missing_ok=True)
        flags = (f"--run={trained[0]}", "--text=Drei eins", f"--out={path}", *flags)
        launches.call(monkeypatch, launch.main, *flags, configs=[launch.AttentionConfig])
        return capsys.readouterr().err

    assert drawn("--penalty=0") == f"{path}: three one <eos>\n"
    assert path.read_bytes().startswith(b"\x89PNG")
    assert drawn("--translation=two") == f"{path}: two <eos>\n"
    assert path.read_bytes().startswith(b"\x89PNG")
    with pytest.raises(SystemExit):
        drawn("--translation=two", "--beam=2")
    assert "beam: got 2 beside --translation" in capsys.readouterr().err

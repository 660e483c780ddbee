"""The look into runs that read numbers or write sequences: networks compute what models do."""

from __future__ import annotations

import functools

import jax
import jax.numpy as jnp
import launches
import numpy as np
import pytest
from covering import marked
from instruments import run

from experiments.inspection.opened import opened
from experiments.inspection.opened_texts import input_of
from seqjax.data import BOS, EOS
from seqjax.data.formats.music import frames
from seqjax.tasks import TASKS

pytestmark = pytest.mark.usefixtures("short_runs")

SMALL = ("--hidden=3", "--driver=sequential", "--batch=4", "--shapes=1")
DRAW = np.random.default_rng(0)
MODES = {
    "forecasts": ("regression", (*SMALL, "--cell=gru", "--layers=2", "--residual")),
    "one number": ("regression", (*SMALL[:3], "--cell=rnn", "--output=one", "--pooling=mean",
                                  "--bidirectional", "--data=adding", "--steps=8")),
    "ctc": ("transcription", (*SMALL, "--cell=rnn", "--stack=2")),
    "music": ("composition", (*SMALL, "--cell=rnn", "--layers=2")),
    "names": ("composition", (*SMALL, "--cell=gru", "--task=text")),
    "source": ("translation", (*SMALL, "--cell=gru", "--embedding=4", "--lower")),
}  # fmt: skip


@functools.cache
def untrained(mode):
    if mode == "label":  # no data set that needs no file has one label each
        loaded = untrained("ctc")
        config = {**loaded.record["config"], "output": "label", "pooling": "max"}
        record = {**loaded.record, "config": config}
        model = loaded.task.build(record, loaded.vocabularies)
        return loaded._replace(
            record=record, model=model, params=run(model.init, jax.random.key(0))
        )
    task, arguments = MODES[mode]
    return launches.untrained(TASKS[task], launches.prepared(TASKS[task], *arguments), grow=3.0)


def written(loaded, folder):
    """What a run reads: a file of numbers, or a text."""
    data, name = loaded.record["data"], loaded.task.name
    if name == "regression":
        rows = DRAW.normal(size=(7, len(data["inputs"])))
        lines = [",".join(data["inputs"]), *(",".join(map(str, row)) for row in rows)]
        (folder / "a.csv").write_text("\n".join(lines), encoding="utf-8")
        return str(folder / "a.csv")
    if name == "transcription":
        np.save(folder / "a.npy", DRAW.normal(size=(9, data["width"])))
        return str(folder / "a.npy")
    if name == "translation":
        return "Ab c"
    if "labels" not in loaded.vocabularies:
        (folder / "a.json").write_text("[[[60, 64], [62], [-1], [67, 60]]]", encoding="utf-8")
        return str(folder / "a.json")
    return f"{loaded.vocabularies['labels'].tokens[0]}\tabba"


def wanted(loaded, network, given):
    """The number that the model's own functions give."""
    model, params, vocabularies = loaded.model, loaded.params, loaded.vocabularies
    name = loaded.task.name
    if name == "regression":
        batch = {"inputs": network.xs, "lengths": jnp.array([7])}
        return run(model.predict, params, batch)[() if model_gives_one(loaded) else -1].sum()
    if name == "transcription":
        mean, deviation = (np.array(loaded.record["data"][k]) for k in ("mean", "deviation"))
        features = (np.load(given) - mean) / deviation
        logits, _ = run(model.logits, params, features[:, None].astype(np.float32), np.array([9]))
        return -jax.nn.log_softmax(logits).max(-1).sum()
    if name == "translation":
        ids = vocabularies["source"].encode([*given.lower(), EOS])[:, None]
        memory, carry = run(model.encode, params, ids, np.array([len(ids)]))
        first = vocabularies["target"].encode([BOS])
        return -jax.nn.log_softmax(run(model.step, params, memory, carry, first)[1]).max()
    if "labels" not in vocabularies:
        batch = {"targets": frames([[60, 64], [62], [-1], [67, 60]])[:, None]}
    else:
        label, text = given.split("\t")
        batch = {
            "targets": vocabularies["words"].encode([*text, EOS])[:, None],
            "labels": vocabularies["labels"].encode([label]),
        }
    batch["lengths"] = np.array([len(batch["targets"])], np.int32)
    return run(model.evaluate, params, (), batch)[1]["loss"][0][-1, 0]


def model_gives_one(loaded):
    return loaded.record["config"]["output"] == "one"


ALL = [(mode,) for mode in (*MODES, "label")]
FIRST = [row for row in ALL if row not in (("label",), ("one number",))]  # pooled, as classes are


@pytest.mark.parametrize("mode", marked(ALL, FIRST))
def test_the_network_computes_what_its_model_does(mode, tmp_path):
    loaded = untrained(mode)
    given = written(loaded, tmp_path)
    network = opened(loaded, given)
    found, gradients = run(lambda: (network.loss(network.outputs()), network.gradients()))
    np.testing.assert_allclose(found, wanted(loaded, network, given), rtol=1e-4)
    assert len(network.tokens) == len(network.xs)
    assert all(np.isfinite(each).all() and np.abs(each).max() > 0 for each in gradients)
    assert network.is_text == (mode in ("names", "source"))


def test_tokens_are_what_is_read(tmp_path):
    for mode, tokens in (("music", ["∅", "60,64", "62", "-"]), ("names", [*"∅abba"]),
                         ("ctc", [*"12345"]), ("source", [*"ab c", EOS])):  # fmt: skip
        assert list(opened(untrained(mode), written(untrained(mode), tmp_path)).tokens) == tokens


def test_what_a_run_is_given_is_checked(tmp_path):
    with pytest.raises(ValueError, match="text: got one, but a run of regression reads a --file"):
        input_of(untrained("forecasts"), "1, 2", "", 100)
    assert input_of(untrained("ctc"), "", "folder/a.npy", 3) == "folder/a.npy"
    assert input_of(untrained("names"), "x\tabc", "", 3) == "x\ta"
    with pytest.raises(ValueError, match="text: got 'abba', want a label, a tab and a text"):
        opened(untrained("names"), "abba")
    started = untrained("names")
    config = {**started.record["config"], "condition": "start"}
    with pytest.raises(ValueError, match="condition=start, whose states begin differently"):
        opened(started._replace(record={**started.record, "config": config}), "x\tabba")

"""The claim about padding: readers with and without lengths, the rule, the plot."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from instruments import run

from experiments.claims.claim import FAILS, HOLDS, IN_PART, Text
from experiments.claims.sequences import padding
from experiments.claims.sequences.padded_readers import PADDINGS, reader


@pytest.mark.parametrize("told", [True, False])
def test_only_lengths_make_padding_invisible(told):
    init, logits = reader("gru", 9, told=told)
    params = run(init, jax.random.key(0))
    words = np.array([[3, 4, 5], [7, 0, 0]]).T
    lengths = np.array([3, 1])
    alone = run(logits, params, words[:1, 1:], lengths[1:])
    short = run(logits, params, words, lengths)
    long = run(logits, params, np.concatenate([words, np.zeros((4, 2), int)]), lengths)
    assert short.shape == (2, 2)
    assert np.allclose(short[1:], alone, atol=1e-6) == told
    assert np.allclose(short, long, atol=1e-6) == told


def test_without_lengths_the_padding_is_walked():
    words, whole = np.array([[3, 0, 0]]).T, np.array([3])
    (init, told), (_, untold) = (reader("gru", 9, told=each) for each in (True, False))
    params = run(init, jax.random.key(0))
    found = run(untold, params, words, np.array([1]))
    np.testing.assert_allclose(found, run(told, params, words, whole), rtol=1e-5)


def test_padding_is_a_vector_of_zeros():
    init, logits = reader("rnn", 9, told=False)
    params = run(init, jax.random.key(0))
    table = params["words"]["w"].copy()
    table[0] += 5.0
    changed = params | {"words": {"w": table}}
    given, apply = (np.array([[3], [0]]), np.array([1])), jax.jit(logits)
    np.testing.assert_array_equal(apply(params, *given), apply(changed, *given))


def made_up(rnn=0.5, gru=0.6, moved=0.0):
    accuracy = {"rnn lengths": 0.95, "gru lengths": 0.97}
    accuracy |= {"rnn none": rnn, "gru none": gru}
    noise = (-0.01, 0.0, 0.01)
    return {
        "paddings": list(PADDINGS),
        "accuracy": {k: [[v, v, v - 2 * n] for n in noise] for k, v in accuracy.items()},
        "changed": {k: [moved if "lengths" in k else 0.3] * 3 for k in accuracy},
    }


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ({}, HOLDS),
        ({"gru": 0.96}, IN_PART),
        ({"gru": 0.96, "rnn": 0.94}, FAILS),
        ({"moved": 0.01}, FAILS),
    ],
)
def test_verdict(changed, kind):
    assert padding.verdict(made_up(**changed)).kind == kind


def test_a_loss_by_chance_is_none():
    results = made_up()
    results["accuracy"]["gru none"] = [[0.5] * 3, [1.0] * 3, [1.0] * 3]
    assert padding.lost(results, "gru") == dict.fromkeys(PADDINGS, 0.0)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_tables_and_plot(language):
    (table,) = padding.tables(made_up())
    assert table.rows[0][0] == Text("RNN, with lengths", f"RNN, {padding.WAYS['lengths'].ko}")
    assert table.rows[0][1:] == [
        "0.950 ± 0.000", "0.950 ± 0.000", "0.95 ± 0.02", "0.00 ± 0.00"
    ]  # fmt: skip
    figure = padding.draw(made_up(), language)
    assert [axes.get_title() for axes in figure.axes] == ["RNN", "GRU"]
    assert figure.get_supxlabel()
    assert figure.axes[0].get_ylabel()

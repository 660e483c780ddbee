"""The two strings and the two classes of sequences of Hochreiter and Schmidhuber (1997)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from seqjax.data.builtin.long_lags import two_sequences, two_strings


@pytest.mark.parametrize("lag", [2, 3, 50])
def test_the_strings_differ_at_both_ends_alone(lag: int) -> None:
    x, y = two_strings(lag)
    assert x[0] == x[-1] == lag - 1
    assert y[0] == y[-1] == lag
    assert x[1:-1].tolist() == y[1:-1].tolist() == list(range(lag - 1))


def test_the_first_numbers_are_the_class_and_the_rest_is_noise() -> None:
    inputs, lengths, targets = two_sequences(3000, 40, informative=3, seed=0)
    assert inputs.shape == (3000, 44, 1)
    rows = inputs[..., 0]
    assert (rows[:, :3] == np.where(targets, 1, -1)[:, None]).all()
    assert {*lengths.tolist()} == {40, 41, 42, 43, 44}
    assert all((row[n:] == 0).all() for row, n in zip(rows, lengths, strict=True))
    rest = rows[:, 3:40]
    assert abs(rest.mean()) < 5 * (0.2 / rest.size) ** 0.5
    assert abs(rest.var() - 0.2) < 5 * 0.2 * (2 / rest.size) ** 0.5
    assert abs(targets.mean() - 0.5) < 5 * 0.5 / 3000**0.5
    # Noise says nothing of the class.
    assert abs(np.corrcoef(rest.mean(axis=1), targets)[0, 1]) < 5 / 3000**0.5


def test_the_first_numbers_may_be_noisy_too() -> None:
    inputs, _, targets = two_sequences(3000, 10, informative=2, noise=0.2**0.5, seed=0)
    error = inputs[:, :2, 0] - np.where(targets, 1, -1)[:, None]
    assert abs(error.mean()) < 5 * (0.2 / error.size) ** 0.5
    assert abs(error.var() - 0.2) < 5 * 0.2 * (2 / error.size) ** 0.5


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"count": 0, "steps": 4}, "count: got 0"),
        ({"count": 1, "steps": 2}, "informative: got 3, want 2 or fewer"),
        ({"count": 1, "steps": 4, "noise": -1.0}, "noise: got -1.0, want 0 or more"),
    ],
)
def test_what_cannot_be_is_refused(given: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        two_sequences(**given, seed=0)
    with pytest.raises(ValueError, match="lag: got 1, want 2 or more"):
        two_strings(1)

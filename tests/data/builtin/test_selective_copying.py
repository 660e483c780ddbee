"""Selective copying: what is asked for is what stood there, anywhere, in order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from seqjax.data.builtin.selective_copying import BLANK, FIRST, RECALL, selective_copying


def test_targets_are_the_symbols_in_order() -> None:
    inputs, targets = selective_copying(40, 12, symbols=3, alphabet=5, seed=0)
    assert inputs.shape == (40, 15)
    for row, found in zip(inputs.tolist(), targets.tolist(), strict=True):
        assert row[12:] == [RECALL] * 3
        assert [symbol - FIRST for symbol in row[:12] if symbol != BLANK] == found
    assert {*targets.ravel().tolist()} == {0, 1, 2, 3, 4}


def test_every_place_is_as_likely() -> None:
    inputs, _ = selective_copying(4000, 8, symbols=2, seed=1)
    share = (inputs[:, :8] != BLANK).mean(axis=0)
    assert np.abs(share - 0.25).max() < 5 * (0.25 * 0.75 / 4000) ** 0.5


def test_as_many_symbols_as_steps_leave_no_blank() -> None:
    inputs, targets = selective_copying(3, 4, symbols=4, seed=0)
    assert (inputs[:, :4] == targets + FIRST).all()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"count": 0, "steps": 4}, "count: got 0, want 1 or more"),
        ({"count": 1, "steps": 9, "alphabet": 0}, "alphabet: got 0, want 1 or more"),
        ({"count": 1, "steps": 4}, "symbols: got 8, want 4 or fewer"),
    ],
)
def test_what_cannot_be_is_refused(given: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        selective_copying(**given, seed=0)

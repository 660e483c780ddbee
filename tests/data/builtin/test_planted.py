"""The text whose words have known vectors: how often words occur, and beside which."""

from __future__ import annotations

import numpy as np
import pytest

from seqjax.data.builtin.planted import planted_lines


def test_words_follow_the_law_of_their_rank() -> None:
    text = planted_lines(4000, words=20, latent=3, rarity=1.0, seed=0)
    flat = [word for line in text.lines for word in line]
    counts = np.array([flat.count(f"w{number}") for number in range(20)])
    # Topics average out: E exp(0.8 t·z) = exp(0.32 |z|²) multiplies each rank's share.
    z = np.stack([text.latent[f"w{number}"] for number in range(20)])
    draw = np.random.default_rng(5)
    weights = np.exp(0.8 * draw.normal(size=(20_000, 3)) @ z.T) / np.arange(1, 21)
    expected = (weights / weights.sum(axis=1, keepdims=True)).mean(axis=0)
    assert np.abs(counts / len(flat) - expected).max() < 0.01


def test_words_that_lie_together_stand_together() -> None:
    text = planted_lines(3000, words=30, latent=2, rarity=0.0, seed=1)
    rows = np.zeros((3000, 30))
    for line, row in zip(text.lines, rows, strict=True):
        row[[int(word[1:]) for word in line]] = 1
    together = np.corrcoef(rows.T)
    z = np.stack([text.latent[f"w{number}"] for number in range(30)])
    above = np.triu_indices(30, 1)
    assert np.corrcoef(together[above], (z @ z.T)[above])[0, 1] > 0.7


def test_the_language_is_the_same_for_all_seeds() -> None:
    first, second = (planted_lines(5, words=40, seed=seed) for seed in (0, 1))
    assert first.lines != second.lines
    assert first.lines == planted_lines(5, words=40, seed=0).lines
    assert all((first.latent[word] == second.latent[word]).all() for word in first.latent)
    assert {*map(len, first.lines)} == {10}


def test_what_cannot_be_is_refused() -> None:
    for wrong in ({"words": 1}, {"latent": 0}, {"rarity": -1.0}):
        with pytest.raises(ValueError, match="words, latent, rarity: got"):
            planted_lines(1, seed=0, **wrong)

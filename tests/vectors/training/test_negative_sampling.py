"""Negatives: drawn as often as their distribution wants, in every chunk and block."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from seqjax.vectors.training.context_windows import Geometry
from seqjax.vectors.training.negative_sampling import draw_negatives, unigram_table


def test_negatives_follow_their_distribution() -> None:
    counts = np.array([1000, 300, 100, 30, 10, 3, 1])
    for exponent in (0.75, 1.0, 0.0):
        table = jnp.asarray(unigram_table(counts, exponent))
        drawn = draw_negatives(jax.random.key(7), table, 100, Geometry(1, 16, 8), 200)
        expected = counts**exponent / np.sum(counts**exponent) * drawn.size
        seen = np.bincount(np.asarray(drawn).ravel(), minlength=len(counts))
        chi = np.sum((seen - expected) ** 2 / expected)
        assert chi < 22.46, exponent  # 6 degrees of freedom, one in a thousand


def test_negatives_of_a_chunk_and_of_a_block_are_stratified() -> None:
    """Of N draws a word of probability p is drawn N p times, up to less than 2 at its two edges."""
    counts = np.array([500, 200, 100, 80, 60, 40, 12, 8])
    table = jnp.asarray(unigram_table(counts, 1.0))
    drawn = np.asarray(draw_negatives(jax.random.key(3), table, 50, Geometry(1, 64, 8), 5))
    assert drawn.shape == (50, 8, 5)
    for sets, several in ((drawn.reshape(50, 40), 2), (drawn.reshape(400, 5), 10)):
        seen = (sets[:, :, None] == np.arange(len(counts))).sum(axis=1)
        assert np.abs(seen - sets.shape[1] * counts / counts.sum()).max() < 2
        assert len(np.unique(seen, axis=0)) >= several  # and they are drawn by chance
    # Neither the place in a block nor the block tells what is drawn beyond its stratum.
    assert all(len(np.unique(drawn[:, b, 4])) > 3 for b in range(8))


def test_a_word_too_rare_for_an_entry_does_not_shift_the_others() -> None:
    counts = np.array([10**9, *[1] * 1000])
    shares = np.bincount(unigram_table(counts, 1.0), minlength=1001) / (1 << 20)
    assert abs(shares[0] - counts[0] / counts.sum()) < 2 / (1 << 20)

"""Vectors of made-up texts: the same for the same seed, and the comparison of two spaces."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.claims.embeddings.small_vectors import (
    corpus_of,
    same_cosines,
    train,
    train_vectors,
)
from seqjax.data.builtin.planted import planted_lines
from seqjax.vectors.training.config import VectorsConfig


def ranks_by_counting(values: list[float]) -> list[float]:
    return [float(sum(other < value for other in values)) for value in values]


def test_same_cosines_is_spearman_over_all_pairs() -> None:
    draw = np.random.default_rng(0)
    first, second = draw.normal(size=(7, 3)), draw.normal(size=(7, 4))
    cosines: list[list[float]] = [[], []]
    for i in range(7):
        for j in range(i + 1, 7):
            for found, rows in zip(cosines, (first, second), strict=True):
                lengths = sum(rows[i] ** 2) ** 0.5 * sum(rows[j] ** 2) ** 0.5
                found.append(sum(rows[i] * rows[j]) / lengths)
    a, b = (np.array(ranks_by_counting(some)) for some in cosines)
    d = a - b
    n = len(d)
    assert same_cosines(first, second) == pytest.approx(1 - 6 * (d @ d) / (n * (n**2 - 1)))


def test_windows_end_where_sentences_do() -> None:
    corpus = corpus_of([("a", "b", "c"), ("a", "b")])
    assert corpus.starts.tolist() == [0, 3]
    assert corpus_of([("a", "b"), ("a", "b", "c")], minimum=2).words == ("a", "b")


@pytest.fixture(scope="module")
def text() -> tuple[object, np.ndarray]:
    planted = planted_lines(700, words=30, latent=2, rarity=0.0, seed=0)
    corpus = corpus_of(planted.lines)
    return corpus, np.stack([planted.latent[word] for word in corpus.words])


def test_planted_vectors_are_found_and_a_seed_decides_all(text: tuple) -> None:
    corpus, z = text
    config = VectorsConfig(size=6, window=5, rate=0.1)
    words: list[str] = []
    first, second, again = train_vectors(
        config, corpus, seeds=[0, 1, 0], epochs=6, say=words.append, name="text"
    )
    assert (first.matrix == again.matrix).all()
    assert not (first.matrix == second.matrix).all()
    assert min(same_cosines(each.matrix, z) for each in (first, second)) > 0.6
    assert len(words) == 3
    assert words[1].startswith("text: seed 1, 6 epochs, loss ")


def test_glove_has_two_sets_whose_sum_is_what_it_gives(text: tuple) -> None:
    corpus, z = text
    config = VectorsConfig(objective="glove", size=6, window=5, x_max=10.0)
    model, (state,) = train(config, corpus, seeds=[0], epochs=15)
    both, context = model.vectors(state).matrix, model.contexts(state).matrix
    table = np.asarray(state["input"])
    np.testing.assert_allclose(both - context, table[:30, :6], atol=1e-5)
    assert same_cosines(both, z) > 0.6

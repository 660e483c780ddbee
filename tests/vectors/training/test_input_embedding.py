"""Vectors with character n-grams: composed and updated against a loop, and of unseen words."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from vector_toys import fnv, ngrams
from walking import quick

from seqjax.data.words.character_ngrams import MOST
from seqjax.vectors import KeyedVectors, SubwordVectors
from seqjax.vectors.training.build import build
from seqjax.vectors.training.config import VectorsConfig
from seqjax.vectors.training.trained import trained

WORDS = ("the", "walked", "walking", "a", "talked", "internationalisation")
COUNTS = np.array([9, 5, 4, 3, 2, 1])
B, D, N = 11, 4, 24


def config(**changes: Any) -> VectorsConfig:
    given = {"size": D, "window": 2, "chunk": 16, "block": 8, "shared": 2, "buckets": B}
    return VectorsConfig(**{**given, **changes})


def piece() -> dict[str, Any]:
    place = np.arange(N)
    return {
        "ids": np.random.default_rng(0).integers(0, len(WORDS), N).astype(np.int32),
        "left": np.minimum(2, place).astype(np.int32),
        "right": np.minimum(1, N - 1 - place).astype(np.int32),
        "count": np.array(N, np.int32),
    }


def tables() -> dict[str, np.ndarray]:
    draw = np.random.default_rng(1)
    sizes = {"input": len(WORDS), "output": len(WORDS), "ngrams": B}
    return {name: draw.normal(size=(k, D)).astype(np.float32) for name, k in sizes.items()}


def mean(params: dict[str, np.ndarray], word: int) -> np.ndarray:
    shared = [params["ngrams"][fnv(g) % B] for g in ngrams(WORDS[word])[:MOST]]
    return np.mean([params["input"][word], *shared], axis=0)


def test_vectors_are_means_of_the_word_and_its_ngrams() -> None:
    params = tables()
    got = build(config(), COUNTS, words=WORDS).vectors(params)
    want = [mean(params, word) for word in range(len(WORDS))]
    np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("model", ["skip_gram", "cbow"])
def test_update_is_that_of_whole_words_on_each_row(model: str) -> None:
    """A chunk: what words of these vectors are moved by is added to all rows they are made of."""
    given, rates, key = piece(), np.full(2, 0.1, np.float32), jax.random.key(0)
    changes = {"objective": model, "chunk": 32, "rate": 1e-4}
    start = tables()
    whole = {
        "input": np.stack([mean(start, w) for w in range(len(WORDS))]),
        "output": start["output"],
    }
    plain = build(config(**changes, buckets=0), COUNTS)
    want, loss, count = quick(plain.update)(whole, given, rates, key)
    moved = np.asarray(want["input"]) - whole["input"]
    shared = start["ngrams"].astype(np.float64)
    for word, row in enumerate(moved):
        for gram in ngrams(WORDS[word])[:MOST]:
            shared[fnv(gram) % B] += row
    joint = build(config(**changes), COUNTS, words=WORDS)
    got = quick(joint.update)(start, given, rates, key)
    np.testing.assert_allclose(got[0]["output"], want["output"], rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(got[0]["input"], start["input"] + moved, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(got[0]["ngrams"], shared, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(got[1:], [loss, count], rtol=1e-5)


def test_no_table_is_copied() -> None:
    counts = np.arange(997, 0, -1)
    words = [f"w{n}" for n in range(len(counts))]
    wide = config(buckets=1009, output="hierarchical", shared=0)
    objective = build(wide, counts, words=words)
    start = jax.eval_shape(objective.init, jax.random.key(0))
    update = jax.jit(objective.update, donate_argnums=0)
    text = update.lower(start, piece(), jnp.ones(2), jax.random.key(0)).compile().as_text()
    assert start["ngrams"].shape == (1009, D)
    sizes = [f"= f32[{len(leaf)},{D}]" for leaf in start.values()]
    assert all(size in text for size in sizes)
    copies = [x for x in text.splitlines() if " copy(" in x and any(s in x for s in sizes)]
    assert not copies


def test_an_unseen_word_is_near_its_relatives() -> None:
    """Two kinds of stems, each with its own company; a new ending of a stem belongs to its kind."""
    draw = np.random.default_rng(0)
    endings = ["ing", "ed", "s", "er"]
    kinds = [[f"{stem}{e}" for stem in stems for e in endings] for stems in
             (["walk", "jump", "climb"], ["sweeten", "flavour", "butter"])]  # fmt: skip
    company = [["road", "hill", "fence"], ["cake", "sauce", "bread"]]
    words = sorted({w for group in [*kinds, *company] for w in group})
    text = []
    for _ in range(1500):
        kind = draw.integers(2)
        text += [draw.choice(kinds[kind]), draw.choice(company[kind])]
    counts = np.array([text.count(w) for w in words])
    words = [words[k] for k in np.argsort(-counts, kind="stable")]
    ids = np.array([words.index(w) for w in text], np.int32)
    place = np.arange(len(ids))
    given = {"ids": ids, "left": (place % 2).astype(np.int32),
             "right": (1 - place % 2).astype(np.int32),
             "count": np.array(len(ids), np.int32)}  # fmt: skip
    toy = VectorsConfig(size=10, window=1, buckets=5003, chunk=64, block=16, rate=0.05)
    objective = build(toy, np.sort(counts)[::-1], words=words)
    params, update = objective.init(jax.random.key(0)), quick(objective.update)
    for epoch in range(8):
        params = update(params, given, np.full(2, 0.05, np.float32), jax.random.key(epoch))[0]
    vectors = KeyedVectors(tuple(words), np.asarray(objective.vectors(params)))
    model = SubwordVectors(vectors, np.asarray(params["ngrams"]))

    def alike(a: np.ndarray, group: list[str]) -> float:
        return np.mean([a @ vectors[w] / np.linalg.norm(a) / np.linalg.norm(vectors[w])
                        for w in group])  # fmt: skip

    for word, kind in (("walkable", 0), ("climbable", 0), ("buttery", 1), ("flavourful", 1)):
        vector = model.of([word])[word]
        assert alike(vector, kinds[kind]) > alike(vector, kinds[1 - kind]) + 0.3


def test_vectors_of_any_words() -> None:
    params, model = tables(), trained(config(), WORDS)
    got = model.of(params, ["never", WORDS[1]])
    want = np.mean([params["ngrams"][fnv(g) % B] for g in ngrams("never")], axis=0)
    np.testing.assert_allclose(got["never"], want, rtol=1e-6, atol=1e-7)
    np.testing.assert_array_equal(got[WORDS[1]], model.vectors(params)[WORDS[1]])
    long = "x" * 40  # only as many n-grams count as in training
    want = np.mean([params["ngrams"][fnv(g) % B] for g in ngrams(long)[:MOST]], axis=0)
    np.testing.assert_allclose(model.of(params, [long])[long], want, rtol=1e-6, atol=1e-7)
    with pytest.raises(ValueError, match="got '', which has no n-grams"):
        model.of(params, [""])
    plain = trained(config(buckets=0), WORDS)
    del params["ngrams"]
    assert plain.of(params, [WORDS[0]]).words == (WORDS[0],)
    with pytest.raises(ValueError, match="got 'never', which was not trained"):
        plain.of(params, ["never"])


def test_counts_are_carried() -> None:
    params = tables()
    model = trained(config(), WORDS, COUNTS)
    for vectors in (model.vectors(params), model.contexts(params)):
        np.testing.assert_array_equal(vectors.counts, COUNTS)
    assert trained(config(), WORDS).vectors(params).counts is None


def test_frozen_words_with_ngrams_are_refused() -> None:
    with pytest.raises(ValueError, match="frozen"):
        build(config(), COUNTS, words=WORDS, frozen=np.ones(6, bool))

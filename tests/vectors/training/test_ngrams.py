"""Character n-grams: fastText's hash, composed vectors against a loop, and unseen words."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from walking import quick

from seqjax.vectors.training import ngrams
from seqjax.vectors.training.build import build
from seqjax.vectors.training.config import VectorsConfig
from seqjax.vectors.training.trained import trained

WORDS = ("the", "walked", "walking", "a", "talked", "internationalisation")
COUNTS = np.array([9, 5, 4, 3, 2, 1])
B, D, N = 11, 4, 24


def test_hash_is_fnv_1a() -> None:
    # The offset basis, and values of the function's authors.
    assert ngrams.fnv("") == 0x811C9DC5
    assert ngrams.fnv("a") == 0xE40C292C
    assert ngrams.fnv("foobar") == 0xBF9CF968


def test_hash_takes_bytes_as_signed() -> None:
    """Each step written out: 0xC3 and 0xA9, the bytes of é, are -61 and -87."""
    found = 0x811C9DC5
    for signed in (-61, -87):
        found = (found ^ (2**32 + signed)) * 0x01000193 % 2**32
    assert ngrams.fnv("é") == found
    plain = 0x811C9DC5
    for byte in "é".encode():
        plain = (plain ^ byte) * 0x01000193 % 2**32
    assert found != plain


def test_ngrams_are_those_of_the_marked_word() -> None:
    assert ngrams.ngrams("é") == ["<é>"]
    assert ngrams.ngrams("the") == ["<th", "<the", "<the>", "the", "the>", "he>"]
    assert ngrams.ngrams("") == []
    ids = ngrams.bucket_ids(["the", "x" * 100], 7)
    assert ids.shape == (2, ngrams.MOST)
    assert ids[0].tolist()[:6] == [ngrams.fnv(g) % 7 for g in ngrams.ngrams("the")]
    assert (ids[0, 6:] == -1).all()


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


def mean(found: dict[str, np.ndarray], word: int) -> np.ndarray:
    own = [found["ngrams"][ngrams.fnv(g) % B] for g in ngrams.ngrams(WORDS[word])[: ngrams.MOST]]
    return np.mean([found["input"][word], *own], axis=0)


def test_vectors_are_means_of_the_word_and_its_ngrams() -> None:
    found = tables()
    got = build(config(), COUNTS, words=WORDS).vectors(found)
    want = [mean(found, word) for word in range(len(WORDS))]
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
        for gram in ngrams.ngrams(WORDS[word])[: ngrams.MOST]:
            shared[ngrams.fnv(gram) % B] += row
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
    found, update = objective.init(jax.random.key(0)), quick(objective.update)
    for epoch in range(8):
        found = update(found, given, np.full(2, 0.05, np.float32), jax.random.key(epoch))[0]
    vectors = dict(zip(words, np.asarray(objective.vectors(found)), strict=True))

    def alike(a: np.ndarray, group: list[str]) -> float:
        return np.mean([a @ vectors[w] / np.linalg.norm(a) / np.linalg.norm(vectors[w])
                        for w in group])  # fmt: skip

    for word, kind in (("walkable", 0), ("climbable", 0), ("buttery", 1), ("flavourful", 1)):
        (vector,) = ngrams.unseen(found, [word])
        assert alike(vector, kinds[kind]) > alike(vector, kinds[1 - kind]) + 0.3


def test_vectors_of_any_words() -> None:
    found, model = tables(), trained(config(), WORDS)
    got = model.of(found, ["never", WORDS[1]])
    np.testing.assert_array_equal(got["never"], ngrams.unseen(found, ["never"])[0])
    np.testing.assert_array_equal(got[WORDS[1]], model.vectors(found)[WORDS[1]])
    plain = trained(config(buckets=0), WORDS)
    del found["ngrams"]
    assert plain.of(found, [WORDS[0]]).words == (WORDS[0],)
    with pytest.raises(ValueError, match="got 'never', which was not trained"):
        plain.of(found, ["never"])


def test_what_has_no_ngrams_is_refused() -> None:
    with pytest.raises(ValueError, match="n-grams"):
        ngrams.unseen({"input": np.zeros((2, 2))}, ["word"])
    with pytest.raises(ValueError, match="empty"):
        ngrams.unseen(tables(), [""])
    with pytest.raises(ValueError, match="frozen"):
        build(config(), COUNTS, words=WORDS, frozen=np.ones(6, bool))

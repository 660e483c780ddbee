"""Skip-gram and CBOW with every output, against one pair at a time; options against each other."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from paths import ROOT
from vector_cores import checksums
from walking import quick
from word2vec_reference import Candidate, Reference

from seqjax.vectors.training import word2vec
from seqjax.vectors.training.build import build
from seqjax.vectors.training.chunk_loops import update_chunks
from seqjax.vectors.training.config import VectorsConfig
from seqjax.vectors.training.context_windows import Geometry
from seqjax.vectors.training.hierarchical_softmax import huffman
from seqjax.vectors.training.negative_sampling import draw_negatives, unigram_table

V, D, WINDOW, CHUNK, BLOCK, LENGTH, RATE = 12, 5, 3, 16, 8, 40, 0.3
COUNTS = np.arange(V, 0, -1) ** 2


def tiny(output: str = "negative", **changes: Any) -> VectorsConfig:
    given = {"size": D, "window": WINDOW, "chunk": CHUNK, "block": BLOCK, "rate": RATE}
    drawn = {"shared": 4} if output == "negative" else {}
    return VectorsConfig(**{**given, **drawn, "output": output, **changes})


def piece(count: int = LENGTH - 3) -> dict[str, np.ndarray]:
    """A text with a burst of one word, windows of all sizes, and room behind it."""
    draw = np.random.default_rng(3)
    ids = draw.integers(0, V, LENGTH).astype(np.int32)
    ids[17:27] = 4
    place = np.arange(LENGTH)
    reach = draw.integers(0, WINDOW + 1, (2, LENGTH))
    left = np.where(place < count, np.minimum(reach[0], place), 0)
    right = np.where(place < count, np.minimum(reach[1], count - 1 - place), 0)
    return {
        "ids": ids, "left": left.astype(np.int32), "right": right.astype(np.int32),
        "count": np.int32(count), "read": np.int32(LENGTH),
    }  # fmt: skip


def tables(rows: int, scale: float = 1.5) -> dict[str, np.ndarray]:
    """Large enough for scores beyond 6, where clipping begins."""
    draw = np.random.default_rng(5)
    sizes = {"input": V, "output": rows}
    return {n: (scale * draw.normal(size=(k, D))).astype(np.float32) for n, k in sizes.items()}


def reference(config: VectorsConfig, key: Any) -> tuple[Reference, Any]:
    """The slow objective; its candidates in chunk c are set by ``begin(c)``."""
    now = 0
    geometry = Geometry(WINDOW, CHUNK, BLOCK)
    if config.output == "hierarchical":
        paths = huffman(COUNTS)

        def choose(block: int, target: int) -> list[Candidate]:
            steps = range(paths.lengths[target])
            return [Candidate(paths.nodes[target, k], 1 - paths.codes[target, k], 1) for k in steps]
    else:
        table = jnp.asarray(unigram_table(COUNTS, config.exponent))
        drawn = np.asarray(draw_negatives(key, table, -(-LENGTH // CHUNK), geometry, config.shared))
        share = config.negatives / config.shared

        def choose(block: int, target: int) -> list[Candidate]:
            others = [n for n in drawn[now, block] if n != target]
            return [Candidate(target, 1, 1), *(Candidate(n, 0, share) for n in others)]

    def begin(chunk: int) -> None:
        nonlocal now
        now = chunk

    pairs = 1.0 if config.objective == "cbow" else WINDOW + 1.0
    slow = Reference(
        config.objective, choose, block=BLOCK, clip=config.clip, full_count=3 / (RATE * pairs),
        exact=config.cbow_gradient == "exact",
    )  # fmt: skip
    return slow, begin


KEY = jax.random.key(1)


@cache
def measured(config: VectorsConfig) -> Any:
    """(tables, piece, rates, key) -> tables, and the loss of all chunks: compiled."""
    before = tables(V - (config.output == "hierarchical"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(word2vec, "LOSS_EVERY", 1)
        update = quick(build(config, COUNTS).update)
        return update.lower(before, piece(), np.ones(2, np.float32), KEY).compile()


def compare(config: VectorsConfig) -> None:
    """A pass over a piece at a falling rate, with the losses of all chunks."""
    key, given = KEY, piece()
    before = tables(V - (config.output == "hierarchical"))
    rates = np.array([RATE, RATE / 2], np.float32)
    got, total, count = measured(config)(before, given, rates, key)
    slow, begin = reference(config, key)
    a, o = before["input"].astype(np.float64), before["output"].astype(np.float64)
    want_total = want_count = 0.0
    number = -(-int(given["count"]) // CHUNK)
    for c in range(number):
        begin(c)
        rate = RATE * (1 - c / number / 2)
        a, o, loss, some = slow.chunk(a, o, given, c * CHUNK, (c + 1) * CHUNK, rate)
        want_total, want_count = want_total + loss, want_count + some
    np.testing.assert_allclose(got["input"], a, rtol=2e-5, atol=2e-5)
    np.testing.assert_allclose(got["output"], o, rtol=2e-5, atol=2e-5)
    np.testing.assert_allclose([total, count], [want_total, want_count], rtol=1e-5)


@pytest.mark.parametrize("model", ["skip_gram", "cbow"])
@pytest.mark.parametrize("output", ["negative", "hierarchical"])
def test_updates_are_those_of_one_pair_at_a_time(model: str, output: str) -> None:
    compare(tiny(output, objective=model))


@pytest.mark.parametrize(("every", "measured"), [(1, range(1, 20)), (8, (1, 8, 16))])
def test_the_loss_is_that_of_some_chunks_with_predictions(every: int, measured: Any) -> None:
    """Chunk 0 has no predictions here, so the next one is looked at instead."""
    loss = np.random.default_rng(0).random(20).astype(np.float32)
    predictions = np.array([0, *range(1, 20)], np.float32)
    loss[0] = 0

    def update(tables: Any, chunk: Any, own: Any, rate: Any) -> tuple:
        return tables + rate, lambda: own[0], own[1]

    given = {name: np.zeros(160, np.int32) for name in ("ids", "left", "right")}
    tables, total, count = quick(
        lambda noise: update_chunks(
            update, jnp.float32(0), {**given, "count": np.int32(160)}, noise,
            jnp.array([1.0, 0.0]), Geometry(1, 8, 8), every,
        )
    )((loss, predictions))  # fmt: skip
    assert count == 190
    mean = sum(loss[c] for c in measured) / sum(predictions[c] for c in measured)
    np.testing.assert_allclose(total, 190 * mean, rtol=1e-5)
    np.testing.assert_allclose(tables, sum(1 - c / 20 for c in range(20)), rtol=1e-6)


@pytest.mark.parametrize("clip", ["saturate", "skip"])
def test_clipping_is_that_of_the_original_tools(clip: str) -> None:
    compare(tiny(clip=clip))


def test_cbow_gradient_of_word2vec_is_not_divided_by_the_contexts() -> None:
    config = tiny(objective="cbow", cbow_gradient="word2vec")
    compare(config)
    given, rates = piece(), np.full(2, 1e-3, np.float32)
    start = tables(V, 0.3)
    moved = []
    for each in (dataclasses.replace(config, cbow_gradient="exact"), config):
        after = measured(each)(start, given, rates, KEY)[0]
        moved.append(np.linalg.norm(after["input"] - start["input"]))
    assert moved[1] > 1.5 * moved[0]


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("model", ["skip_gram", "cbow"])
def test_update_is_the_gradient_of_the_loss(model: str) -> None:
    """For one chunk, where no update is scaled down: minus the change over the rate."""
    config = tiny(objective=model, chunk=64, block=8, rate=1e-4)
    given, key = piece(), jax.random.key(0)
    start = {name: table.astype(np.float64) for name, table in tables(V, 0.5).items()}
    update = quick(build(config, COUNTS).update)
    moved = update(start, given, jnp.ones(2), key)[0]
    for name, table in start.items():
        direction = np.random.default_rng(1).normal(size=table.shape)
        ends = [
            float(update({**start, name: table + step * direction}, given, jnp.zeros(2), key)[1])
            for step in (1e-6, -1e-6)
        ]
        change = np.vdot(moved[name] - table, direction)
        np.testing.assert_allclose(-change, (ends[0] - ends[1]) / 2e-6, rtol=1e-7)


@pytest.mark.parametrize("model", ["skip_gram", "cbow"])
def test_full_softmax_updates_are_those_of_one_pair_at_a_time(model: str) -> None:
    config = tiny("softmax", objective=model, rate=1e-4)  # at which no update is scaled down
    given, rates = piece(), np.full(2, 0.1, np.float32)
    start = tables(V, 0.5)
    got, total, count = quick(build(config, COUNTS).update)(start, given, rates, jax.random.key(0))
    a, o = start["input"].astype(np.float64), start["output"].astype(np.float64)
    ids, want_total, want_count = given["ids"], 0.0, 0
    for begin in range(0, int(given["count"]), CHUNK):
        da, do = np.zeros_like(a), np.zeros_like(o)
        for t in range(begin, min(begin + CHUNK, int(given["count"]))):
            near = [c for c in range(t - given["left"][t], t + given["right"][t] + 1) if c != t]
            for contexts in [[c] for c in near] if model == "skip_gram" else [near] * bool(near):
                x = a[ids[contexts]].mean(axis=0)
                p = np.exp(o @ x) / np.exp(o @ x).sum()
                want_total, want_count = want_total - np.log(p[ids[t]]), want_count + 1
                p[ids[t]] -= 1
                do -= 0.1 * p[:, None] * x
                np.subtract.at(da, ids[contexts], 0.1 * p @ o / len(contexts))
        a, o = a + da, o + do
    np.testing.assert_allclose(got["input"], a, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(got["output"], o, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose([total, count], [want_total, want_count], rtol=1e-5)


def test_tables_begin_as_wide_as_asked_for() -> None:
    for init in (0.5, 1.0):
        start = build(VectorsConfig(size=10, init=init), np.arange(1000, 0, -1)).init(
            jax.random.key(0)
        )
        edge = init / 10
        assert -edge <= start["input"].min() < -0.99 * edge
        assert 0.99 * edge < start["input"].max() <= edge
        assert not start["output"].any()


def test_hierarchical_probabilities_sum_to_one() -> None:
    paths = huffman(COUNTS)
    nodes, x = (
        np.random.default_rng(0).normal(size=(V - 1, D)),
        np.random.default_rng(1).normal(size=D),
    )
    there = np.arange(paths.nodes.shape[1]) < paths.lengths[:, None]
    signs = 1 - 2 * paths.codes
    ways = 1 / (1 + np.exp(-signs * (nodes[paths.nodes] @ x)))
    np.testing.assert_allclose(np.where(there, ways, 1).prod(axis=1).sum(), 1, rtol=1e-12)


def test_evaluation_does_not_depend_on_chunks_nor_change_anything() -> None:
    config = tiny(output="hierarchical")
    start, given = tables(V - 1, 0.5), piece()
    means = []
    for chunk in (8, 16):
        objective = build(dataclasses.replace(config, chunk=chunk), COUNTS)
        values, weights = quick(objective.evaluate)(start, given)
        assert weights.sum() == (given["left"] + given["right"]).sum()
        means.append(float((values * weights).sum() / weights.sum()))
    np.testing.assert_allclose(*means, rtol=1e-6)


def test_frozen_rows_are_bit_equal() -> None:
    frozen = np.arange(V) % 3 == 0
    start = tables(V)
    for output in ("negative", "softmax"):
        objective = build(tiny(output=output), COUNTS, frozen=frozen)
        after = quick(objective.update)(start, piece(), np.full(2, RATE), jax.random.key(0))[0]
        changed = np.any(np.asarray(after["input"]) != start["input"], axis=1)
        assert not changed[frozen].any()
        assert changed[~frozen].all()


def test_no_table_is_copied() -> None:
    """A copy of a table in every step would cost more than the step."""
    words, shape = 997, (997, D)
    counts = np.arange(words, 0, -1)
    for model, output in [("skip_gram", "negative"), ("cbow", "negative"),
                          ("skip_gram", "hierarchical")]:  # fmt: skip
        objective = build(tiny(output, objective=model), counts)
        start = jax.eval_shape(objective.init, jax.random.key(0))
        compiled = jax.jit(objective.update, donate_argnums=0).lower(
            start, piece(), jnp.ones(2), jax.random.key(0)
        ).compile()  # fmt: skip
        text = compiled.as_text()
        sizes = {f"f32[{len(table)},{D}]" for table in start.values()}
        assert f"f32[{shape[0]},{shape[1]}]" in sizes
        copies = [line for line in text.splitlines() if " copy(" in line
                  and any(f"= {size}" in line for size in sizes)]  # fmt: skip
        assert not copies
        assert text.count("may-alias") + text.count("must-alias") >= 2


def test_huffman_codes_are_the_shortest_and_those_of_word2vec() -> None:
    # The tree of the counts 5 2 1 1, by hand: 1 and 1 join, then 2, then 5.
    paths = huffman(np.array([5, 2, 1, 1]))
    assert paths.lengths.tolist() == [1, 2, 3, 3]
    assert paths.nodes[0, :1].tolist() == [2]
    assert paths.nodes[3].tolist() == [2, 1, 0]
    assert paths.codes[0, :1].tolist() == [1]
    assert paths.codes[1, :2].tolist() == [0, 1]
    # word2vec.c takes the rarest word first, and gives the second of a pair the code 1.
    assert paths.codes[3].tolist() == [0, 0, 0]
    assert paths.codes[2].tolist() == [0, 0, 1]
    assert (COUNTS * huffman(COUNTS).lengths).sum() == _cheapest(COUNTS.tolist())


def _cheapest(counts: list[int]) -> int:
    cost = 0
    while len(counts) > 1:
        first, second, *counts = sorted(counts)
        counts.append(first + second)
        cost += first + second
    return cost


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"objective": "skipgram"}, "did you mean 'skip_gram'"),
        ({"output": "none"}, "output"),
        ({"negatives": 0}, "negatives"),
        ({"shared": -1}, "shared"),
        ({"block": -1}, "block"),
        ({"size": 0}, "size"),
        ({"size": V + 1}, "no more dimensions"),
        ({"buckets": 10}, "words"),
        ({"buckets": 10, "output": "softmax"}, "buckets"),
        ({"chunk": 20}, "multiple of block"),
        ({"clip": "hard"}, "clip"),
        ({"exponent": -1.0}, "exponent"),
        ({"rate": -1.0}, "rate"),
        ({"init": 0.0}, "init"),
        ({"x_max": 10.0}, "x_max"),
        ({"cbow_gradient": "word2vec"}, "cbow_gradient"),
        ({"output": "softmax", "negatives": 3}, "negatives"),
        ({"objective": "glove", "update": "adam"}, "rule"),
        ({"objective": "neural_lm", "context": "first"}, "context"),
    ],
)
def test_wrong_options_are_refused(wrong: dict, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        build(dataclasses.replace(VectorsConfig(size=D), **wrong), COUNTS)


def test_a_vocabulary_of_one_is_refused() -> None:
    with pytest.raises(ValueError, match="two or more"):
        build(VectorsConfig(), COUNTS[:1])


def test_one_core_gives_the_same_bits_as_all() -> None:
    if len(os.sched_getaffinity(0)) < 2:
        pytest.skip("there is one core only")
    # What another process has compiled for all cores must not be used here.
    apart = {**os.environ, "JAX_ENABLE_COMPILATION_CACHE": "false", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, ROOT / "tests" / "toys" / "vector_cores.py"],
        capture_output=True, text=True, check=True, env=apart, cwd=ROOT,
    )  # fmt: skip
    assert done.stdout.split() == [*map(str, checksums())]

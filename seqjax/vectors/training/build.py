"""From a configuration and the counts of words to the objective."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np

from seqjax.basics import checks
from seqjax.basics.types import Array, Params
from seqjax.vectors.training import candidates, divergence, negative_sampling
from seqjax.vectors.training.config import OBJECTIVES, OUTPUTS, VectorsConfig, rate_of, validate
from seqjax.vectors.training.context_windows import Chunk, Geometry
from seqjax.vectors.training.embedding_ops import uniform
from seqjax.vectors.training.full_softmax import full_softmax
from seqjax.vectors.training.glove import glove
from seqjax.vectors.training.hierarchical_softmax import asks
from seqjax.vectors.training.huffman import huffman
from seqjax.vectors.training.input_embedding import Lookup, whole_words
from seqjax.vectors.training.neural_lm import neural_lm
from seqjax.vectors.training.ngrams import bucket_ids, composed, with_ngrams
from seqjax.vectors.training.objective import Objective
from seqjax.vectors.training.predictors import cbow, skip_gram
from seqjax.vectors.training.word2vec import word2vec

CHUNKS = {"glove": 512, "neural_lm": 128}
LARGEST = 256
"""Words of a chunk: a longer one is hardly faster, and learns less from each word."""


def build(
    config: VectorsConfig,
    counts: np.ndarray,
    *,
    frozen: np.ndarray | None = None,
    words: Sequence[str] | None = None,
) -> Objective:
    """The objective of a configuration.

    Args:
      counts: of each word [V], falling.
      frozen: bool [V], words whose vectors stay as they are; skip_gram and cbow alone.
      words: [V], which n-grams are made of; nothing else needs them.

    Raises:
      ValueError: for an option that is wrong or that nothing would use; it names it.
    """
    checks.lookup("objective", dict.fromkeys(OBJECTIVES), config.objective)
    checks.lookup("output", dict.fromkeys(OUTPUTS), config.output)
    validate(config)
    for name in ("size", "window"):
        checks.positive(name, getattr(config, name))
    number = len(counts)
    if number < 2:
        raise ValueError(f"vocabulary: got {number} words, want two or more")
    if config.size > number:
        raise ValueError(
            f"size: got {config.size}, want {number} or less: so many words span no more dimensions"
        )
    pairs = config.objective in ("skip_gram", "cbow")
    if config.chunk:
        checks.positive("chunk", config.chunk)
    if pairs:
        return _pairs(config, counts, frozen, words)
    if frozen is not None:
        raise ValueError(f"frozen: got some, but {config.objective} has no frozen words")
    length = config.chunk or CHUNKS[config.objective]
    if config.objective == "glove":
        # With few words each is in many entries of a chunk, and its bias, which the C tool moves
        # without the rate, is thrown far off.
        length = config.chunk or min(length, number // 2)
        whole = rate_of(config) if config.update == "glove" else 1.0
        made = glove(
            number, config.size, x_max=config.x_max, alpha=config.alpha, rule=config.update,
            chunk=length,
        )  # fmt: skip
        return made._replace(load=length / number / whole, bound=1.0)
    geometry = Geometry(config.window, length, length)
    return neural_lm(
        number, config.size, config.hidden, geometry, context=config.context, direct=config.direct
    )


def _pairs(
    config: VectorsConfig,
    counts: np.ndarray,
    frozen: np.ndarray | None,
    words: Sequence[str] | None,
) -> Objective:
    """Skip-gram and CBOW."""
    for name in ("negatives", "shared", "block"):
        if name == "negatives" or getattr(config, name):
            checks.positive(name, getattr(config, name))
    config = _suited(config, counts)
    if config.chunk % config.block:
        raise ValueError(f"chunk: got {config.chunk}, want a multiple of block, {config.block}")
    if not config.init > 0:
        raise ValueError(f"init: got {config.init}, want a number above 0")
    geometry = _geometry(config, counts)
    gradients = {"exact": True, "word2vec": False}
    exact = checks.lookup("cbow_gradient", gradients, config.cbow_gradient)
    checks.lookup("clip", dict.fromkeys(candidates.CLIPS), config.clip)
    predictor = skip_gram() if config.objective == "skip_gram" else cbow(exact=exact)
    unit = "pairs" if config.objective == "skip_gram" else "words"
    free = None if frozen is None else jnp.asarray(~frozen, jnp.float32)
    number = len(counts)

    def init(rows: int, key: Array) -> Params:
        start = uniform(key, number + config.buckets, config.size, config.init)
        tables = {"input": start[:number], "output": jnp.zeros((rows, config.size))}
        return {**tables, "ngrams": start[number:]} if config.buckets else tables

    if config.output == "softmax":
        start = functools.partial(init, number)
        return full_softmax(predictor, start, geometry, unit=unit, free=free)
    lookup, vectors = _lookup(config, number, frozen, words)
    common: dict[str, Any] = {
        "unit": unit, "clip": config.clip, "free": free, "vectors": vectors,
        "load": divergence.load(config, counts, geometry), "bound": divergence.bound(config),
    }  # fmt: skip
    if config.output == "hierarchical":
        start = functools.partial(init, number - 1)
        tree = asks(huffman(counts), own=predictor.own)
        return word2vec(lookup, predictor, tree, lambda key, number: (), start, geometry, **common)
    table = jnp.asarray(negative_sampling.table(counts, config.exponent))

    def ask(chunk: Chunk, mask: Array, drawn: Array) -> tuple[candidates.Questions, ...]:
        k, own = config.negatives, predictor.own
        return negative_sampling.questions(chunk, mask, drawn, k, own=own)

    def noise(key: Array, number: int) -> Array:
        return negative_sampling.draws(key, table, number, geometry, config.shared)

    start = functools.partial(init, number)
    return word2vec(lookup, predictor, ask, noise, start, geometry, **common)


def _lookup(
    config: VectorsConfig, number: int, frozen: np.ndarray | None, words: Sequence[str] | None
) -> tuple[Lookup, Callable[[Params], Array]]:
    """Where vectors come from, and the vectors of all words of given tables."""
    if not config.buckets:
        return whole_words(), lambda tables: tables["input"]
    if words is None or len(words) != number:
        raise ValueError(f"words: got {words and len(words)}, want {number}, to cut into n-grams")
    if frozen is not None:
        raise ValueError("frozen: got some, but with buckets words share n-grams, which change")
    ids = bucket_ids(words, config.buckets)
    return with_ngrams(ids), lambda tables: composed(tables, ids)


def _suited(config: VectorsConfig, counts: np.ndarray) -> VectorsConfig:
    """With the block and the number of shared negatives that were the fastest of the good ones.

    All predictors of a block are compared with all its columns: words of a tree have many. A block
    is shorter where the chunk is no multiple of it, or where one word of few is so often a
    negative that training would suffer.
    """
    few = config.objective == "cbow"
    tree = config.output == "hierarchical"
    shared = config.shared or (24 if few else 32)
    made = dataclasses.replace(config, block=config.block or (4 if tree else 32), shared=shared)
    # Shorter ones would make a rate that is too high slow, not calm.
    while not config.block and made.block > (8 if few else 16):
        if made.chunk % made.block == 0 and not _wild(made, counts):
            break
        made = dataclasses.replace(made, block=made.block // 2)
    return made


def _wild(config: VectorsConfig, counts: np.ndarray) -> bool:
    """Whether one block is too much for one update."""
    one = Geometry(config.window, config.block, config.block)
    load = rate_of(config) * divergence.load(config, counts, one)
    return config.output == "negative" and load > divergence.bound(config)


def _geometry(config: VectorsConfig, counts: np.ndarray) -> Geometry:
    """As asked for; else the longest chunk whose updates are far from diverging."""
    rate, most = rate_of(config), divergence.bound(config)
    made = Geometry(config.window, config.chunk or config.block, config.block)
    longer = made._replace(chunk=2 * made.chunk)
    while (
        not config.chunk
        and longer.chunk <= LARGEST
        and (rate * divergence.load(config, counts, longer) <= most or config.output == "softmax")
    ):
        made, longer = longer, longer._replace(chunk=2 * longer.chunk)
    return made._replace(most=divergence.NEGATIVE / (rate * divergence.pairs(config)))

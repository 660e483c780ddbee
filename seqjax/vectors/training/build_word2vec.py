"""From a configuration to the objective of skip-gram or CBOW: its predictor, its candidates."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np

from seqjax.basics import checks
from seqjax.basics.types import Array, Params
from seqjax.data.words.character_ngrams import bucket_ids
from seqjax.vectors.training import divergence
from seqjax.vectors.training.candidates import CLIPS, Candidates, ChooseCandidates
from seqjax.vectors.training.chunk_sizes import window_geometry, with_block
from seqjax.vectors.training.config import VectorsConfig
from seqjax.vectors.training.context_windows import Chunk, Geometry
from seqjax.vectors.training.embedding_ops import uniform
from seqjax.vectors.training.full_softmax import full_softmax
from seqjax.vectors.training.hierarchical_softmax import huffman, tree_candidates
from seqjax.vectors.training.input_embedding import (
    InputEmbedding,
    composed_vectors,
    ngram_embedding,
    word_embedding,
)
from seqjax.vectors.training.negative_sampling import (
    draw_negatives,
    negative_candidates,
    unigram_table,
)
from seqjax.vectors.training.objective import Objective
from seqjax.vectors.training.predictors import Predictor, cbow, skip_gram
from seqjax.vectors.training.word2vec import Noise, word2vec


def build_word2vec(
    config: VectorsConfig,
    counts: np.ndarray,
    frozen: np.ndarray | None,
    words: Sequence[str] | None,
) -> Objective:
    """The objective; see ``build.build``, which checks what all objectives have in common.

    Args:
      counts: of each word, int [V], falling.
      frozen: bool [V], words whose vectors stay as they are, or None.
      words: [V], which n-grams are made of, or None.

    Raises:
      ValueError: for an option that is wrong.
    """
    config, number = _checked(config, counts), len(counts)
    geometry = window_geometry(config, counts)
    exact = config.cbow_gradient == "exact"
    predictor = skip_gram() if config.objective == "skip_gram" else cbow(exact=exact)
    unit = "pairs" if config.objective == "skip_gram" else "words"
    trainable = None if frozen is None else jnp.asarray(~frozen, jnp.float32)
    rows = number - (config.output == "hierarchical")
    init = functools.partial(_init, config, number, rows)
    if config.output == "softmax":
        return full_softmax(predictor, init, geometry, unit=unit, trainable=trainable)
    embedding, vectors = _embedding(config, number, frozen, words)
    choose, noise = _candidates(config, counts, geometry, predictor)
    return word2vec(
        embedding, predictor, choose, noise, init, geometry, unit=unit, clip=config.clip,
        trainable=trainable, vectors=vectors,
        updates_per_row=divergence.updates_per_row(config, counts, geometry),
        bound=divergence.bound(config),
    )  # fmt: skip


def _checked(config: VectorsConfig, counts: np.ndarray) -> VectorsConfig:
    """With its block; raises a ValueError for what is wrong with skip-gram and CBOW."""
    for name in ("negatives", "shared", "block"):
        if name == "negatives" or getattr(config, name):
            checks.positive(name, getattr(config, name))
    config = with_block(config, counts)
    if config.chunk % config.block:
        raise ValueError(f"chunk: got {config.chunk}, want a multiple of block, {config.block}")
    if not config.init > 0:
        raise ValueError(f"init: got {config.init}, want a number above 0")
    checks.lookup("cbow_gradient", dict.fromkeys(("exact", "word2vec")), config.cbow_gradient)
    checks.lookup("clip", dict.fromkeys(CLIPS), config.clip)
    return config


def _init(config: VectorsConfig, number: int, rows: int, key: Array) -> Params:
    """Input vectors drawn, those of the output, of which there are ``rows``, at 0."""
    start = uniform(key, number + config.buckets, config.size, config.init)
    tables = {"input": start[:number], "output": jnp.zeros((rows, config.size))}
    return {**tables, "ngrams": start[number:]} if config.buckets else tables


def _embedding(
    config: VectorsConfig, number: int, frozen: np.ndarray | None, words: Sequence[str] | None
) -> tuple[InputEmbedding, Callable[[Params], Array]]:
    """Where vectors come from, and the vectors of all words of given tables."""
    if not config.buckets:
        return word_embedding(), lambda tables: tables["input"]
    if words is None or len(words) != number:
        raise ValueError(f"words: got {words and len(words)}, want {number}, to cut into n-grams")
    if frozen is not None:
        raise ValueError("frozen: got some, but with buckets words share n-grams, which change")
    ids = bucket_ids(words, config.buckets)
    return ngram_embedding(ids), lambda tables: composed_vectors(tables, ids)


def _candidates(
    config: VectorsConfig, counts: np.ndarray, geometry: Geometry, predictor: Predictor
) -> tuple[ChooseCandidates, Noise]:
    """What predictions are compared with, and what is drawn for it."""
    if config.output == "hierarchical":
        tree = tree_candidates(huffman(counts), paired=predictor.paired)
        return tree, lambda key, number: ()
    table = jnp.asarray(unigram_table(counts, config.exponent))

    def choose(chunk: Chunk, mask: Array, drawn: Array) -> tuple[Candidates, ...]:
        k = config.negatives
        return negative_candidates(chunk, mask, drawn, k, paired=predictor.paired)

    def noise(key: Array, number: int) -> Any:
        return draw_negatives(key, table, number, geometry, config.shared)

    return choose, noise

"""How long chunks and blocks are where nothing was asked for: as fast as is safe."""

from __future__ import annotations

import dataclasses

import numpy as np

from seqjax.vectors.training import divergence
from seqjax.vectors.training.config import VectorsConfig, rate_of
from seqjax.vectors.training.context_windows import Geometry

CHUNKS = {"glove": 512, "neural_lm": 128}
LARGEST = 256
"""Words of a chunk: a longer one is hardly faster, and learns less from each word."""


def glove_chunk(config: VectorsConfig, words: int) -> int:
    """Entries of one update.

    With few words each is in many entries of a chunk, and its bias, which the C tool updates
    without the rate, is thrown far off.

    >>> glove_chunk(VectorsConfig(objective="glove"), words=100)
    50
    """
    return config.chunk or min(CHUNKS["glove"], words // 2)


def with_block(config: VectorsConfig, counts: np.ndarray) -> VectorsConfig:
    """With the block and the number of shared negatives that were the fastest of the good ones.

    All predictors of a block are compared with all its columns: words of a tree have many. A block
    is shorter where the chunk is no multiple of it, or where one word of few is so often a
    negative that training would suffer.

    Args:
      counts: of each word, int [V].

    >>> config = with_block(VectorsConfig(), np.full(10_000, 5))
    >>> config.block, config.shared
    (32, 32)
    """
    cbow = config.objective == "cbow"
    tree = config.output == "hierarchical"
    block = config.block or (4 if tree else 32)
    chosen = dataclasses.replace(config, block=block, shared=config.shared or (24 if cbow else 32))
    # Shorter ones would make a rate that is too high slow, not safe.
    while not config.block and chosen.block > (8 if cbow else 16):
        if chosen.chunk % chosen.block == 0 and not _unsafe(chosen, counts):
            break
        chosen = dataclasses.replace(chosen, block=chosen.block // 2)
    return chosen


def _unsafe(config: VectorsConfig, counts: np.ndarray) -> bool:
    """Whether one block is too much for one update."""
    one = Geometry(config.window, config.block, config.block)
    size = rate_of(config) * divergence.updates_per_row(config, counts, one)
    return config.output == "negative" and size > divergence.bound(config)


def window_geometry(config: VectorsConfig, counts: np.ndarray) -> Geometry:
    """Of a config as ``with_block`` gives it: the chunk asked for, else the longest safe one.

    Safe are updates that are far from diverging; see ``divergence``.

    Args:
      counts: of each word, int [V].

    >>> counts = np.full(10_000, 5)
    >>> window_geometry(with_block(VectorsConfig(), counts), counts).chunk
    256
    """
    rate, bound = rate_of(config), divergence.bound(config)

    def safe(geometry: Geometry) -> bool:
        size = rate * divergence.updates_per_row(config, counts, geometry)
        return config.output == "softmax" or size <= bound

    geometry = Geometry(config.window, config.chunk or config.block, config.block)
    longer = geometry._replace(chunk=2 * geometry.chunk)
    while not config.chunk and longer.chunk <= LARGEST and safe(longer):
        geometry, longer = longer, longer._replace(chunk=2 * longer.chunk)
    full_count = divergence.NEGATIVE / (rate * divergence.predictions_per_word(config))
    return geometry._replace(full_count=full_count)

"""Trains a little and prints checksums: python tests/vector_cores.py, with one core alone."""

from __future__ import annotations

import os
import zlib

if __name__ == "__main__":  # before JAX counts the cores
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])

import jax
import numpy as np

from seqjax.vectors.training.build import build
from seqjax.vectors.training.config import VectorsConfig

V, N = 3000, 512
CONFIGS = [VectorsConfig(size=64), VectorsConfig(size=64, objective="neural_lm", window=3)]


def checksums() -> list[int]:
    """Of all tables of some objectives after a pass over a text."""
    draw = np.random.default_rng(0)
    place = np.arange(N)
    text = {
        "ids": (draw.zipf(1.3, N) % V).astype(np.int32),
        "left": np.minimum(5, place).astype(np.int32),
        "right": np.minimum(5, N - 1 - place).astype(np.int32),
        "count": np.array(N, np.int32),
    }
    sums = []
    for config in CONFIGS:
        objective = build(config, np.arange(V, 0, -1))
        shapes = jax.eval_shape(objective.init, jax.random.key(0))
        start = jax.tree.map(lambda leaf: draw.normal(size=leaf.shape).astype("f4"), shapes)
        rates = np.full(2, 0.1, np.float32)
        tables = jax.jit(objective.update)(start, text, rates, jax.random.key(1))[0]
        sums += [zlib.crc32(np.asarray(leaf).tobytes()) for leaf in jax.tree.leaves(tables)]
    return sums


if __name__ == "__main__":
    print(*checksums())

"""Training that will diverge, foreseen: how many updates a row gets while tables stand still.

Pairs of one chunk add up on a row. With a rate at which their sum overshoots, the next step pulls
it back by more: the numbers grow.
"""

from __future__ import annotations

import numpy as np

from seqjax.vectors.training.config import VectorsConfig
from seqjax.vectors.training.context_windows import Geometry

NEGATIVE, TREE = 3.0, 3.0
"""Of rate times updates of a row: up to here training was seen to be well. The root of a
tree, which is in every prediction, was seen to diverge at 4.8."""


def predictions_per_word(config: VectorsConfig) -> float:
    """Predictions that each word of the text has a part in, on average.

    >>> predictions_per_word(VectorsConfig(window=5))
    6.0
    """
    if config.objective == "cbow":
        return 1.0
    return config.window + 1.0 if config.dynamic else 2.0 * config.window


def updates_per_row(config: VectorsConfig, counts: np.ndarray, geometry: Geometry) -> float:
    """Updates that the row which is busiest in any text gets in one chunk.

    With a tree that is the root. Otherwise it is a negative: it stands for K / N of the predictions
    of its block, and the commonest word is drawn the more often, the longer the chunk.

    Args:
      counts: of each word, int [V].

    >>> config = VectorsConfig(output="hierarchical", window=5)
    >>> updates_per_row(config, np.array([9, 3]), Geometry(window=5, chunk=64, block=4))
    384.0
    """
    if config.output == "hierarchical":
        return geometry.chunk * predictions_per_word(config)
    weights = counts.astype(np.float64) ** config.exponent
    drawn = geometry.chunk / geometry.block * config.shared * weights.max() / weights.sum()
    share = config.negatives / config.shared
    return max(1.0, float(drawn)) * geometry.block * predictions_per_word(config) * share


def bound(config: VectorsConfig) -> float:
    """What rate times updates per row should not exceed."""
    return TREE if config.output == "hierarchical" else NEGATIVE


def warning(rate: float, updates_per_row: float, bound: float) -> str:
    """A sentence for a person, or nothing where all is well.

    >>> warning(0.025, 50.0, bound=3.0)
    ''
    >>> warning(0.1, 50.0, bound=3.0)[:38]
    'warning: rate 0.1 times 50, the update'
    """
    if rate * updates_per_row <= bound:
        return ""
    return (
        f"warning: rate {rate:g} times {updates_per_row:.0f}, the updates of the busiest row in one"
        f" chunk, is {rate * updates_per_row:.1f}; above {bound:g} training suffers and may"
        " diverge: want a smaller --chunk or --rate"
    )

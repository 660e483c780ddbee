"""Handwritten digits that scikit-learn carries, as sequences of rows or of pixels."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from seqjax.basics.optional import optional_module

SIDE = 8
"""Pixels of a row, and rows."""


class Digits(NamedTuple):
    """Images as sequences."""

    inputs: np.ndarray
    """float32 [N, T, D] from 0 to 1: [N, 8, 8] by rows, [N, 64, 1] by pixels"""
    targets: np.ndarray
    """int32 [N]: the digit"""


def digits(*, pixels: bool = False, permuted: bool = False, seed: int = 0) -> dict[str, Digits]:
    """1,797 images of 8 x 8 pixels, 1,197 to train on, 300 for validation and 300 for the test.

    The images are those of ``sklearn.datasets.load_digits`` (Alpaydin and Kaynak 1998, the test
    part), in an order of chance: one writer may stand in all parts.

    Args:
      pixels: a pixel a step, from left to right and from the top; else a row of pixels a step.
      permuted: what a step sees comes in an order of chance, the same for all images (Le et al.
        2015): of pixels, or of rows.
      seed: of both orders.

    Raises:
      ImportError: without scikit-learn, which the extra plots brings.

    >>> parts = digits(pixels=True)
    >>> parts["train"].inputs.shape, parts["test"].targets.shape
    ((1197, 64, 1), (300,))
    """
    found = optional_module("sklearn.datasets", "plots").load_digits()
    random = np.random.default_rng(seed)
    order = random.permutation(len(found.target))
    inputs = (found.images[order] / 16).astype(np.float32)
    inputs = inputs.reshape(len(inputs), SIDE * SIDE if pixels else SIDE, -1)
    if permuted:
        inputs = inputs[:, random.permutation(inputs.shape[1])]
    targets = found.target[order].astype(np.int32)
    ends = {"train": (0, 1197), "valid": (1197, 1497), "test": (1497, 1797)}
    return {part: Digits(inputs[a:b], targets[a:b]) for part, (a, b) in ends.items()}

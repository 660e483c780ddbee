"""Connectionist temporal classification: labels [L] of a sequence of T steps, without alignment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np
import optax

from seqjax.basics import checks, masks
from seqjax.basics.products import wide
from seqjax.basics.types import Array


def ctc_loss(
    logits: Array, lengths: Array, labels: Array, label_lengths: Array, *, blank: int
) -> Array:
    """-log Σ_π Π_t softmax(logits_t)_{π_t}, in nats, over all paths π that spell the labels.

    What a path spells is left when first its repetitions, then its blanks are taken out.
    logits [T, B, C], labels int [L, B] -> nats [B], in float32 or wider. A row that has fewer steps
    than its labels need (``needed``) gives infinity. Graves et al. 2006; optax's recursion.

    Args:
      lengths: int [B], steps of each row; what lies behind them does not enter.
      label_lengths: int [B], likewise; 0 for a row that says nothing.
      blank: the id among C that stands for no label.

    Raises:
      ValueError: for shapes that do not fit each other, lengths beyond them, or a blank outside
        [0, C).

    >>> logits, labels = jnp.zeros((2, 1, 3)), jnp.array([[1]])
    >>> ctc_loss(logits, jnp.array([2]), labels, jnp.array([1]), blank=0)  # ln(9 / 3): 1-, -1, 11
    Array([1.0986123], dtype=float32)
    """
    steps, batch, classes = logits.shape
    if not 0 <= blank < classes:
        raise ValueError(f"blank: got {blank}, want an id in [0, {classes})")
    if labels.ndim != 2 or labels.shape[1] != batch:
        raise ValueError(f"labels: got shape {labels.shape}, want [L, {batch}]")
    real = masks.valid(checks.lengths(lengths, steps, batch), steps)
    real_labels = masks.valid(checks.lengths(label_lengths, len(labels), batch), len(labels))
    assert real is not None
    assert real_labels is not None
    logits = masks.zero(real, logits.astype(wide(logits.dtype)))  # 0 · NaN would be NaN in optax
    labels = masks.zero(real_labels, labels)
    nats = optax.ctc_loss(
        logits.swapaxes(0, 1), (~real).T.astype(logits.dtype),
        labels.T, (~real_labels).T.astype(logits.dtype), blank_id=blank,
    )  # fmt: skip
    repeats = ((labels[1:] == labels[:-1]) & real_labels[1:]).sum(0)
    return jnp.where(label_lengths + repeats <= lengths, nats, jnp.inf)


def needed(labels: Any) -> int:
    """The fewest steps for labels [L]: L, and a blank between each two that are equal.

    >>> needed([3, 5, 5, 1])
    5
    """
    labels = np.asarray(labels)
    return len(labels) + int((labels[1:] == labels[:-1]).sum())


def feasible(lengths: Sequence[int], labels: Sequence[Any], names: Sequence[str]) -> None:
    """Checks that every example has as many steps as its labels need (``needed``).

    Args:
      lengths: steps of each example.
      labels: int [L] of each example.
      names: what an error calls each example.

    Raises:
      ValueError: names the first example with too few steps, and says how many others there are.
    """
    too_short = [n for n, steps in enumerate(lengths) if steps < needed(labels[n])]
    if too_short:
        n = too_short[0]
        others = f"; so have {len(too_short) - 1} others" if len(too_short) > 1 else ""
        raise ValueError(
            f"{names[n]}: has {lengths[n]} steps, but its {len(labels[n])} labels need"
            f" {needed(labels[n])} (one each, and one between equal neighbours); want shorter hops"
            f" or a smaller --stack{others}"
        )

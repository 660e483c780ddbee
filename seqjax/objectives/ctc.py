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
      ValueError: for shapes that do not fit each other, or a blank outside [0, C).
    """
    steps, batch, classes = logits.shape
    if not 0 <= blank < classes:
        raise ValueError(f"blank: got {blank}, want an id in [0, {classes})")
    if labels.ndim != 2 or labels.shape[1] != batch:
        raise ValueError(f"labels: got shape {labels.shape}, want [L, {batch}]")
    real = masks.valid(checks.lengths(lengths, steps, batch), steps)
    said = masks.valid(checks.lengths(label_lengths, len(labels), batch), len(labels))
    assert real is not None
    assert said is not None
    logits = masks.zero(real, logits.astype(wide(logits.dtype)))  # 0 · NaN would be NaN in optax
    labels = masks.zero(said, labels)
    nats = optax.ctc_loss(
        logits.swapaxes(0, 1), (~real).T.astype(logits.dtype),
        labels.T, (~said).T.astype(logits.dtype), blank_id=blank,
    )  # fmt: skip
    repeats = ((labels[1:] == labels[:-1]) & said[1:]).sum(0)
    return jnp.where(label_lengths + repeats <= lengths, nats, jnp.inf)


def needed(labels: Any) -> int:
    """The fewest steps for labels [L]: L, and a blank between each two that are equal."""
    labels = np.asarray(labels)
    return len(labels) + int((labels[1:] == labels[:-1]).sum())


def feasible(lengths: Sequence[int], labels: Sequence[Any], names: Sequence[str]) -> None:
    """Raises a ValueError that names the first example with fewer steps than its labels need."""
    wrong = [n for n, steps in enumerate(lengths) if steps < needed(labels[n])]
    if wrong:
        n = wrong[0]
        more = f"; so have {len(wrong) - 1} others" if len(wrong) > 1 else ""
        raise ValueError(
            f"{names[n]}: has {lengths[n]} steps, but its {len(labels[n])} labels need"
            f" {needed(labels[n])} (one each, and one between equal neighbours); want shorter hops"
            f" or a smaller --stack{more}"
        )

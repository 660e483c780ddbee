"""Connectionist temporal classification: labels [L] of a sequence of T steps, without alignment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from seqjax.basics import checks, indexing, masks
from seqjax.basics.products import wide
from seqjax.basics.types import Array

IMPOSSIBLE = -1e30
"""Stands for log 0: unlike -∞ it has gradients, and no sum over the steps of a sequence is near."""


def ctc_loss(
    logits: Array, lengths: Array, labels: Array, label_lengths: Array, *, blank: int
) -> Array:
    """-log Σ_π Π_t softmax(logits_t)_{π_t}, in nats, over all paths π that spell the labels.

    What a path spells is left when first its repetitions, then its blanks are taken out.
    logits [T, B, C], labels int [L, B] -> nats [B], 0 or more, in float32 or wider. A row that has
    fewer steps than its labels need (``needed``) gives infinity. A label that is the blank or
    outside [0, C), before the end of its row, gives NaN. Graves et al. 2006, section 4.1.

    Args:
      lengths: int [B], steps of each row; what lies behind them does not enter.
      label_lengths: int [B], likewise; 0 for a row that says nothing.
      blank: the id among C that stands for no label.

    Raises:
      ValueError: for shapes that do not fit each other, labels that are no integers, lengths beyond
        them, or a blank outside [0, C).

    >>> logits, labels = jnp.zeros((2, 1, 3)), jnp.array([[1]])
    >>> loss = jax.jit(ctc_loss, static_argnames="blank")
    >>> loss(logits, jnp.array([2]), labels, jnp.array([1]), blank=0)  # ln(9 / 3): 1-, -1, 11
    Array([1.0986123], dtype=float32)
    """
    steps, batch, classes = logits.shape
    checks.one_id("blank", blank, classes)
    if labels.ndim != 2 or labels.shape[1] != batch:
        raise ValueError(f"labels: got shape {labels.shape}, want [L, {batch}]")
    if not jnp.issubdtype(labels.dtype, jnp.integer):
        raise ValueError(f"labels: got {labels.dtype}, want integers")
    real = masks.valid(checks.lengths(lengths, steps, batch), steps)
    sizes = checks.lengths(label_lengths, len(labels), batch)
    real_labels = masks.valid(sizes, len(labels))
    assert real is not None
    assert sizes is not None
    assert real_labels is not None
    unknown = real_labels & (~indexing.inside(labels, classes) | (labels == blank))
    ids = jnp.where(real_labels & ~unknown, labels, blank)
    log_p = jax.nn.log_softmax(masks.zero(real, logits.astype(wide(logits.dtype))))
    nats = -_log_probability(log_p, real, ids.T, sizes, blank)
    # Rounding alone may say that something is likelier than certain.
    nats = nats + jax.lax.stop_gradient(jnp.maximum(nats, 0) - nats)
    nats = jnp.where(nats < -IMPOSSIBLE / 2, nats, jnp.inf)
    undefined = unknown.any(0) | jnp.isnan(log_p).any((0, 2))
    return jnp.where(undefined, jnp.nan, nats)


class _Paths(NamedTuple):
    """Logarithms of the probability of all paths so far that spell the first n labels, [B, L + 1].

    Less a constant of each row.
    """

    blank: Array
    """of those that end in a blank"""
    label: Array
    """of those that end in the n-th label; nothing for n = 0"""


def _log_probability(
    log_p: Array, real: Array, labels: Array, label_lengths: Array, blank: int
) -> Array:
    """log Σ_π p(π) of log_p [T, B, C] and labels [B, L], [B]; near ``IMPOSSIBLE`` for no path.

    blank'[n] = (blank[n] + label[n]) p(blank)
    label'[n] = (label[n] + blank[n-1] + label[n-1] if y_n ≠ y_n-1) p(y_n)
    """
    log_p = jnp.maximum(log_p, IMPOSSIBLE)
    of_labels = jnp.take_along_axis(log_p, labels[None], axis=-1)
    differs = jnp.ones_like(labels, bool).at[:, 1:].set(labels[:, 1:] != labels[:, :-1])

    def step(paths: _Paths, inputs: tuple[Array, Array, Array]) -> tuple[_Paths, Array]:
        p_blank, p_label, is_real = inputs
        before = jnp.logaddexp(paths.label[:, 1:], paths.blank[:, :-1])
        skipped = jnp.where(differs, paths.label[:, :-1], IMPOSSIBLE)
        label = jnp.logaddexp(before, skipped) + p_label
        after = _Paths(
            jnp.logaddexp(paths.blank, paths.label) + p_blank[:, None],
            jnp.concatenate([jnp.full_like(paths.label[:, :1], IMPOSSIBLE), label], 1),
        )
        # As a sum over many steps it would swallow what one path is likelier than another.
        best = jax.lax.stop_gradient(jnp.maximum(after.blank.max(1), after.label.max(1)))
        after = _Paths(*(leaf - best[:, None] for leaf in after))
        return masks.choose(is_real, after, paths), masks.zero(is_real, best)

    none = jnp.full((labels.shape[0], labels.shape[1] + 1), IMPOSSIBLE, log_p.dtype)
    start = _Paths(none.at[:, 0].set(0), none)
    paths, best = jax.lax.scan(step, start, (log_p[..., blank], of_labels, real))
    total: Array = indexing.entries(jnp.logaddexp(*paths), label_lengths) + best.sum(0)
    return total


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

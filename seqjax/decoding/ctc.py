"""Labels from the output of a model trained by CTC: the best path, or a search over prefixes."""

from __future__ import annotations

import functools
from typing import NamedTuple

import jax
import jax.numpy as jnp

from seqjax.basics import checks, masks
from seqjax.basics.types import Array
from seqjax.decoding.step import log_softmax

LOWEST = -jnp.inf


class Labels(NamedTuple):
    """What was heard in each row."""

    ids: Array
    """int32 [T, B], or [T, B, W]; 0 behind the end"""
    lengths: Array
    """int32 [B], or [B, W]"""
    log_probability: Array
    """float32 or wider, [B]: of the path; or [B, W]: of the labels; NaN where logits were"""


def best_path(logits: Array, lengths: Array, *, blank: int) -> Labels:
    """What argmax_π Π_t softmax(logits_t)_{π_t} spells: repetitions out, then blanks.

    logits [T, B, C]. The best path need not spell the likeliest labels; see ``prefix_beam``.
    Graves et al. 2006, section 3.2.

    Raises:
      ValueError: for lengths that are not int [B] or lie outside [0, T], or a blank outside [0, C).

    >>> path = jnp.array([1, 1, 0, 1, 2])  # 0 is the blank
    >>> logits = 9.0 * jax.nn.one_hot(path, 3)[:, None]
    >>> labels = jax.jit(functools.partial(best_path, blank=0))(logits, jnp.array([5]))
    >>> labels.ids[:, 0], int(labels.lengths[0])
    (Array([1, 1, 2, 0, 0], dtype=int32), 3)
    """
    steps, batch, _ = _shape(logits, blank)
    real = _real(lengths, steps, batch)
    log_p = log_softmax(logits)
    path = logits.argmax(-1).astype(jnp.int32)
    previous = jnp.concatenate([jnp.full_like(path[:1], blank), path[:-1]])
    emits = (path != blank) & (path != previous) & real
    # Each label goes to its rank among those emitted; the others to a row that is cut off.
    rank = jnp.where(emits, jnp.cumsum(emits, 0) - 1, steps)
    ids = jnp.zeros((steps + 1, batch), jnp.int32).at[rank, jnp.arange(batch)].set(path)
    return Labels(ids[:-1], emits.sum(0), masks.zero(real, log_p.max(-1)).sum(0))


def _shape(logits: Array, blank: int) -> tuple[int, int, int]:
    """T, B and C."""
    if jnp.ndim(logits) != 3:
        raise ValueError(f"logits: got shape {list(jnp.shape(logits))}, want [T, B, C]")
    steps, batch, classes = logits.shape
    checks.one_id("blank", blank, classes)
    return steps, batch, classes


def _real(lengths: Array, steps: int, batch: int) -> Array:
    """bool [T, B]: which steps are no padding."""
    real = masks.valid(checks.lengths(lengths, steps, batch), steps)
    assert real is not None
    return real


class Beam(NamedTuple):
    """The prefixes of one row. A beam that holds none has both probabilities 0."""

    ids: Array
    """int32 [W, T]"""
    lengths: Array
    """int32 [W]"""
    blank: Array
    """[W], log of the probability of all paths that spell the prefix and end in a blank"""
    label: Array
    """[W], and of those that end in its last label"""

    @property
    def total(self) -> Array:
        """[W], log of the probability of all paths that spell the prefix."""
        return jnp.logaddexp(self.blank, self.label)


def prefix_beam(logits: Array, lengths: Array, *, blank: int, width: int = 16) -> Labels:
    """The likeliest labels, the likeliest first, by beam search over prefixes; [T, B, W].

    All paths that spell one prefix are one entry of the beam, whose probabilities add up; so the
    probabilities are exact where ``width`` leaves no prefix out, and too low otherwise. Entries
    that hold nothing have log probability -inf. Graves 2012, section 7.5; Hannun et al. 2014.

    Raises:
      ValueError: for a width below 1, no label besides the blank, a blank outside [0, C), or
        lengths that are not int [B] or lie outside [0, T].

    >>> logits = jnp.log(jnp.array([[0.6, 0.4], [0.6, 0.4]]))[:, None]  # the blank is likelier
    >>> decode = jax.jit(functools.partial(prefix_beam, blank=0, width=2))
    >>> best = decode(logits, jnp.array([2]))
    >>> best.lengths[0], jnp.exp(best.log_probability[0]).round(1)  # [1] has 0.64, [] has 0.36
    (Array([1, 0], dtype=int32), Array([0.6, 0.4], dtype=float32))
    """
    checks.positive("width", width)
    steps, batch, classes = _shape(logits, blank)
    if classes < 2:
        raise ValueError(f"logits: got shape {logits.shape}, want one label or more and a blank")
    real = _real(lengths, steps, batch)
    log_p = log_softmax(logits)
    # Without the blank: the order of the labels does not depend on where it is.
    others = [label for label in range(classes) if label != blank]
    row = functools.partial(_row, jnp.array(others, jnp.int32), width)
    beam, best = jax.vmap(row, in_axes=1)(log_p[..., jnp.array(others)], log_p[..., blank], real)
    label_lengths = jnp.where(beam.total > LOWEST, beam.lengths, 0)
    ids = masks.zero(jnp.arange(steps) < label_lengths[..., None], beam.ids)
    return Labels(ids.transpose(2, 0, 1), label_lengths, beam.total + best[:, None])


def _row(
    others: Array, width: int, label_p: Array, blank_p: Array, real: Array
) -> tuple[Beam, Array]:
    """Searches one row: log probabilities of labels [T, K], of blanks [T].

    Gives the last beam, its probabilities divided by one number, and the logarithm of that.
    """
    nothing = jnp.full((width,), LOWEST, label_p.dtype)
    first = Beam(
        jnp.zeros((width, len(blank_p)), jnp.int32),
        jnp.zeros((width,), jnp.int32),
        nothing.at[0].set(0),
        nothing,
    )

    def step(beam: Beam, frame: tuple[Array, Array, Array]) -> tuple[Beam, Array]:
        label_p, blank_p, is_real = frame
        extended = _extended(beam, others, label_p, blank_p)
        # The best is kept at probability 1: as a sum over many steps it would swallow what one
        # prefix is likelier than another.
        best = extended.total.max()
        best = jnp.where(best > LOWEST, best, 0)
        extended = extended._replace(blank=extended.blank - best, label=extended.label - best)
        beam = jax.tree.map(lambda new, old: jnp.where(is_real, new, old), extended, beam)
        return beam, jnp.where(is_real, best, 0)

    beam, best = jax.lax.scan(step, first, (label_p, blank_p, real))
    return beam, best.sum()


def _extended(beam: Beam, others: Array, label_p: Array, blank_p: Array) -> Beam:
    """The likeliest prefixes one step later: those that stay, and those with one label more."""
    width, total = len(beam.lengths), beam.total
    last = jnp.take_along_axis(beam.ids, jnp.maximum(beam.lengths - 1, 0)[:, None], 1)[:, 0]
    is_last = (last[:, None] == others) & (beam.lengths > 0)[:, None]  # [W, K]
    # A label that repeats the last one makes a longer prefix only after a blank.
    longer = jnp.where(is_last, beam.blank[:, None], total[:, None]) + label_p
    same = beam.label + jnp.where(is_last, label_p, 0).sum(1)
    # Where a longer prefix is in the beam already, its probability goes there.
    joins = _is_parent(beam)[:, :, None] & is_last[None]  # [i, j, K]: prefix i and a label are j
    joined = jnp.where(joins, longer[:, None], LOWEST)
    same = jnp.logaddexp(same, jax.nn.logsumexp(joined, (0, 2)))
    longer = jnp.where(joins.any(1), LOWEST, longer)
    stay = jnp.where(beam.lengths > 0, same, LOWEST)
    # Those that stay come first: of candidates of probability 0 top_k then takes none that is
    # longer, so that no prefix is ever there twice.
    scores = jnp.concatenate([jnp.logaddexp(total + blank_p, stay), longer.ravel()])
    _, chosen = jax.lax.top_k(scores, width)
    stays, source = chosen < width, (chosen - width) // len(others)
    source = jnp.where(stays, chosen, source)
    label = jnp.where(stays, 0, others[(chosen - width) % len(others)])
    lengths = beam.lengths[source]
    ids = beam.ids[source]
    written = ids.at[jnp.arange(width), lengths].set(label, mode="drop")
    return Beam(
        jnp.where(stays[:, None], ids, written),
        lengths + ~stays,
        jnp.where(stays, (total + blank_p)[source], LOWEST),
        jnp.where(stays, stay[source], scores[chosen]),
    )


def _is_parent(beam: Beam) -> Array:
    """bool [i, j]: prefix i is prefix j without its last label."""
    inside = jnp.arange(beam.ids.shape[1]) < beam.lengths[:, None, None]
    equal = (~inside | (beam.ids[:, None] == beam.ids[None])).all(-1)
    return equal & (beam.lengths[:, None] + 1 == beam.lengths[None])

"""A bias measured, removed and measured again, by the same words along the same direction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import jax
import numpy as np

from seqjax.vectors.bias.audit import Questions, audit
from seqjax.vectors.bias.audit_lists import AuditLists
from seqjax.vectors.bias.direction import Subspace
from seqjax.vectors.bias.measures import projections
from seqjax.vectors.bias.removal import RemovalConfig, Removed, find_bias, remove
from seqjax.vectors.evaluation.similarity_sets import Pair
from seqjax.vectors.keyed import KeyedVectors


class BeforeAfter(NamedTuple):
    """Two audits, and what lies between them."""

    figures: dict[str, Any]
    """fit for JSON: "direction", "removal", and what ``audit`` gives as "before" and "after" """
    removed: Removed
    space: Subspace
    """of the original vectors"""


def before_after(
    config: RemovalConfig,
    vectors: KeyedVectors,
    lists: AuditLists,
    similarity: Mapping[str, Sequence[Pair]],
) -> BeforeAfter:
    """Audits the vectors, removes the bias, and audits again.

    "After" is measured along the direction of the original vectors, and with the words that were
    most biased in these: what is gone along the direction may still be in the neighbourhood of
    words (Gonen and Goldberg 2019).

    Raises:
      ValueError: for too few words or pairs that have a vector.
    """
    biased = find_bias(config, vectors, lists)
    remove_key, audit_key = jax.random.split(jax.random.key(config.seed))
    removed = remove(config, biased, remove_key)
    space, specific = biased.space, sorted(lists.specific)
    questions = Questions(
        space, biased.words.audited, lists.neutral, specific, lists.tests, similarity,
        lists.sections,
    )  # fmt: skip
    figures = {
        "direction": {
            "method": config.direction,
            "explained": [float(share) for share in space.explained],
            "used": space.used,
            "missing": space.missing,
        },
        "removal": removed.about,
        "before": audit(vectors, questions, key=audit_key),
        "after": audit(removed.vectors, questions, key=audit_key),
    }
    return BeforeAfter(figures, removed, space)


def most_biased_neutral(
    vectors: KeyedVectors, lists: AuditLists, space: Subspace, count: int
) -> list[str]:
    """The ``count`` neutral words of the largest |cos(w, g)|, the largest first."""
    words = vectors.directed_words(lists.neutral)
    sizes = np.abs(projections(vectors, words, space.direction)) if words else np.zeros(0)
    return [words[i] for i in np.argsort(-sizes, kind="stable")[:count]]

"""All measures of a bias at once, and what vectors are good for: to be made before and after."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import jax
import numpy as np

from seqjax.basics.types import Array
from seqjax.vectors.bias.biased_analogies import biased_analogies
from seqjax.vectors.bias.direction import Subspace
from seqjax.vectors.bias.measures import direct_bias, indirect_bias
from seqjax.vectors.bias.residual_bias import residual
from seqjax.vectors.bias.weat import AssociationTest, weat
from seqjax.vectors.editing import selected
from seqjax.vectors.evaluation.analogy_test import Section, analogy_test, totals
from seqjax.vectors.evaluation.similarity_sets import Pair, similarity_test
from seqjax.vectors.keyed import KeyedVectors
from seqjax.vectors.nearest import nearest

Figures = dict[str, Any]


class Questions(NamedTuple):
    """What an audit asks. The same ones before and after, or figures do not compare."""

    subspace: Subspace
    """of the original vectors"""
    sides: tuple[Sequence[str], Sequence[str]]
    """the most biased words of the original vectors, as ``extremes`` gives them"""
    neutral: Sequence[str]
    """words that ought to carry no bias"""
    specific: Sequence[str]
    """words that have it by their meaning"""
    tests: Sequence[AssociationTest] = ()
    similarity: Mapping[str, Sequence[Pair]] = {}
    analogies: Sequence[Section] = ()


def audit(vectors: KeyedVectors, questions: Questions, *, key: Array) -> Figures:
    """Figures fit for JSON, each with how many of its words or pairs are covered.

    direct_bias, indirect_bias, residual (clusters and probes), weat and biased_analogies measure
    the bias; similarity and analogies what else the vectors know. A measure without any known word
    holds the reason, {"refused": ...}, in place of its figures.

    Args:
      key: of the clusters, probes and partitions that are drawn.
    """
    direction = questions.subspace.direction
    residual_key, weat_key = jax.random.split(key)

    def association(test: AssociationTest) -> Figures:
        return _figures_or_reason(lambda: weat(vectors, test, key=weat_key)._asdict())

    return {
        "direct_bias": _figures_or_reason(
            lambda: direct_bias(vectors, questions.neutral, direction)._asdict()
        ),
        "indirect_bias": _figures_or_reason(lambda: _indirect(vectors, questions)),
        "residual": _figures_or_reason(
            lambda: residual(vectors, *questions.sides, key=residual_key)._asdict()
        ),
        "weat": {test.name: association(test) for test in questions.tests},
        "biased_analogies": [
            pair._asdict()
            for pair in biased_analogies(vectors, direction, without=set(questions.specific))
        ],
        "similarity": {
            name: similarity_test(vectors, pairs)._asdict()
            for name, pairs in questions.similarity.items()
        },
        "analogies": _analogies(vectors, questions.analogies),
    }


def _figures_or_reason(measure: Callable[[], Figures]) -> Figures:
    try:
        return measure()
    except ValueError as error:
        return {"refused": str(error)}


def _indirect(vectors: KeyedVectors, questions: Questions) -> Figures:
    """Mean |β| of each neutral word and the neutral word nearest to it."""
    known = vectors.directed_words(questions.neutral)
    if len(known) < 2:
        raise ValueError(f"neutral: got {len(known)} words with a vector, want two or more")
    neighbours = nearest(selected(vectors, known), known, 1)
    others = [best.word for (best,) in neighbours]
    pairs = zip(known, others, strict=True)
    values = np.abs([indirect_bias(vectors, *pair, questions.subspace) for pair in pairs])
    defined = values[~np.isnan(values)]
    if not len(defined):
        raise ValueError("neutral: got no two words that are alike beyond the bias, want some")
    return {
        "value": float(defined.mean()),
        "covered": len(defined),
        "words": len(questions.neutral),
    }


def _analogies(vectors: KeyedVectors, sections: Sequence[Section]) -> Figures:
    scores = totals(analogy_test(vectors, sections)) if sections else {}
    return {
        name: {
            **score._asdict(),
            "answered_only": score.answered_only,
            "oov_wrong": score.oov_wrong,
        }
        for name, score in scores.items()
    }

"""a is to b as c is to ...: by addition and by multiplication of cosines."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from seqjax.basics import checks
from seqjax.basics.types import Array
from seqjax.vectors.keyed import KeyedVectors
from seqjax.vectors.nearest import Neighbour, batches

METHODS = {"3CosAdd": 0, "3CosMul": 0}
EPSILON = 1e-6
"""Keeps the quotient of 3CosMul finite, as in gensim; Levy and Goldberg have 1e-3."""


def solve(
    vectors: KeyedVectors,
    questions: Sequence[tuple[str, str, str]],
    count: int = 1,
    *,
    method: str = "3CosAdd",
    exclude: bool = True,
) -> list[list[Neighbour]]:
    """The likeliest d of each question (a, b, c): a is to b as c is to d, likeliest first.

        3CosAdd   argmax_d cos(d, b - a + c), of unit vectors      (Mikolov et al. 2013)
        3CosMul   argmax_d s(d, b) s(d, c) / (s(d, a) + ε), s = (1 + cos) / 2
                                                                   (Levy and Goldberg 2014)

    ``exclude`` keeps a, b and c from being answers, as is usual. Without it the answer is often c
    itself, which claims about bias should know (Nissim et al. 2020): with it, "man is to doctor as
    woman is to ..." cannot be answered with doctor.

    Raises:
      ValueError: for a word without a vector, an unknown method, a count below 1.
    """
    checks.lookup("method", METHODS, method)
    checks.positive("count", count)
    if not questions:
        return []
    rows = np.array([[vectors.row(word) for word in question] for question in questions])
    kinds = np.arange(len(vectors))
    return [
        [Neighbour(vectors.words[row], score) for row, score in zip(*pair, strict=True)]
        for pair in zip(*best(vectors, rows, kinds, count, method, exclude), strict=True)
    ]


def best(
    vectors: KeyedVectors,
    questions: np.ndarray,
    kinds: np.ndarray,
    count: int,
    method: str,
    exclude: bool,
) -> tuple[list[list[int]], list[list[float]]]:
    """Rows and scores of the answers to questions given as rows, int [N, 3].

    ``kinds`` [V] says which rows are the same word in another spelling: they are excluded together.
    """
    found: list[list[int]] = []
    scores: list[list[float]] = []
    same = jnp.asarray(kinds, jnp.int32)
    count = min(count, len(vectors))
    for (part,) in batches(len(vectors), questions.astype(np.int32)):
        values, rows = _best(vectors.device_unit, same, part, count, method, exclude)
        keep = np.isfinite(values)
        found += [row[ok].tolist() for row, ok in zip(np.asarray(rows), keep, strict=True)]
        scores += [row[ok].tolist() for row, ok in zip(np.asarray(values), keep, strict=True)]
    return found[: len(questions)], scores[: len(questions)]


@functools.partial(jax.jit, static_argnames=("count", "method", "exclude"))
def _best(
    rows: Array, kinds: Array, questions: Array, count: int, method: str, exclude: bool
) -> tuple:
    a, b, c = questions.T
    if method == "3CosAdd":
        points = rows[b] - rows[a] + rows[c]
        lengths = jnp.linalg.norm(points, axis=1, keepdims=True)
        scores = points @ rows.T / jnp.where(lengths > 0, lengths, 1)
    else:
        near = [(1 + rows[word] @ rows.T) / 2 for word in (a, b, c)]
        scores = near[1] * near[2] / (near[0] + EPSILON)
    if exclude:
        for word in (a, b, c):
            scores = jnp.where(kinds == kinds[word][:, None], -jnp.inf, scores)
    return lax.top_k(scores, count)

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
from seqjax.vectors.cosine_products import EPSILON
from seqjax.vectors.keyed import KeyedVectors
from seqjax.vectors.nearest import batches, named
from seqjax.vectors.queries import Neighbour
from seqjax.vectors.unit_rows import ROUNDING

METHODS = {"3CosAdd": 0, "3CosMul": 0}


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
    woman is to ..." cannot be answered with doctor. Words whose vector is zero are no answers, and
    by 3CosAdd a question whose sum is zero has none.

    Raises:
      ValueError: for a word without a vector or with a vector of zeros, an unknown method, a count
        below 1.

    >>> rows = np.array([[1, 0, 0], [0, 1, 0], [1, 0, 1], [0, 1, 1.0]])
    >>> vectors = KeyedVectors(("man", "woman", "king", "queen"), rows)
    >>> solve(vectors, [("man", "woman", "king")])[0][0].word
    'queen'
    """
    checks.lookup("method", METHODS, method)
    checks.positive("count", count)
    if not questions:
        return []
    vectors.units([word for question in questions for word in question])  # raises
    rows = np.array([[vectors.row(word) for word in question] for question in questions])
    spellings = np.arange(len(vectors))
    answers = best_answers(vectors, rows, spellings, count, method, exclude)
    return [named(vectors, *answer) for answer in answers]


def best_answers(
    vectors: KeyedVectors,
    questions: np.ndarray,
    spellings: np.ndarray,
    count: int,
    method: str,
    exclude: bool,
) -> list[tuple[list[int], list[float]]]:
    """(rows, scores) of the ``count`` best answers to each question, given as rows, int [N, 3].

    ``spellings`` [V]: rows with the same number are the same word in another spelling, and are
    excluded together.
    """
    answers: list[tuple[list[int], list[float]]] = []
    same, directed = jnp.asarray(spellings, jnp.int32), vectors.directed
    count = min(count, len(vectors))
    for (part,) in batches(len(vectors), questions.astype(np.int32)):
        scores, rows = _best(vectors.device_unit, directed, same, part, count, method, exclude)
        finite = np.isfinite(scores)
        for row, score, keep in zip(np.asarray(rows), np.asarray(scores), finite, strict=True):
            answers.append((row[keep].tolist(), score[keep].tolist()))
    return answers[: len(questions)]


@functools.partial(jax.jit, static_argnames=("count", "method", "exclude"))
def _best(
    rows: Array,
    directed: Array,
    spellings: Array,
    questions: Array,
    count: int,
    method: str,
    exclude: bool,
) -> tuple[Array, Array]:
    a, b, c = questions.T
    if method == "3CosAdd":
        points = rows[b] - rows[a] + rows[c]
        lengths = jnp.linalg.norm(points, axis=1, keepdims=True)
        scores = points @ rows.T / jnp.where(lengths > ROUNDING, lengths, 1)
        scores = jnp.where(lengths > ROUNDING, scores, -jnp.inf)
    else:
        shifted = [(1 + rows[word] @ rows.T) / 2 for word in (a, b, c)]
        scores = shifted[1] * shifted[2] / (shifted[0] + EPSILON)
    scores = jnp.where(directed, scores, -jnp.inf)
    if exclude:
        for word in (a, b, c):
            scores = jnp.where(spellings == spellings[word][:, None], -jnp.inf, scores)
    return lax.top_k(scores, count)

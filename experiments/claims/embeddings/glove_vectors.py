"""GloVe's two sets of vectors: how alike they become, and whether their sum is better."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from experiments.claims.claim import FAILS, HOLDS, IN_PART, Claim, Results, Text, Verdict
from experiments.claims.embeddings.glove_vectors_report import SIZES, column, draw, tables
from experiments.claims.embeddings.small_vectors import corpus_of, same_cosines, train
from experiments.claims.shared.numbers import mean, standard_error
from seqjax.data.builtin.planted import planted_lines
from seqjax.vectors.training.config import VectorsConfig
from seqjax.vectors.unit_rows import unit_rows

WORDS, LATENT, MINIMUM = 300, 4, 5
SIZE, EPOCHS, X_MAX = 16, 20, 10.0


def compared(w: np.ndarray, context: np.ndarray, z: np.ndarray) -> dict[str, float]:
    """How alike two sets of vectors are, and how well each agrees with the planted ones.

    alike: Spearman's correlation of the cosines of all pairs of words in both; nearest: share of
    words with the same nearest neighbour; direct: mean cosine of a word's two vectors. w, context,
    sum and beside (both vectors as one, twice as long): correlation with the planted cosines.

    Args:
      w: [V, D].
      context: [V, D].
      z: [V, K], where the words were planted.
    """
    units = [unit_rows(rows) for rows in (w, context)]
    nearest = [(rows @ rows.T - 2 * np.eye(len(rows))).argmax(axis=1) for rows in units]
    return {
        "alike": same_cosines(w, context),
        "nearest": float(np.mean(nearest[0] == nearest[1])),
        "direct": float(np.mean(np.sum(units[0] * units[1], axis=1))),
        "w": same_cosines(w, z),
        "context": same_cosines(context, z),
        "sum": same_cosines(w + context, z),
        "beside": same_cosines(np.concatenate([w, context], axis=1), z),
    }


def measure(seeds: Sequence[int], say: Callable[[str], None]) -> Results:
    """The figures, by lines of the text and seed."""
    config = VectorsConfig(objective="glove", size=SIZE, window=5, x_max=X_MAX)
    results: dict[str, list[dict[str, float]]] = {}
    for size in SIZES:
        planted = planted_lines(size, words=WORDS, latent=LATENT, seed=0)
        corpus = corpus_of(planted.lines, MINIMUM)
        z = np.stack([planted.latent[word] for word in corpus.words])
        model, states = train(
            config, corpus, seeds=seeds, epochs=EPOCHS, say=say, name=f"{size} lines"
        )
        results[str(size)] = []
        for state in states:
            context = model.contexts(state).matrix
            w = model.vectors(state).matrix - context  # of what it gives, w + w̃
            results[str(size)].append(compared(w, context, z))
    return results


def verdict(results: Results) -> Verdict:
    """By the rule below."""
    alike = [mean(column(results, size, "alike")) for size in SIZES]
    better = []
    for size in SIZES:
        three = (column(results, size, name) for name in ("sum", "w", "context"))
        gains = [s - max(w, c) for s, w, c in zip(*three, strict=True)]
        better.append(mean(gains) > 0 and not mean(gains) <= 2 * standard_error(gains))
    gains_of = [
        mean(column(results, size, "sum")) - mean(column(results, size, "w")) for size in SIZES
    ]
    same, sums = min(alike) >= 0.8, all(better)
    kind = HOLDS if same and sums else IN_PART if same or any(better) else FAILS
    about = (
        " / ".join(f"{value:.2f}" for value in alike),
        " / ".join(f"{value:+.3f}" for value in gains_of),
    )
    return Verdict(
        kind,
        Text(
            "The cosines of both sets correlate by {} from the smallest text to the largest; the"
            " sum differs from w alone by {}.".format(*about),
            "두 벡터 집합의 코사인 상관은 작은 텍스트부터 {}이고, 합과 w만 쓸 때의 차이는"
            " {}다.".format(*about),
        ),
    )


CLAIM = Claim(
    name="glove_vectors",
    number=19,
    statement=Text(
        "GloVe's two vectors of a word play the same part, so that they become alike and their sum"
        " or mean serves best.",
        "GloVe에서 한 단어의 두 벡터는 같은 역할을 하므로 서로 비슷해지고, 둘의 합이나 평균을 쓰는"
        " 것이 가장 좋다.",
    ),
    experiment=Text(
        "GloVe vectors of 16 numbers are trained on made-up texts of 1,000, 5,000 and 25,000 lines"
        " whose 300 words have known vectors. The two sets are compared with each other, and each,"
        " their sum, and both side by side, with the planted vectors, by Spearman's correlation of"
        " the cosines of all pairs of words.",
        "단어 300개가 알려진 벡터를 갖는 인공 텍스트(1,000, 5,000, 25,000줄)로 16차원 GloVe 벡터를"
        " 학습한다. 두 벡터 집합을 서로 비교하고, 각각과 합, 나란히 이은 것을 심어 둔 벡터와"
        " 비교한다. 기준은 모든 단어 쌍의 코사인의 스피어만 상관이다.",
    ),
    rule=Text(
        "Holds: on every text the correlation of both sets is at least 0.8, and the sum's"
        " correlation with the planted vectors is above the better of both by more than twice the"
        " standard error of this difference; in part: alike on all texts, or the sum better on one;"
        " else does not hold here.",
        "성립: 모든 텍스트에서 두 집합의 상관이 0.8 이상이고, 심어 둔 벡터와의 상관은 합이 둘 중"
        " 나은 쪽보다 높으며 그 차이가 표준 오차의 두 배를 넘는다. 일부 성립: 모든 텍스트에서"
        " 비슷하거나, 한 텍스트에서라도 합이 낫다. 그 밖에는 성립하지 않는다.",
    ),
    measure=measure,
    verdict=verdict,
    tables=tables,
    draw=draw,
    alt=Text(
        "Correlation with the planted vectors against lines of the text, for either set, their sum"
        " and both side by side; beside it how alike both sets are.",
        "텍스트 줄 수에 따른 심어 둔 벡터와의 상관(두 집합, 합, 나란히 이은 것)과 두 집합이 서로"
        " 비슷한 정도.",
    ),
)

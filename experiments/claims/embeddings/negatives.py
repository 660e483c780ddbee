"""How negatives are drawn, and how many: what it does to word vectors of small and large texts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from experiments.claims.claim import FAILS, HOLDS, IN_PART, Claim, Results, Text, Verdict
from experiments.claims.embeddings.negatives_report import (
    EXPONENTS,
    NEGATIVES,
    SIZES,
    draw,
    found,
    tables,
)
from experiments.claims.embeddings.small_vectors import corpus_of, same_cosines, train_vectors
from experiments.claims.shared.numbers import mean, standard_error
from seqjax.data.builtin.planted import planted_lines
from seqjax.vectors import KeyedVectors
from seqjax.vectors.training.config import VectorsConfig

WORDS, LATENT, RARITY, MINIMUM = 300, 4, 0.8, 5
SIZE, WINDOW, RATE, BLOCK = 16, 4, 0.035, 16
"""With these the commonest word's row is safe, even as one of 20 negatives of a block."""
EPOCHS = {"small": 12, "large": 2}


def recovered(vectors: KeyedVectors, latent: dict[str, np.ndarray]) -> dict[str, float]:
    """Spearman's correlation of learned and planted cosines: of all words, and of the rarer half.

    Args:
      vectors: the commonest word first.
      latent: word -> where it was planted.
    """
    z = np.stack([latent[word] for word in vectors.words])
    half = len(z) // 2
    return {
        "all": same_cosines(vectors.matrix, z),
        "rare": same_cosines(vectors.matrix[half:], z[half:]),
    }


def settings() -> list[tuple[float, int]]:
    """(exponent, negatives): exponents with 5 negatives, numbers of them with 3/4.

    >>> len(settings())
    5
    """
    pairs = [(exponent, 5) for exponent in EXPONENTS] + [(0.75, count) for count in NEGATIVES]
    return list(dict.fromkeys(pairs))


def measure(seeds: Sequence[int], say: Callable[[str], None]) -> Results:
    """How well planted vectors are recovered, by text, exponent, number and seed."""
    runs = []
    for text, lines in SIZES.items():
        planted = planted_lines(lines, words=WORDS, latent=LATENT, rarity=RARITY, seed=0)
        corpus = corpus_of(planted.lines, MINIMUM)
        for exponent, negatives in settings():
            config = VectorsConfig(
                size=SIZE, window=WINDOW, rate=RATE, exponent=exponent, negatives=negatives,
                shared=negatives, block=BLOCK, chunk=BLOCK,
            )  # fmt: skip
            several = train_vectors(
                config, corpus, seeds=seeds, epochs=EPOCHS[text], say=say,
                name=f"{text}, exponent {exponent:g}, {negatives} negatives",
            )  # fmt: skip
            scores = [recovered(vectors, planted.latent) for vectors in several]
            runs.append(
                {"text": text, "exponent": exponent, "negatives": negatives, "scores": scores}
            )
    return {"runs": runs}


def _surely_above(first: Sequence[float], second: Sequence[float]) -> bool:
    """Whether the mean difference of the same seeds is above twice its standard error."""
    differences = [a - b for a, b in zip(first, second, strict=True)]
    return mean(differences) > 0 and not mean(differences) <= 2 * standard_error(differences)


def verdict(results: Results) -> Verdict:
    """By the rule below."""

    def best(text: str) -> bool:
        middle = found(results, text, 0.75, 5)
        return all(_surely_above(middle, found(results, text, other, 5)) for other in (0.0, 1.0))

    def gain(text: str) -> float:
        return mean(found(results, text, 0.75, 20)) - mean(found(results, text, 0.75, 5))

    twenty, five = (found(results, "small", 0.75, count) for count in (20, 5))
    more = _surely_above(twenty, five) and gain("large") <= gain("small") / 2
    both = best("small") and best("large")
    kind = HOLDS if both and more else IN_PART if best("small") or best("large") or more else FAILS
    by_exponent = [
        " / ".join(f"{mean(found(results, text, exponent, 5)):.3f}" for exponent in EXPONENTS)
        for text in SIZES
    ]
    about = *by_exponent, f"{gain('small'):+.3f}", f"{gain('large'):+.3f}"
    return Verdict(
        kind,
        Text(
            "Uniform / frequency^(3/4) / frequency: {} on the small text, {} on the large one. From"
            " 5 to 20 negatives: {} and {}.".format(*about),
            "균등 / 빈도^(3/4) / 빈도: 작은 텍스트 {}, 큰 텍스트 {}. 음성 표본을 5개에서 20개로"
            " 늘리면 각각 {}, {} 변한다.".format(*about),
        ),
    )


CLAIM = Claim(
    name="negatives",
    number=13,
    statement=Text(
        "Negatives are best drawn by frequency^(3/4), between uniformly and by frequency; small"
        " texts want 5 to 20 of them, for large ones 2 to 5 are enough.",
        "음성 표본(negative sample)은 균등과 빈도 그대로의 중간인 빈도^(3/4)로 뽑는 것이 가장 좋고,"
        " 작은 텍스트에는 5~20개가 필요하지만 큰 텍스트에는 2~5개면 충분하다.",
    ),
    experiment=Text(
        "Skip-gram vectors of 16 numbers are trained on made-up texts of 2,000 and of 16,000 lines"
        " whose 300 words, of rank r as common as r^-0.8, have known vectors. Each prediction is"
        " told from K negatives, which a block of 16 words shares; the score is Spearman's"
        " correlation of the cosines of all pairs of words with the planted ones.",
        "순위 r의 빈도가 r^-0.8에 비례하는 단어 300개가 알려진 벡터를 갖는 인공 텍스트(2,000줄,"
        " 16,000줄)로 16차원 skip-gram 벡터를 학습한다. 예측마다 음성 표본 K개와 구별하며 단어"
        " 16개의 블록이 표본을 공유한다. 점수는 모든 단어 쌍의 코사인과 심어 둔 코사인의 스피어만"
        " 상관이다.",
    ),
    rule=Text(
        "Surely above: by a mean difference of the same seeds of more than twice its standard"
        " error. Holds: with 5 negatives frequency^(3/4) is surely above uniform and frequency on"
        " both texts, and 20 are surely above 5 on the small text, a gain at most half of which"
        " remains on the large one; in part: the first on one text, or the second; else does not"
        " hold here.",
        "'확실히 위'는 같은 시드끼리의 평균 차이가 표준 오차의 두 배를 넘는 것이다. 성립: 표본"
        " 5개에서 빈도^(3/4)가 두 텍스트 모두 균등과 빈도보다 확실히 위이고, 작은 텍스트에서 20개가"
        " 5개보다 확실히 위이며 큰 텍스트에서는 그 이득이 절반 이하다. 일부 성립: 한 텍스트에서"
        " 지수만 맞거나 개수만 맞다. 그 밖에는 성립하지 않는다.",
    ),
    measure=measure,
    verdict=verdict,
    tables=tables,
    draw=draw,
    alt=Text(
        "Correlation with the planted vectors: by exponent in one panel, by number of negatives in"
        " the other, a line for each text.",
        "심어 둔 벡터와의 상관을 한 칸에는 지수별로, 다른 칸에는 음성 표본 수별로 그렸다. 선은"
        " 텍스트마다 하나다.",
    ),
)

"""Man is to woman as king is to queen, and what a picture of the vectors keeps of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from experiments.claims.claim import FAILS, HOLDS, IN_PART, Claim, Results, Text, Verdict
from experiments.claims.embeddings import picture_neighbours
from experiments.claims.embeddings.analogies_report import (
    HIGH,
    LOW,
    MAIN,
    OWN,
    SIZES,
    at_main,
    draw,
    pictured,
    tables,
)
from experiments.claims.embeddings.small_vectors import corpus_of, train_vectors
from experiments.claims.shared.numbers import mean
from seqjax.data.builtin.relations import questions, relation_sentences
from seqjax.vectors import KeyedVectors, analogy_test
from seqjax.vectors.evaluation.analogy_test import Section
from seqjax.vectors.training.config import VectorsConfig

EPOCHS, SIZE, RATE = 8, 24, 0.1


def accuracy(vectors: KeyedVectors, *, exclude: bool = True) -> dict[str, float]:
    """Share of questions of each relation that are answered with the very word, among all words."""
    sections = [Section(name, tuple(asked)) for name, asked in questions().items()]
    scores = analogy_test(vectors, sections, limit=None, exclude=exclude)
    return {score.name: score.oov_wrong for score in scores}


def measure(seeds: Sequence[int], say: Callable[[str], None]) -> Results:
    """Accuracies by text, and of the pictures of those that the verdict looks at."""
    config = VectorsConfig(size=SIZE, window=6, rate=RATE)
    found, pictures, unlimited = [], [], []
    for own in OWN:
        for size in SIZES:
            corpus = corpus_of(relation_sentences(size, own=own, seed=0))
            name = f"{size} sentences, {own:.0%} own"
            several = train_vectors(config, corpus, seeds=seeds, epochs=EPOCHS, say=say, name=name)
            by_relation = [accuracy(vectors) for vectors in several]
            found.append({"own": own, "size": size, "accuracy": by_relation})
            if (size, own) == MAIN:
                unlimited = [accuracy(vectors, exclude=False) for vectors in several]
                pictures = [
                    picture_neighbours.measured(vectors, seed)
                    for seed, vectors in zip(seeds, several, strict=True)
                ]
    return {"texts": found, "not_excluded": unlimited, "pictures": pictures}


def verdict(results: Results) -> Verdict:
    """By the rule below."""
    method = "tsne" if pictured(results, "tsne", "nearest") else "pca"
    right = mean(at_main(results))
    full, drawn, kept = (
        mean(pictured(results, method, figure))
        for figure in ("analogies_full", "analogies", "nearest")
    )
    within, misleads = LOW <= right <= HIGH, drawn < full / 2
    kind = HOLDS if within and misleads else IN_PART if right >= LOW else FAILS
    about = f"{right:.0%}", f"{full:.0%}", f"{drawn:.0%}", f"{kept:.0%}"
    return Verdict(
        kind,
        Text(
            "{} of the questions are answered among all words; among the words that are drawn {} in"
            " the full space and {} in the picture, where {} of the words keep their nearest"
            " neighbour.".format(*about),
            "모든 단어를 후보로 하면 질문의 {}를 맞힌다. 그림에 있는 단어만 후보로 하면 전체"
            " 공간에서 {}, 그림 위에서 {}를 맞히며, 최근접 이웃이 그림에서도 그대로인 단어는"
            " {}다.".format(*about),
        ),
    )


CLAIM = Claim(
    name="analogies",
    number=14,
    statement=Text(
        "Vectors of words answer man is to woman as king is to queen by a sum, in 30 to 75 % of"
        " such questions; in a picture in the plane (t-SNE) the sum no longer works.",
        "단어 벡터는 '남자:여자 = 왕:여왕' 같은 유추(analogy)를 덧셈과 뺄셈으로 30~75 % 맞힌다."
        " 그러나 평면 그림(t-SNE) 위에서는 그 덧셈이 더는 통하지 않는다.",
    ),
    experiment=Text(
        "Skip-gram vectors of 24 numbers are trained on made-up texts of three relations, of 500"
        " to 8,000 sentences, in which 0, 30 or 60 % of a word's neighbours are explained by"
        " neither its pair nor its side. Questions are answered by the cosine with b - a + c among"
        " all words but a, b and c, and by the nearest point in t-SNE's and PCA's pictures.",
        "세 가지 관계를 담은 인공 텍스트(문장 500~8,000개)로 24차원 skip-gram 벡터를 학습한다."
        " 텍스트마다 단어 이웃의 0, 30, 60 %는 짝으로도 쪽으로도 설명되지 않는다. a, b, c를 뺀 모든"
        " 단어 중 b - a + c와 코사인이 가장 큰 단어로 답하고, t-SNE와 PCA 그림에서는 가장 가까운"
        " 점으로 답한다.",
    ),
    rule=Text(
        "With 8,000 sentences and 30 % own neighbours. Holds: the mean accuracy among all words is"
        " between 30 and 75 %, and that in the picture is below half of that in the full space"
        " among the same words; in part: the first is at least 30 %; else does not hold here. (The"
        " same words, and 8,000 sentences, since a first trial.)",
        "문장 8,000개, 고유 이웃 30 %에서 판정한다. 성립: 모든 단어를 후보로 한 평균 정확도가"
        " 30~75 %이고, 그림에서의 정확도는 같은 단어를 후보로 한 전체 공간의 절반에 못 미친다. 일부"
        " 성립: 앞의 정확도가 30 % 이상이다. 그 밖에는 성립하지 않는다. (같은 단어와 문장 8,000개는"
        " 첫 시험 뒤에 정했다.)",
    ),
    measure=measure,
    verdict=verdict,
    tables=tables,
    draw=draw,
    alt=Text(
        "Lines of the share of questions answered against the number of sentences, one for each"
        " share of own neighbours; a grey band from 30 to 75 %. Beside it the words as t-SNE draws"
        " them, with a thin line between the two of a pair.",
        "문장 수에 따른 정답 비율을 고유 이웃 비율마다 선 하나로 그렸고, 30~75 % 구간은 회색 띠로"
        " 표시했다. 옆에는 t-SNE가 그린 단어들이 있고, 짝을 이루는 두 단어를 가는 선으로 이었다.",
    ),
)

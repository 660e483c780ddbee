"""Completely lacking in good taste: what averaged embeddings make of negation and order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from experiments.claims.claim import FAILS, HOLDS, IN_PART, Claim, Results, Table, Text, Verdict
from experiments.claims.sequences.labelled_texts import labelled_arrays
from experiments.claims.sequences.readers import Batch, averaged_reader, recurrent_reader, right
from experiments.claims.sequences.sentences import (
    CELL_NAMES,
    ahead,
    by_group,
    padded,
    vocabulary_of,
)
from experiments.claims.shared.curves import bar_figure
from experiments.claims.shared.numbers import mean, spread
from seqjax.data.builtin.reviews import KINDS, Review, reviews

CELLS = ("rnn", "gru", "lstm")
STEPS, BATCH = 300, 64
FILE_RATE = 2e-3
"""Of Adam, for texts that people wrote"""
NAMES = {
    "averaged": Text("averaged embeddings", "임베딩 평균"),
    **{cell: Text(CELL_NAMES[cell], CELL_NAMES[cell]) for cell in CELLS},
}
KIND_NAMES = (Text("plain", "평서"), Text("negation", "부정"), Text("order", "어순"))


def measure(seeds: Sequence[int], say: Callable[[str], None]) -> Results:
    """Accuracy on each kind of review, by network and seed."""
    train, test = reviews(4000, seed=0), reviews(800, seed=1, part="test")
    vocabulary = vocabulary_of(review.words for review in train)
    steps = max(len(review.words) for review in (*train, *test))

    def arrays(found: Sequence[Review]) -> dict[str, Any]:
        targets = np.array([review.positive for review in found], np.int32)
        return padded([review.words for review in found], vocabulary, steps) | {"targets": targets}

    size = len(vocabulary)
    readers = {"averaged": averaged_reader(size)}
    readers |= {cell: recurrent_reader(cell, size) for cell in CELLS}
    kinds = [review.kind for review in test]
    accuracy = {}
    for name, reader in readers.items():
        correct = right(
            reader, arrays(train), arrays(test), seeds=seeds, steps=STEPS, batch=BATCH, say=say,
            name=name,
        )  # fmt: skip
        accuracy[name] = by_group(correct, kinds, KINDS)
    return {"kinds": list(KINDS), "accuracy": accuracy}


def measure_file(path: Path, seeds: Sequence[int], say: Callable[[str], None]) -> Results:
    """Accuracy on texts of two classes that a user has, by network and seed."""

    def accuracy(name: str, size: int, train: Batch, test: Batch) -> list[float]:
        reader = recurrent_reader(name, size) if name in CELLS else averaged_reader(size)
        correct = right(
            reader, train, test, seeds=seeds, steps=STEPS, batch=BATCH, rate=FILE_RATE, say=say,
            name=f"{path.name}, {name}",
        )  # fmt: skip
        return [float(row.mean()) for row in correct]

    vocabulary, train, test = labelled_arrays(path)
    return {
        "name": path.name,
        "texts": {"train": len(train["targets"]), "test": len(test["targets"])},
        "accuracy": {name: accuracy(name, len(vocabulary), train, test) for name in NAMES},
    }


def at(results: Results, name: str, *kinds: str) -> list[float]:
    """Mean accuracy on those kinds, by seed."""
    return [mean([row[KINDS.index(kind)] for kind in kinds]) for row in results["accuracy"][name]]


def verdict(results: Results) -> Verdict:
    """By the rule."""
    hard = {name: at(results, name, "negation", "order") for name in NAMES}
    plain = [mean(at(results, name, "plain")) for name in NAMES]
    average, networks = hard["averaged"], [hard[cell] for cell in CELLS]
    kind = FAILS
    if (
        min(plain) >= 0.9
        and mean(average) <= 0.6
        and min(mean(values) for values in networks) >= 0.9
    ):
        kind = HOLDS
    elif any(
        difference >= 0.1 and clear
        for difference, clear in (ahead(values, average) for values in networks)
    ):
        kind = IN_PART
    words = ", ".join(f"{CELL_NAMES[cell]} {spread(hard[cell])}" for cell in CELLS)
    return Verdict(
        kind,
        Text(
            "Where negation or order decide, the mean of embeddings is right in"
            f" {spread(average)} of the reviews: {words}.",
            f"부정이나 어순이 뜻을 정하는 평에서 임베딩 평균의 정확도는 {spread(average)}이다."
            f" {words}.",
        ),
    )


def tables(results: Results) -> list[Table]:
    """Accuracy by kind of review."""
    rows: list[list[str | Text]] = [
        [NAMES[name], *(spread(at(results, name, kind)) for kind in KINDS)] for name in NAMES
    ]
    seeds = len(results["accuracy"]["rnn"])
    made = [
        Table(
            [Text("network", "신경망"), *KIND_NAMES],
            rows,
            Text(
                "Share of new reviews that are classified right, by what decides: the words, a"
                f" negation, or order alone. Mean ± standard deviation over {seeds} seeds.",
                "새 평을 바르게 분류한 비율. 뜻을 정하는 것이 단어인지, 부정인지, 어순뿐인지에"
                f" 따라 나누었다. 시드 {seeds}개의 평균 ± 표준편차.",
            ),
        )
    ]
    if file := results.get("file"):
        made.append(_of_file(file))
    return made


def _of_file(file: Results) -> Table:
    """Accuracy on the user's texts."""
    train, test = file["texts"]["train"], file["texts"]["test"]
    return Table(
        [Text("network", "신경망"), Text("accuracy", "정확도")],
        [[NAMES[name], spread(file["accuracy"][name])] for name in NAMES],
        Text(
            f"Share of {test:,} texts of {file['name']} that are classified right after {STEPS}"
            f" steps on {train:,} others. Not part of the rule. Mean ± standard deviation over"
            " seeds.",
            f"{file['name']}의 글 {train:,}개로 {STEPS}번 학습한 뒤 나머지 {test:,}개를 바르게"
            " 분류한 비율. 판정 규칙에는 들지 않는다. 시드 평균 ± 표준편차.",
        ),
    )


WORDS = {
    "guess": Text("guessing", "무작위"),
    "x": Text("what decides a review", "평의 뜻을 정하는 것"),
    "y": Text("accuracy", "정확도"),
    "title": Text(
        "Averages of embeddings see neither negation nor order",
        "임베딩 평균은 부정과 어순을 보지 못한다",
    ),
}


def draw(results: Results, language: str) -> Any:
    """Bars of accuracy by kind of review."""
    return bar_figure(KIND_NAMES, results["accuracy"], NAMES, WORDS, language)


CLAIM = Claim(
    name="word_order",
    number=4,
    statement=Text(
        'Averaged embeddings are fooled by "Completely lacking in good taste, good service and'
        ' good ambience"; a recurrent classifier is not.',
        "임베딩(embedding)의 평균은 “Completely lacking in good taste, good service and good"
        " ambience”에 속지만, 순환 신경망 분류기는 속지 않는다.",
    ),
    experiment=Text(
        "Classifiers learn the sentiment of made-up reviews, half of them told by their words, a"
        " quarter turned round by a negation, a quarter told by the order of their words alone."
        " The mean of embeddings is compared with recurrent networks on new reviews of each kind.",
        "만든 식당 평의 감성을 분류하도록 학습한다. 평의 절반은 단어가, 4분의 1은 부정이, 4분의"
        " 1은 어순만이 뜻을 정한다. 새 평에서 임베딩 평균과 순환 신경망을 종류별로 비교한다.",
    ),
    rule=Text(
        "Holds: all are right in at least 0.9 of the plain reviews, and of those where negation or"
        " order decide the mean of embeddings in at most 0.6 and each of RNN, GRU and LSTM in at"
        " least 0.9. In part: one of the three is ahead there by at least 0.1, and by more than"
        " twice the standard error of the difference. Else it does not hold here.",
        "성립: 평서 평에서는 모두 정확도가 0.9 이상이고, 부정이나 어순이 정하는 평에서는 임베딩"
        " 평균이 0.6 이하, RNN, GRU, LSTM이 모두 0.9 이상이다. 부분 성립: 그런 평에서 셋 중 하나가"
        " 0.1 이상 앞서고 그 차이가 표준오차의 두 배를 넘는다. 그 밖에는 여기서 성립하지 않는다.",
    ),
    measure=measure,
    measure_file=measure_file,
    verdict=verdict,
    tables=tables,
    draw=draw,
    alt=Text(
        "Bars of accuracy for three kinds of reviews, for averaged embeddings, RNN, GRU and LSTM.",
        "세 종류의 평에 대한 임베딩 평균, RNN, GRU, LSTM의 정확도 막대그래프.",
    ),
)

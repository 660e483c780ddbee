"""The apple and pear salad: of two sentences that sound alike, which is likelier."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from experiments.claims.claim import FAILS, HOLDS, IN_PART, Claim, Results, Table, Text, Verdict
from experiments.claims.sequences.heard_models import BOS_EOS, nats_of_networks, ngram_nats
from experiments.claims.sequences.sentences import CELL_NAMES, by_group, vocabulary_of
from experiments.claims.shared.curves import bar_figure
from experiments.claims.shared.numbers import mean, spread, standard_error
from seqjax.data.builtin.homophones import KINDS, homophones

CELLS = ("rnn", "gru", "lstm")
ORDERS = {"unigram": 1, "trigram": 3}
NAMES = {
    "unigram": Text("single words", "단어 빈도(unigram)"),
    "trigram": Text("three words (trigram)", "세 단어(trigram)"),
    **{cell: Text(CELL_NAMES[cell], CELL_NAMES[cell]) for cell in CELLS},
}
KIND_NAMES = (Text("near", "바로 앞 단어"), Text("far", "먼 단어"))


def measure(seeds: Sequence[int], say: Callable[[str], None]) -> Results:
    """Share of pairs of which the right one is likelier, by kind, model and seed."""
    train = [heard.words for heard in homophones(4000, seed=0)]
    test = homophones(400, seed=1, part="test")
    vocabulary = vocabulary_of([*train, BOS_EOS])
    pairs = [each.words for each in test] + [each.other for each in test]
    kinds = [each.kind for each in test]
    accuracy = {}
    for name in NAMES:
        if name in ORDERS:
            nats = ngram_nats(train, pairs, vocabulary, ORDERS[name])[None]
        else:
            nats = nats_of_networks(name, train, pairs, vocabulary, seeds=seeds, say=say)
        words, other = nats[:, : len(test)], nats[:, len(test) :]
        accuracy[name] = by_group(np.where(words == other, 0.5, words < other), kinds, KINDS)
    return {"kinds": list(KINDS), "accuracy": accuracy}


def at(results: Results, name: str, *kinds: str) -> list[float]:
    """Mean share over those kinds, by seed."""
    return [mean([row[KINDS.index(kind)] for kind in kinds]) for row in results["accuracy"][name]]


def verdict(results: Results) -> Verdict:
    """By the rule."""
    each = [mean(at(results, cell, kind)) for cell in CELLS for kind in KINDS]
    together = [at(results, cell, *KINDS) for cell in CELLS]
    kind = FAILS
    if min(each) >= 0.9:
        kind = HOLDS
    elif all(mean(v) >= 0.75 and mean(v) - 0.5 > 2 * standard_error(v) for v in together):
        kind = IN_PART
    words = "; ".join(
        f"{CELL_NAMES[cell]} {spread(at(results, cell, 'near'))},"
        f" {spread(at(results, cell, 'far'))}"
        for cell in CELLS
    )
    return Verdict(
        kind,
        Text(
            f"Share of pairs of which the right sentence is likelier, near and far: {words}."
            " Guessing gives 0.5.",
            f"옳은 문장의 확률이 더 높은 쌍의 비율(바로 앞 단어, 먼 단어): {words}."
            " 무작위로 고르면 0.5이다.",
        ),
    )


def tables(results: Results) -> list[Table]:
    """Share of right choices by kind."""
    rows: list[list[str | Text]] = [
        [NAMES[name], *(spread(at(results, name, kind)) for kind in KINDS)] for name in NAMES
    ]
    seeds = len(results["accuracy"]["rnn"])
    return [
        Table(
            [Text("model", "모형"), *KIND_NAMES],
            rows,
            Text(
                "Share of new pairs of which the model gives the right sentence the higher"
                " probability, by whether the word before decides or words at least five later."
                f" Networks: mean ± standard deviation over {seeds} seeds; counts have none.",
                "새 문장 쌍에서 모형이 옳은 문장에 더 높은 확률을 준 비율. 바로 앞 단어가 정하는"
                " 쌍과 다섯 단어 이상 뒤의 단어가 정하는 쌍으로 나누었다. 신경망은 시드"
                f" {seeds}개의 평균 ± 표준편차이고, 빈도 모형에는 시드가 없다.",
            ),
        )
    ]


WORDS = {
    "guess": Text("guessing", "무작위"),
    "x": Text("where the word stands that decides", "뜻을 정하는 단어의 위치"),
    "y": Text("share of right choices", "옳게 고른 비율"),
    "title": Text("Pear or pair? The likelier sentence", "pear인가 pair인가: 더 그럴듯한 문장"),
}


def draw(results: Results, language: str) -> Any:
    """Bars by kind of pair."""
    return bar_figure(KIND_NAMES, results["accuracy"], NAMES, WORDS, language)


CLAIM = Claim(
    name="likelier_sentence",
    number=6,
    statement=Text(
        'A language model prefers "the apple and pear salad" to "the apple and pair salad": of two'
        " sentences that sound alike, the likelier.",
        "언어 모형(language model)은 소리가 같은 두 문장 가운데 더 그럴듯한 것, 곧 “the apple and"
        " pair salad”보다 “the apple and pear salad”에 더 높은 확률을 준다.",
    ),
    experiment=Text(
        "Language models learn from made-up sentences with 16 words that come in pairs of one"
        " sound. On new sentences the probability of each is compared with that of the same"
        " sentence with the other word, where the word before decides and where later words do.",
        "언어 모형은 소리가 같은 단어 여덟 쌍이 든 만든 문장으로 학습한다. 새 문장의 확률을 그"
        " 단어만 바꾼 문장의 확률과 비교하되, 바로 앞 단어가 정하는 경우와 훨씬 뒤의 단어가 정하는"
        " 경우로 나눈다.",
    ),
    rule=Text(
        "Holds: each of RNN, GRU and LSTM gives the right sentence the higher probability in at"
        " least 0.9 of the pairs of both kinds. In part: each does so in at least 0.75 of all"
        " pairs, and above 0.5 by more than twice the standard error. Else it does not hold here.",
        "성립: RNN, GRU, LSTM이 모두 두 종류의 쌍에서 옳은 문장에 더 높은 확률을 주는 비율이 각각"
        " 0.9 이상이다. 부분 성립: 모두 전체 쌍에서 그 비율이 0.75 이상이고, 0.5보다 표준오차의 두"
        " 배 넘게 높다. 그 밖에는 여기서 성립하지 않는다.",
    ),
    measure=measure,
    verdict=verdict,
    tables=tables,
    draw=draw,
    alt=Text(
        "Bars of the share of right choices for two kinds of pairs, for counts of one and of three"
        " words, RNN, GRU and LSTM.",
        "두 종류의 쌍에서 단어 빈도, 세 단어 빈도, RNN, GRU, LSTM이 옳게 고른 비율의 막대그래프.",
    ),
)

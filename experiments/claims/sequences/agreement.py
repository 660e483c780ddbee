"""The cats, which ..., were full: how far apart noun and verb may be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from experiments.claims.claim import FAILS, HOLDS, IN_PART, Claim, Results, Text, Verdict
from experiments.claims.sequences.agreement_report import (
    DISTANCES,
    ENOUGH,
    NAMES,
    TRAININGS,
    at,
    draw,
    reach,
    tables,
)
from experiments.claims.sequences.readers import recurrent_reader, right, side_by_side
from experiments.claims.sequences.sentences import (
    CELL_NAMES,
    ahead,
    by_group,
    padded,
    vocabulary_of,
)
from experiments.claims.shared.numbers import mean, spread
from seqjax.data.builtin.agreement import Agreeing, agreeing
from seqjax.data.vocabulary import Vocabulary

STEPS = {"mixed": 400, "alone": 300}
BATCH = {"mixed": 32, "alone": 16}


def measure(seeds: Sequence[int], say: Callable[[str], None]) -> Results:
    """Accuracy at each distance, by training, cell and seed."""
    train = {d: agreeing(500, [d], seed=d) for d in DISTANCES}
    test = {d: agreeing(100, [d], seed=d, part="test") for d in DISTANCES}
    vocabulary = vocabulary_of(s.words for sentences in train.values() for s in sentences)
    rows, held_out = columns(train, vocabulary), columns(test, vocabulary)

    def flat(arrays: dict[str, Any]) -> dict[str, Any]:
        return {name: np.concatenate(np.swapaxes(each, 0, 1)) for name, each in arrays.items()}

    found: dict[str, dict[str, Any]] = {training: {} for training in TRAININGS}
    for cell in CELL_NAMES:
        reader = recurrent_reader(cell, len(vocabulary))
        correct = right(
            reader, flat(rows), flat(held_out), seeds=seeds, steps=STEPS["mixed"],
            batch=BATCH["mixed"], say=say, name=f"{cell}, all distances",
        )  # fmt: skip
        groups = [distance for distance in DISTANCES for _ in test[distance]]
        found["mixed"][cell] = by_group(correct, groups, DISTANCES)
        correct = right(
            side_by_side(reader, len(DISTANCES)), rows, held_out, seeds=seeds,
            steps=STEPS["alone"], batch=BATCH["alone"], say=say, name=f"{cell}, one distance each",
        )  # fmt: skip
        found["alone"][cell] = correct.mean(1).tolist()
    return {"distances": list(DISTANCES), **found}


def columns(sentences: dict[int, list[Agreeing]], vocabulary: Vocabulary) -> dict[str, np.ndarray]:
    """words int32 [N, G, T], lengths and targets int32 [N, G] for G distances of N sentences."""
    steps = 2 + max(sentences)
    each = [
        padded([s.words for s in group], vocabulary, steps)
        | {"targets": np.array([s.plural for s in group], np.int32)}
        for group in sentences.values()
    ]
    return {name: np.stack([arrays[name] for arrays in each], 1) for name in each[0]}


def grade(results: Results, training: str) -> str:
    """What the rule says of one training."""
    far, near = DISTANCES[-1], DISTANCES[0]
    plain = at(results, training, "rnn", far)
    gaps = [ahead(at(results, training, cell, far), plain) for cell in ("gru", "lstm")]
    reaches = {cell: reach(results, training, cell) for cell in CELL_NAMES}
    if (
        all(mean(at(results, training, cell, near)) >= ENOUGH for cell in CELL_NAMES)
        and min(reaches["gru"], reaches["lstm"]) > reaches["rnn"]
        and all(difference >= 0.2 and clear for difference, clear in gaps)
    ):
        return HOLDS
    return IN_PART if any(gap >= 0.1 and clear for gap, clear in gaps) else FAILS


def verdict(results: Results) -> Verdict:
    """By the rule."""
    grades = {grade(results, training) for training in TRAININGS}
    kind = grades.pop() if len(grades) == 1 else IN_PART
    far = DISTANCES[-1]
    parts = {
        training: Text(*(
            ", ".join(
                f"{name[k]} {reach(results, training, cell)}"
                f" ({spread(at(results, training, cell, far))})"
                for cell, name in NAMES.items()
            )
            for k in range(2)
        ))
        for training in TRAININGS
    }  # fmt: skip
    return Verdict(
        kind,
        Text(
            f"Farthest distance in words with an accuracy of {ENOUGH} at it and below, and accuracy"
            f" at {far} words in parentheses. Trained on all distances: {parts['mixed'].en}."
            f" Trained on that distance alone: {parts['alone'].en}.",
            f"정확도 {ENOUGH} 이상을 유지하는 가장 먼 거리(단어 수)와, 괄호 안에 {far}단어 거리의"
            f" 정확도. 모든 거리로 훈련: {parts['mixed'].ko}. 그"
            f" 거리로만 훈련: {parts['alone'].ko}.",
        ),
    )


CLAIM = Claim(
    name="agreement",
    number=3,
    statement=Text(
        'A plain RNN forgets over a long "which" whether the cat was full or the cats were; GRU and'
        " LSTM remember.",
        "단순 RNN은 긴 “which” 절을 지나면 the cat was인지 the cats were인지 잊지만, GRU와 LSTM은"
        " 기억한다.",
    ),
    experiment=Text(
        "Networks learn to choose was or were at the end of made-up sentences, in which a clause of"
        " 5 to 200 words with other nouns stands between the noun and its verb; some learn from all"
        " distances, others from one distance alone. Their accuracy on new sentences is compared by"
        " distance.",
        "만든 문장의 끝에서 was와 were 가운데 하나를 고르도록 학습한다. 명사와 동사 사이에는 다른"
        " 명사가 섞인 5~200단어의 절이 있고, 신경망은 모든 거리 또는 한 거리의 문장으로만"
        " 학습한다. 새 문장에서 거리별 정확도를 비교한다.",
    ),
    rule=Text(
        "A training is for the claim if at 5 words every cell is right in at least 0.9; GRU and"
        " LSTM both keep 0.9 to a farther distance than the RNN; and at 200 words both are ahead of"
        " it by at least 0.2, and by more than twice the standard error of the difference. It is"
        " for it in part if at 200 words GRU or LSTM is ahead by at least 0.1, and by more than"
        " twice that error. Holds: both trainings are for it. Does not hold here: neither is, not"
        " even in part. Else it holds in part. (Written anew when the second training was added,"
        " after RNN and simple GRU had been seen to learn mixed distances.)",
        "한 훈련이 주장을 뒷받침하는 조건: 5단어 거리에서 모든 셀의 정확도가 0.9 이상이고, GRU와"
        " LSTM은 RNN보다 먼 거리까지 0.9를 유지하며, 200단어 거리에서 둘 다 RNN보다 0.2 이상 앞서고"
        " 그 차이가 표준오차의 두 배를 넘는다. 부분적으로 뒷받침하는 조건: 200단어 거리에서 GRU나"
        " LSTM이 0.1 이상 앞서고 그 차이가 표준오차의 두 배를 넘는다. 두 훈련이 모두 뒷받침하면"
        " 성립하고, 어느 쪽도 부분적으로도 뒷받침하지 않으면 여기서 성립하지 않으며, 그 밖에는"
        " 부분적으로 성립한다. (두 번째 훈련을 더할 때, RNN과 단순 GRU가 섞인 거리를 배우는 것을 본"
        " 뒤에 다시 적었다.)",
    ),
    measure=measure,
    verdict=verdict,
    tables=tables,
    draw=draw,
    alt=Text(
        "Two panels with lines of accuracy against the number of words between noun and verb, for"
        " RNN, simple GRU, GRU and LSTM: trained on all distances, and on that distance alone.",
        "명사와 동사 사이의 단어 수에 따른 RNN, 단순 GRU, GRU, LSTM의 정확도 곡선. 왼쪽은 모든"
        " 거리로, 오른쪽은 그 거리로만 훈련한 결과이다.",
    ),
)

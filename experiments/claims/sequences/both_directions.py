"""Teddy bears and Teddy Roosevelt: what a word is may be said by the words after it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from experiments.claims.claim import FAILS, HOLDS, IN_PART, Claim, Results, Text, Verdict
from experiments.claims.sequences.both_directions_report import (
    CELLS,
    PLACES,
    WAYS,
    at,
    draw,
    tables,
)
from experiments.claims.sequences.sentences import (
    CELL_NAMES,
    ahead,
    for_each_seed,
    padded,
    time_first,
    vocabulary_of,
)
from experiments.claims.shared.numbers import mean, spread
from experiments.claims.shared.population import trained
from seqjax.basics.types import Array, Params
from seqjax.data.builtin.names_or_things import Spoken, names_or_things
from seqjax.models.tagger import Tagger, TaggerConfig, tagger

WIDTHS = {"one": 24, "both": 12}
"""Units in each direction."""
STEPS, BATCH = 200, 32


def measure(seeds: Sequence[int], say: Callable[[str], None]) -> Results:
    """Accuracy at each place, by cell, direction and seed."""
    train = names_or_things(2000, seed=0)
    test = names_or_things(400, seed=1, part="test")
    vocabulary = vocabulary_of(s.words for s in train)
    steps = max(len(s.words) for s in (*train, *test))

    def arrays(sentences: Sequence[Spoken]) -> dict[str, Any]:
        tags = np.zeros((len(sentences), steps), np.int32)
        for row, sentence in zip(tags, sentences, strict=True):
            row[: len(sentence.tags)] = sentence.tags
        return padded([s.words for s in sentences], vocabulary, steps) | {"tags": tags}

    places, held_out = np.array([places_of(s, steps) for s in test]), arrays(test)
    accuracy = {}
    for cell in CELLS:
        for way in WAYS:
            config = TaggerConfig(
                cell=cell, hidden=WIDTHS[way], bidirectional=way == "both", dropout=0.0,
                embedding=16, characters="none",
            )  # fmt: skip
            model = tagger(config, len(vocabulary), 0, 2)

            def loss(params: Params, batch: Any, key: Array, model: Any = model) -> Array:
                value: Array = model.loss(params, (), time_first(batch, "words", "tags"))[0]
                return value

            params = trained(
                model.init, loss, arrays(train), seeds=seeds, steps=STEPS, batch=BATCH, say=say,
                name=f"{cell}, {way}",
            )  # fmt: skip
            batch = time_first(held_out, "words", "tags")
            tags = for_each_seed(functools.partial(predicted, model, batch), params)
            correct = np.swapaxes(tags, 1, 2) == held_out["tags"]
            accuracy[f"{cell} {way}"] = [
                [float(row[places == k].mean()) for k in range(len(PLACES))] for row in correct
            ]
    return {"places": list(PLACES), "accuracy": accuracy}


def predicted(model: Tagger, batch: dict[str, Array], params: Params) -> Array:
    """Tags [T, B]."""
    return model.predict(params, batch)


def places_of(sentence: Spoken, steps: int) -> list[int]:
    """The place of each word, -1 in the padding.

    >>> places_of(Spoken(("he", "said", "teddy", "bears", "win"), (0,) * 5, 2), 6)
    [0, 0, 1, 2, 3, -1]
    """
    after = len(sentence.words) - sentence.first - 2
    places = [0] * sentence.first + [1, 2] + [3] * after
    return places + [-1] * (steps - len(places))


def verdict(results: Results) -> Verdict:
    """By the rule."""
    one = {cell: at(results, cell, "one", "first") for cell in CELLS}
    both = {cell: at(results, cell, "both", "first") for cell in CELLS}
    second = [mean(at(results, cell, way, "second")) for cell in CELLS for way in WAYS]
    gaps = [ahead(both[cell], one[cell]) for cell in CELLS]
    kind = FAILS
    if (
        min(map(mean, both.values())) >= 0.95
        and max(map(mean, one.values())) <= 0.6
        and min(second) >= 0.95
    ):
        kind = HOLDS
    elif any(difference >= 0.1 and clear for difference, clear in gaps):
        kind = IN_PART
    words = "; ".join(
        f"{CELL_NAMES[cell]} {spread(one[cell])}, {spread(both[cell])}" for cell in CELLS
    )
    return Verdict(
        kind,
        Text(
            "Share of first words that are tagged right, in one direction and in both:"
            f" {words}. Guessing gives 0.5.",
            f"첫 단어의 태그를 맞힌 비율(단방향, 양방향): {words}. 무작위로 답하면 0.5이다.",
        ),
    )


CLAIM = Claim(
    name="both_directions",
    number=2,
    statement=Text(
        'A unidirectional tagger cannot tell "Teddy bears" from "Teddy Roosevelt" at the first'
        " word; a bidirectional one can.",
        "단방향 태거(tagger)는 첫 단어에서 “Teddy bears”와 “Teddy Roosevelt”를 구별하지 못하지만,"
        " 양방향(bidirectional) 태거는 구별한다.",
    ),
    experiment=Text(
        "Taggers learn on made-up sentences to mark the words of a person's name, where the first"
        " word fits a person and a thing alike. The share of right tags on new sentences is"
        " compared by the place of the word.",
        "태거는 만든 문장에서 사람 이름에 속한 단어를 표시하도록 학습한다. 이름의 첫 단어는 사람과"
        " 물건에 똑같이 쓰인다. 새 문장에서 단어의 위치별로 태그의 정확도를 비교한다.",
    ),
    rule=Text(
        "Holds: for each of RNN, GRU and LSTM both taggers tag at least 0.95 of the second words"
        " right, and of the first words the bidirectional one at least 0.95 and the other at most"
        " 0.6. In part: for one of them the bidirectional tagger is ahead at the first word by at"
        " least 0.1, and by more than twice the standard error of the difference. Else it does not"
        " hold here.",
        "성립: RNN, GRU, LSTM 모두에서 둘째 단어의 정확도는 두 태거 다 0.95 이상이고, 첫 단어의"
        " 정확도는 양방향이 0.95 이상, 단방향이 0.6 이하이다. 부분 성립: 셋 중 하나라도 첫 단어에서"
        " 양방향이 0.1 이상 앞서고 그 차이가 표준오차의 두 배를 넘는다. 그 밖에는 여기서 성립하지"
        " 않는다.",
    ),
    measure=measure,
    verdict=verdict,
    tables=tables,
    draw=draw,
    alt=Text(
        "Bars of accuracy at four places of a sentence, for taggers in one and in both directions,"
        " a panel for each cell.",
        "문장 안 네 위치의 정확도 막대그래프. 셀마다 단방향과 양방향 태거를 나란히 놓았다.",
    ),
)

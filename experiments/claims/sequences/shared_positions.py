"""What is learned at one place of a sentence holds at others: for an RNN."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from experiments.claims.claim import FAILS, HOLDS, IN_PART, Claim, Results, Text, Verdict
from experiments.claims.sequences.readers import (
    Reader,
    feed_forward_reader,
    recurrent_reader,
    right,
)
from experiments.claims.sequences.sentences import ahead, by_group, padded, vocabulary_of
from experiments.claims.sequences.shared_positions_report import (
    NEW,
    TESTED,
    TRAINED,
    at,
    draw,
    tables,
)
from experiments.claims.sequences.slot_taggers import feed_forward_tagger, recurrent_tagger
from experiments.claims.shared.numbers import mean, spread
from seqjax.data.builtin.placed_names import LONGEST, Placed, placed_names
from seqjax.data.vocabulary import Vocabulary

CELLS = ("rnn", "gru")
STEPS, BATCH = 400, 64


def measure(seeds: Sequence[int], say: Callable[[str], None]) -> Results:
    """Accuracy at each place, of each network, by seed: of tags, and of answers for a sentence."""
    few = placed_names(4000, TRAINED, seed=0)
    everywhere = placed_names(4000, TESTED, seed=1)
    test = [s for p in TESTED for s in placed_names(100, [p], seed=2 + p, part="test")]
    places = [s.position for s in test]
    vocabulary = vocabulary_of(s.words for s in everywhere)
    size = len(vocabulary)

    def measured(name: str, reader: Reader, train: list[Placed], *, tags: bool) -> Any:
        correct = right(
            reader, arrays(train, vocabulary, tags=tags), arrays(test, vocabulary, tags=tags),
            seeds=seeds, steps=STEPS, batch=BATCH, say=say, name=name,
        )  # fmt: skip
        if tags:  # of the second of the two words
            correct = correct[:, np.arange(len(test)), np.array(places) + 1]
        return by_group(correct, places, list(TESTED))

    plain = feed_forward_tagger(size, LONGEST)
    taggers = {"feed_forward": plain} | {cell: recurrent_tagger(cell, size) for cell in CELLS}
    tags = {name: measured(name, tagger, few, tags=True) for name, tagger in taggers.items()}
    tags["everywhere"] = measured("everywhere", plain, everywhere, tags=True)
    readers = {"feed_forward": feed_forward_reader(size, LONGEST)}
    readers |= {cell: recurrent_reader(cell, size) for cell in CELLS}
    answers = {
        name: measured(f"{name}, whole sentence", reader, few, tags=False)
        for name, reader in readers.items()
    }
    return {"positions": list(TESTED), "tags": tags, "answers": answers}


def arrays(sentences: Sequence[Placed], vocabulary: Vocabulary, *, tags: bool) -> dict[str, Any]:
    """Rows first; targets: a tag for each word, [N, T], or whether there is a name, [N]."""
    named = np.array([s.named for s in sentences], np.int32)
    batch = padded([s.words for s in sentences], vocabulary, LONGEST)
    targets = named
    if tags:
        targets = np.zeros_like(batch["words"])
        targets[np.arange(len(sentences)), [s.position + 1 for s in sentences]] = named
    return batch | {"targets": targets}


def verdict(results: Results) -> Verdict:
    """By the rule."""
    rnn, plain = at(results, "rnn", NEW), at(results, "feed_forward", NEW)
    known = [mean(at(results, name, TRAINED)) for name in ("rnn", "feed_forward")]
    difference, clear = ahead(rnn, plain)
    kind = FAILS
    if min(known) >= 0.9 and mean(rnn) >= 0.9 and mean(plain) <= 0.6:
        kind = HOLDS
    elif difference >= 0.1 and clear:
        kind = IN_PART
    a, b = spread(rnn), spread(plain)
    return Verdict(
        kind,
        Text(
            f"Where no name lay in training the RNN tags {a} of the words right, the feed-forward"
            f" network {b}; guessing gives 0.5.",
            f"훈련 때 이름이 없던 위치에서 RNN의 태그 정확도는 {a}, 순방향 신경망은 {b}이다."
            " 무작위로 답하면 0.5이다.",
        ),
    )


CLAIM = Claim(
    name="shared_positions",
    number=1,
    statement=Text(
        "A feed-forward network on padded input does not share what it learned across positions;"
        " an RNN does.",
        "패딩한 입력을 받는 순방향 신경망(feed-forward network)은 한 위치에서 배운 것을 다른"
        " 위치에서 쓰지 못하지만, 순환 신경망(RNN)은 쓴다.",
    ),
    experiment=Text(
        "Networks learn to tag the family name of a name (harry potter), and not the words of its"
        " mirror (potter harry), in sentences of 8 to 14 words where the two begin at slots 1 to 5"
        " alone. Their tags are compared on new sentences with the two words at any slot.",
        "8~14단어 문장에서 이름(harry potter)의 성에는 태그를 달고 순서를 뒤집은 것(potter"
        " harry)에는 달지 않도록 훈련하되, 두 단어는 1~5번 위치에서만 시작한다. 두 단어가 어느"
        " 위치에나 올 수 있는 새 문장에서 태그를 비교한다.",
    ),
    rule=Text(
        "Holds: both tag at least 0.9 right with names where training had them, and with names at"
        " slots 7 to 13 the RNN at least 0.9 and the feed-forward network at most 0.6. In part:"
        " there the RNN is ahead by at least 0.1, and by more than twice the standard error of the"
        " difference. Else it does not hold here.",
        "성립: 훈련한 위치에서는 둘 다 정확도가 0.9 이상이고, 7~13번 위치에서는 RNN이 0.9 이상,"
        " 순방향 신경망이 0.6 이하이다. 부분 성립: 7~13번 위치에서 RNN이 0.1 이상 앞서고 그 차이가"
        " 표준오차의 두 배를 넘는다. 그 밖에는 여기서 성립하지 않는다.",
    ),
    measure=measure,
    verdict=verdict,
    tables=tables,
    draw=draw,
    alt=Text(
        "Lines of accuracy against the slot where a name begins, one for each network. The slots"
        " of training are shaded.",
        "이름이 시작하는 위치에 따른 신경망별 정확도 곡선. 훈련한 위치는 회색으로 칠했다.",
    ),
)

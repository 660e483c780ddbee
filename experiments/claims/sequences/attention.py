"""Long sentences: a decoder that remembers them whole, and one that looks back."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from experiments.claims.claim import FAILS, HOLDS, IN_PART, Claim, Results, Table, Text, Verdict
from experiments.claims.sequences.sentences import ahead, for_each_seed, time_first
from experiments.claims.sequences.translators import arrays, correct_share, translator
from experiments.claims.shared.curves import curves, share
from experiments.claims.shared.numbers import mean, spread
from experiments.claims.shared.population import trained
from experiments.claims.shared.wording import chosen
from seqjax.basics.types import Array, Params
from seqjax.data.builtin.made_up_translations import made_up_translations
from seqjax.diagnostics.plots import style

LENGTHS = (4, 8, 12, 16, 20)
"""Words of test sentences; those of training have any number from 2 to 20."""
STEPS, BATCH = 900, 64
TIMED = ("source", "inputs", "targets")
NAMES = {
    "none": Text("without attention", "어텐션 없음"),
    "dot": Text("with attention", "어텐션 있음"),
}


def measure(seeds: Sequence[int], say: Callable[[str], None]) -> Results:
    """Share of right words at each length, with and without attention, by seed."""
    longest = LENGTHS[-1]
    train = arrays(made_up_translations(8000, range(2, longest + 1), seed=0), longest)
    pairs = [p for n in LENGTHS for p in made_up_translations(100, [n], seed=n, part="test")]
    test, lengths = time_first(arrays(pairs, longest), *TIMED), [len(p.source) for p in pairs]
    quality = {}
    for name in NAMES:
        model = translator(name)

        def loss(params: Params, batch: Any, key: Array, model: Any = model) -> Array:
            value: Array = model.loss(params, (), time_first(batch, *TIMED))[0]
            return value

        params = trained(
            model.init, loss, train, seeds=seeds, steps=STEPS, batch=BATCH, say=say,
            name=NAMES[name].en,
        )  # fmt: skip
        shares = for_each_seed(functools.partial(correct_share, model, batch=test), params)
        quality[name] = [
            [float(row[np.array(lengths) == length].mean()) for length in LENGTHS] for row in shares
        ]
    return {"lengths": list(LENGTHS), "quality": quality}


def at(results: Results, name: str, length: int) -> list[float]:
    """Share of right words by seed."""
    return [row[LENGTHS.index(length)] for row in results["quality"][name]]


def verdict(results: Results) -> Verdict:
    """By the rule."""
    short, long = LENGTHS[0], LENGTHS[-1]
    plain, attentive = at(results, "none", long), at(results, "dot", long)
    difference, clear = ahead(attentive, plain)
    first_plain, first_attentive = at(results, "none", short), at(results, "dot", short)
    first_difference, _ = ahead(first_attentive, first_plain)
    kind = FAILS
    if (
        min(mean(first_plain), mean(first_attentive), mean(attentive)) >= 0.9
        and mean(plain) <= mean(first_plain) - 0.3
        and clear
    ):
        kind = HOLDS
    elif difference >= 0.1 and clear and difference > first_difference:
        kind = IN_PART
    from_to = [spread(each) for each in (first_plain, plain, first_attentive, attentive)]
    return Verdict(
        kind,
        Text(
            f"From {short} to {long} words the share of right words goes from {from_to[0]} to"
            f" {from_to[1]} without attention, and from {from_to[2]} to {from_to[3]} with it.",
            f"문장이 {short}단어에서 {long}단어로 길어지면 맞힌 단어의 비율은 어텐션이 없을 때"
            f" {from_to[0]}에서 {from_to[1]}, 있을 때 {from_to[2]}에서 {from_to[3]}이 된다.",
        ),
    )


def tables(results: Results) -> list[Table]:
    """Quality by length."""
    rows: list[list[str | Text]] = [
        [NAMES[name], *(spread(at(results, name, length)) for length in LENGTHS)] for name in NAMES
    ]
    seeds = len(results["quality"]["dot"])
    return [
        Table(
            [Text("decoder", "디코더"), *(Text(f"{n} words", f"{n}단어") for n in LENGTHS)],
            rows,
            Text(
                "Share of words that greedy translations of new sentences have right at their"
                f" place, by the length of the sentence. Mean ± standard deviation over {seeds}"
                " seeds.",
                "새 문장을 탐욕적으로(greedy) 번역했을 때 제자리에 맞게 나온 단어의 비율, 문장"
                f" 길이별. 시드 {seeds}개의 평균 ± 표준편차.",
            ),
        )
    ]


WORDS = {
    "x": Text("words of the sentence", "문장의 단어 수"),
    "y": Text("share of right words", "맞힌 단어의 비율"),
    "guess": Text("guessing", "무작위"),
    "title": Text("Quality of translation against length", "문장 길이에 따른 번역 품질"),
}


def draw(results: Results, language: str) -> Any:
    """Quality against length."""
    said = {name: chosen(text, language) for name, text in (WORDS | NAMES).items()}
    with style.context(language):
        figure, axes = style.figure()
        curves(axes, results["lengths"], results["quality"], said)
        share(axes, 1 / 40, said["guess"])
        axes.set_xticks(results["lengths"])
        axes.set(xlabel=said["x"], ylabel=said["y"], title=said["title"])
        axes.legend(loc="center right")
    return figure


CLAIM = Claim(
    name="attention",
    number=16,
    statement=Text(
        "A decoder without attention loses long sentences; with attention it does not.",
        "어텐션(attention)이 없는 디코더는 긴 문장을 잃어버리지만, 있으면 그렇지 않다.",
    ),
    experiment=Text(
        "Encoder-decoders learn to translate sentences of 2 to 20 words, word by word, from one"
        " made-up language into another. The share of words that they get right in new sentences"
        " is compared by length, with and without attention.",
        "인코더-디코더는 만든 언어의 2~20단어 문장을 다른 언어로 단어마다 옮기도록 학습한다. 새"
        " 문장에서 맞힌 단어의 비율을 어텐션이 있을 때와 없을 때 문장 길이별로 비교한다.",
    ),
    rule=Text(
        "Holds: both get at least 0.9 of the words right in sentences of 4 words, and of 20 words"
        " the decoder with attention at least 0.9, the other at least 0.3 less than of 4 words and"
        " less than the first by more than twice the standard error of the difference. In part: at"
        " 20 words attention is ahead by at least 0.1, by more than at 4 words, and by more than"
        " twice that error. Else it does not hold here.",
        "성립: 4단어 문장에서는 둘 다 0.9 이상이고, 20단어 문장에서는 어텐션이 있으면 0.9 이상,"
        " 없으면 4단어 때보다 0.3 이상 낮으며 둘의 차이가 표준오차의 두 배를 넘는다. 부분 성립:"
        " 20단어에서 어텐션이 0.1 이상, 4단어 때보다 크게 앞서고 그 차이가 표준오차의 두 배를"
        " 넘는다. 그 밖에는 여기서 성립하지 않는다.",
    ),
    measure=measure,
    verdict=verdict,
    tables=tables,
    draw=draw,
    alt=Text(
        "Two lines of the share of right words against the length of the sentence, with and"
        " without attention.",
        "문장 길이에 따른 맞힌 단어 비율의 곡선 두 개. 어텐션이 있을 때와 없을 때이다.",
    ),
)

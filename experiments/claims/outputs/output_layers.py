"""Claim: hierarchical softmax and sampled negatives make large vocabularies affordable."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from experiments.claims.claim import FAILS, HOLDS, IN_PART, Claim, Results, Table, Text, Verdict
from experiments.claims.outputs.output_trials import (
    FULL_UPDATES,
    LEARNED,
    NAMES,
    OUTPUTS,
    SAMPLES,
    VOCABULARIES,
    WORDS,
    at_equal_time,
    measure,
)
from experiments.claims.shared.numbers import mean, spread, standard_error
from experiments.claims.shared.wording import chosen
from seqjax.diagnostics.plots import style

GROWTH, CHEAPER = 4, 5
"""What the rule asks: how many times less growth, and how many times cheaper."""
LABELS = {
    "softmax": Text("full softmax", "전체 소프트맥스"),
    "hierarchical": Text("hierarchical softmax", "계층적 소프트맥스"),
    "negative": Text("negative sampling", "네거티브 샘플링"),
    "full": Text("full softmax", "전체 소프트맥스"),
    "adaptive": Text("adaptive softmax", "적응 소프트맥스"),
    "sampled": Text("sampled softmax", "표본 소프트맥스"),
}


def verdict(results: Results) -> Verdict:
    """By RULE."""
    cost, quality = results["cost"], at_equal_time(results)
    growth = {name: values[-1] / values[0] for name, values in cost.items()}
    whole, tree, negative = OUTPUTS
    times = {name: cost[whole][-1] / cost[name][-1] for name in OUTPUTS[1:]}
    cheap = all(
        growth[name] * GROWTH <= growth[whole] and times[name] >= CHEAPER for name in OUTPUTS[1:]
    )
    best = min(NAMES[1:], key=lambda name: mean(quality[name]))
    gain = mean(quality["full"]) - mean(quality[best])
    error = math.hypot(standard_error(quality["full"]), standard_error(quality[best]))
    better = gain > 2 * error
    return Verdict(
        HOLDS if cheap and better else IN_PART if cheap or better else FAILS,
        Text(
            f"From {VOCABULARIES[0]:,} to {VOCABULARIES[-1]:,} words the cost of the full softmax"
            f" grows {growth[whole]:.0f} times, that of the hierarchical {growth[tree]:.1f} and of"
            f" negative sampling {growth[negative]:.1f} times; these are {times[tree]:.0f} and"
            f" {times[negative]:.0f} times cheaper at the end. After equal time the {best} softmax"
            f" of a language model is {gain:.2f} nats per word ahead of the full one.",
            f"단어가 {VOCABULARIES[0]:,}개에서 {VOCABULARIES[-1]:,}개로 늘면 전체 소프트맥스의"
            f" 비용은 {growth[whole]:.0f}배, 계층적 소프트맥스는 {growth[tree]:.1f}배, 네거티브"
            f" 샘플링은 {growth[negative]:.1f}배가 된다. 끝에서 두 방법은 각각 {times[tree]:.0f}배,"
            f" {times[negative]:.0f}배 싸다. 같은 시간 뒤에 언어 모델의"
            f" {chosen(LABELS[best], 'ko')}는 전체 소프트맥스보다 단어당 {gain:.2f}nat 앞선다.",
        ),
    )


def tables(results: Results) -> list[Table]:
    """Milliseconds by vocabulary; nats at equal time."""
    quality, trained = at_equal_time(results), results["trained"]
    cost = [
        [f"{size:,}", *(f"{1e3 * results['cost'][name][i]:.2f}" for name in OUTPUTS)]
        for i, size in enumerate(VOCABULARIES)
    ]
    rows: list[list[str | Text]] = [
        [
            LABELS[name],
            f"{1e3 * part['seconds']:.1f}",
            f"{FULL_UPDATES * trained['full']['seconds'] / part['seconds']:.0f}",
            spread(quality[name]),
        ]
        for name, part in trained.items()
    ]
    return [
        Table(
            [Text("words", "단어 수"), *(LABELS[name] for name in OUTPUTS)],
            cost,
            Text(
                f"Milliseconds of a pass of skip-gram over {WORDS} words, 5 negatives; the fastest"
                " of 3 runs.",
                f"단어 {WORDS}개에 대한 스킵그램(skip-gram) 학습 시간(밀리초), 네거티브 5개. 세 번"
                " 가운데 가장 빠른 것.",
            ),
        ),
        Table(
            [
                Text("output layer", "출력층"),
                Text("ms per update", "갱신당 ms"),
                Text("updates in that time", "그 시간의 갱신 횟수"),
                Text("nats per word", "단어당 nat"),
            ],
            rows,
            Text(
                f"Language models of a made-up language of {LEARNED:,} words, whose entropy is"
                f" {results['entropy']:.3f} nats per word; {SAMPLES} samples; held-out pairs,"
                f" all judged by exact probabilities. n = {len(results['seeds'])} seeds.",
                f"단어 {LEARNED:,}개인 인공 언어(엔트로피는 단어당 {results['entropy']:.3f}nat)."
                f" 표본 {SAMPLES}개. 학습에 쓰지 않은 쌍에 대한 정확한 확률로 평가한다."
                f" n = {len(results['seeds'])}(시드).",
            ),
        ),
    ]


def draw(results: Results, language: str) -> Any:
    """Cost against the vocabulary, and nats against seconds."""
    with style.context(language):
        figure, (left, right) = style.figure(1, 2, width=10, height=4)
        for panel, names in ((left, OUTPUTS), (right, NAMES)):
            for i, name in enumerate(names):
                look = {
                    "label": chosen(LABELS[name], language), "color": style.colour("", i),
                    "marker": style.MARKERS[i],
                }  # fmt: skip
                if panel is left:
                    panel.loglog(VOCABULARIES, 1e3 * np.asarray(results["cost"][name]), **look)
                    continue
                part = results["trained"][name]
                curves = np.asarray(part["curves"])
                seconds = part["seconds"] * part["every"] * (1 + np.arange(curves.shape[1]))
                panel.plot(seconds, curves.mean(0), **look)
        floor = chosen(Text("entropy", "엔트로피"), language)
        right.axhline(results["entropy"], linestyle=":", color="#444444", label=floor)
        left.set_title(chosen(Text("Cost of word vectors", "단어 벡터 학습의 비용"), language))
        left.set_xlabel(chosen(Text("words in the vocabulary", "어휘의 단어 수"), language))
        left.set_ylabel(chosen(Text("milliseconds", "밀리초"), language))
        right.set_title(chosen(Text("Language models", "언어 모델"), language))
        right.set_xlabel(chosen(Text("seconds of training", "학습 시간(초)"), language))
        right.set_ylabel(chosen(Text("nats per word", "단어당 nat"), language))
        left.legend()
        right.legend()
    return figure


CLAIM = Claim(
    name="output_layers",
    number=12,
    statement=Text(
        "A softmax over all words costs too much for a large vocabulary; a hierarchy of classes or"
        " a few sampled negatives cost nearly the same for any, and learn as well or better in the"
        " same time.",
        "모든 단어에 대한 소프트맥스는 어휘가 크면 너무 비싸다. 계층적 소프트맥스(hierarchical"
        " softmax)나 몇 개의 네거티브 샘플(negative sampling)은 어휘의 크기와 거의 무관한 비용으로"
        " 같은 시간에 그만큼 또는 더 잘 배운다.",
    ),
    experiment=Text(
        "Skip-gram vectors of 1,000 to 100,000 words are trained with the full softmax, with a"
        " Huffman tree and with 5 negatives, and timed. Language models with the full, the adaptive"
        " (a hierarchy of two levels) and the sampled softmax then learn a made-up language for as"
        " long.",
        "단어 1,000개부터 100,000개까지의 스킵그램 벡터를 전체 소프트맥스, 허프만 트리(Huffman"
        " tree), 네거티브 5개로 학습하며 시간을 잰다. 이어서 전체, 적응(두 단계 계층, adaptive),"
        " 표본(sampled) 소프트맥스를 쓰는 언어 모델이 같은 시간 동안 인공 언어를 배운다.",
    ),
    rule=Text(
        f"cheap: from 1,000 to 100,000 words the cost of both others grows at most a {GROWTH}th of"
        f" what that of the full softmax grows, and both are at least {CHEAPER} times cheaper at"
        " the end. better: after equal time the better of both is ahead of the full softmax by more"
        " than twice the standard error of the difference. Holds: both. In part: one of them."
        " (Since a first trial costs are those of updates that touch some rows alone, as in"
        " word2vec.)",
        f"비용: 단어 1,000개에서 100,000개까지 두 방법의 비용 증가율이 전체 소프트맥스의"
        f" {GROWTH}분의 1 이하이고, 끝에서 둘 다 {CHEAPER}배 이상 싸다. 품질: 같은 시간 뒤에 둘"
        " 가운데 나은 것이 차이의 표준 오차의 두 배를 넘게 전체 소프트맥스를 앞선다. 성립: 둘 다."
        " 부분 성립: 하나만. (첫 시험 뒤로 비용은 word2vec처럼 일부 행만 고치는 갱신의 비용이다.)",
    ),
    measure=measure,
    verdict=verdict,
    tables=tables,
    draw=draw,
    alt=Text(
        "Two panels: milliseconds against the size of the vocabulary on logarithmic axes, for the"
        " full softmax, the tree and negative sampling; and nats per word of held-out pairs against"
        " seconds of training, for the full, the adaptive and the sampled softmax.",
        "두 그림: 로그 축에서 어휘의 크기에 따른 시간(밀리초)을 전체 소프트맥스, 트리, 네거티브"
        " 샘플링에 대해, 학습 시간에 따른 단어당 nat을 전체, 적응, 표본 소프트맥스에 대해 그린"
        " 것이다.",
    ),
)

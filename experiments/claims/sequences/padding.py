"""Padding with zeros: what a network does that is not told where a sentence ends."""

from __future__ import annotations

from typing import Any

import numpy as np

from experiments.claims.claim import FAILS, HOLDS, IN_PART, Claim, Results, Table, Text, Verdict
from experiments.claims.sequences.padded_readers import NETWORKS, TRAINED, WAYS, measure
from experiments.claims.sequences.sentences import CELL_NAMES, ahead
from experiments.claims.shared.curves import curves, share
from experiments.claims.shared.numbers import spread
from experiments.claims.shared.wording import chosen
from seqjax.diagnostics.plots import style

COST = 0.05
"""Of the rule: accuracy that is lost."""


def lost(results: Results, cell: str) -> dict[int, float]:
    """By padding: accuracy that is lost without lengths, where that is clear of chance, else 0."""
    told, untold = (np.array(results["accuracy"][f"{cell} {way}"]).T.tolist() for way in WAYS)
    gaps = [ahead(*each) for each in zip(told, untold, strict=True)]
    losses = [difference if clear else 0.0 for difference, clear in gaps]
    return dict(zip(results["paddings"], losses, strict=True))


def verdict(results: Results) -> Verdict:
    """By the rule."""
    losses = {cell: lost(results, cell) for cell in NETWORKS}
    stable = all(max(results["changed"][f"{cell} lengths"]) == 0 for cell in NETWORKS)
    dear = [max(losses[cell].values()) >= COST for cell in NETWORKS]
    kind = FAILS
    if stable and any(dear):
        kind = HOLDS if all(dear) else IN_PART
    names = ", ".join(str(steps) for steps in results["paddings"])
    en, ko = [], []
    for cell in NETWORKS:
        columns = np.array(results["accuracy"][f"{cell} none"]).T.tolist()
        scores = ", ".join(spread(column) for column in columns)
        moved = spread(results["changed"][f"{cell} none"])
        where = ", ".join(str(steps) for steps, loss in losses[cell].items() if loss >= COST)
        en.append(
            f"{CELL_NAMES[cell]} {scores}, clearly less than with lengths at {where or 'none'};"
            f" padding changes {moved} of its answers"
        )
        ko.append(
            f"{CELL_NAMES[cell]} {scores}, 길이를 줄 때보다 분명히 낮은 곳: {where or '없음'}, 답이"
            f" 바뀌는 비율 {moved}"
        )
    still = ("With lengths padding changes no answer.", "길이를 주면 어떤 답도 바뀌지 않는다.")
    if not stable:
        still = ("Even with lengths padding changes answers.", "길이를 주어도 답이 바뀐다.")
    return Verdict(
        kind,
        Text(
            f"Accuracy without lengths at {names} steps: {'. '.join(en)}. {still[0]}",
            f"길이를 주지 않을 때의 정확도({names} 스텝): {'. '.join(ko)}. {still[1]}",
        ),
    )


def tables(results: Results) -> list[Table]:
    """Accuracy by padding, and how many answers it changes."""
    rows: list[list[str | Text]] = []
    for cell in NETWORKS:
        for way in WAYS:
            name = f"{cell} {way}"
            columns = np.array(results["accuracy"][name]).T.tolist()
            changed = results["changed"][name]
            label = Text(*(f"{CELL_NAMES[cell]}, {words}" for words in WAYS[way]))
            rows.append([label, *(spread(column) for column in columns), spread(changed)])
    seeds = len(results["changed"]["rnn none"])
    paddings = [Text(f"T = {steps}", f"T = {steps}") for steps in results["paddings"]]
    return [
        Table(
            [Text("network", "신경망"), *paddings, Text("answers changed", "바뀐 답의 비율")],
            rows,
            Text(
                f"Share of 500 new reviews that are told right, padded to T steps (trained at"
                f" {TRAINED}), and share of answers that differ between these paddings. Mean ±"
                f" standard deviation over {seeds} seeds.",
                f"T 스텝으로 채운 새 리뷰 500개를 맞힌 비율(학습은 T = {TRAINED})과, 채운 길이에"
                f" 따라 답이 달라지는 리뷰의 비율. 시드 {seeds}개의 평균 ± 표준편차.",
            ),
        )
    ]


def draw(results: Results, language: str) -> Any:
    """Accuracy against padding, a panel a network."""
    with style.context(language):
        figure, axes = style.figure(1, len(NETWORKS), 8.5, 4)
        for cell, each in zip(NETWORKS, axes, strict=True):
            values = {way: results["accuracy"][f"{cell} {way}"] for way in WAYS}
            labels = {way: chosen(text, language) for way, text in WAYS.items()}
            curves(each, results["paddings"], values, labels)
            share(each, 0.5, chosen(Text("guessing", "무작위"), language))
            each.set_xscale("log", base=2)
            each.set_xticks(results["paddings"], [str(steps) for steps in results["paddings"]])
            each.set_title(CELL_NAMES[cell])
        axes[0].set_ylabel(chosen(Text("accuracy", "정확도"), language))
        axes[0].legend(loc="lower left")
        figure.supxlabel(
            chosen(Text(f"steps that batches are padded to (trained at {TRAINED})",
                        f"배치를 채운 스텝 수 (학습은 {TRAINED})"), language)
        )  # fmt: skip
        figure.suptitle(chosen(Text("What padding costs", "패딩의 대가"), language))
    return figure


CLAIM = Claim(
    name="padding",
    number=17,
    statement=Text(
        "Sentences that are padded with zeros need their lengths: a network without them pays for"
        " the padding, one that has them does not see it.",
        "0으로 채운(padding) 문장에는 길이 정보가 필요하다. 길이를 모르는 신경망은 패딩의 대가를"
        " 치르고, 길이를 아는 신경망은 패딩의 영향을 받지 않는다.",
    ),
    experiment=Text(
        "An RNN and a GRU read made-up reviews, padded to 40 steps, and classify the state at each"
        " review's end, or, without lengths, that of step 40. Accuracy on new reviews is compared,"
        " padded to 16, 40 and 160 steps.",
        "RNN과 GRU가 40 스텝으로 채운 만든 리뷰를 읽고, 각 리뷰가 끝난 곳의 상태를, 길이를 주지"
        " 않을 때는 40번째 스텝의 상태를 분류한다. 16, 40, 160 스텝으로 채운 새 리뷰의 정확도를"
        " 비교한다.",
    ),
    rule=Text(
        "Holds: with lengths no answer changes with padding, at any seed, and without them each"
        f" network loses at least {COST} of accuracy at one of the paddings, and more than twice"
        " the standard error of the difference. In part: no answer changes with lengths, and one"
        " of the networks loses as much. Else it does not hold here.",
        "성립: 길이를 주면 모든 시드에서 패딩에 따라 바뀌는 답이 없고, 길이를 주지 않으면 두"
        f" 신경망 모두 어떤 패딩에서 정확도를 {COST} 이상, 그리고 차이의 표준오차의 두 배보다 많이"
        " 잃는다. 부분 성립: 길이를 주면 바뀌는 답이 없고, 한 신경망만 그만큼 잃는다. 그 밖에는"
        " 여기서 성립하지 않는다.",
    ),
    measure=measure,
    verdict=verdict,
    tables=tables,
    draw=draw,
    alt=Text(
        "Accuracy against the steps that batches are padded to, with and without lengths, a panel"
        " for each network.",
        "배치를 채운 스텝 수에 따른 정확도. 신경망마다 길이를 준 경우와 주지 않은 경우를 그렸다.",
    ),
)

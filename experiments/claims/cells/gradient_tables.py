"""The figures of the claim about gradients, as tables."""

from __future__ import annotations

import math

from experiments.claims.cells import clipping, gradient_reach
from experiments.claims.cells.gradient_plot import WAYS
from experiments.claims.claim import Results, Table, Text
from experiments.claims.shared.numbers import spread

NEAR = 10
"""A distance beyond what happens once, at the output."""


def tables(results: Results) -> list[Table]:
    """Rates by radius; the slope; the forget gate; singular values; clipping."""
    return [
        _rates(results),
        _slopes(results),
        _gates(results),
        _singular(results),
        _clipping(results),
    ]


def _count(results: Results) -> str:
    return str(len(results["seeds"]))


def _rates(results: Results) -> Table:
    rows = []
    place = gradient_reach.DISTANCES.index(gradient_reach.FAR)
    for cell, part in results["reach"]["radius"].items():
        for i, radius in enumerate(gradient_reach.RADII):
            ends = [seed[place] / math.log(10) for seed in part["gradient"][i]]
            weights = [seed / math.log(10) for seed in part["weight_gradient"][i]]
            rows.append(
                [
                    f"{cell.upper()}, {radius:g}",
                    spread(ends),
                    spread(part["exponent"][i]),
                    spread(weights),
                ]
            )
    return Table(
        [
            Text("cell, spectral radius", "셀, 스펙트럼 반지름"),
            Text("log10 of the gradient at distance 50", "거리 50에서 기울기의 log10"),
            Text("largest Lyapunov exponent", "최대 랴푸노프 지수(Lyapunov exponent)"),
            Text("log10 of |dL/dw_h| over 50 steps", "50스텝에 걸친 |dL/dw_h|의 log10"),
        ],
        rows,
        Text(
            "Networks of 32 units as they begin, inputs of size 0.1. Gradients are relative to that"
            f" at distance 0; exponents in nats a step. n = {_count(results)} seeds.",
            "유닛 32개인 초기 상태의 신경망, 입력의 크기 0.1. 기울기는 거리 0에서의 값에 대한"
            f" 비이고, 지수의 단위는 스텝당 nat이다. n = {_count(results)}(시드).",
        ),
    )


def _slopes(results: Results) -> Table:
    part = results["reach"]["size"]
    place = gradient_reach.DISTANCES.index(gradient_reach.FAR)
    rows = [
        [
            f"{size:g}",
            spread([seed[place] / gradient_reach.FAR for seed in part["gradient"][i]]),
            spread(part["slope"][i]),
            spread(part["exponent"][i]),
        ]
        for i, size in enumerate(gradient_reach.SIZES)
    ]
    return Table(
        [
            Text("size of inputs", "입력의 크기"),
            Text("change of ln |dL/dh| a step", "스텝당 ln |dL/dh|의 변화"),
            Text("mean of ln (1 - h²)", "ln (1 - h²)의 평균"),
            Text("largest Lyapunov exponent", "최대 랴푸노프 지수"),
        ],
        rows,
        Text(
            "An RNN with orthogonal recurrent weights: without the slope 1 - h² of tanh the change"
            f" would be 0 exactly. n = {_count(results)} seeds.",
            "순환 가중치가 직교 행렬인 RNN: tanh의 미분계수 1 - h²이 없다면 변화는 정확히 0이다."
            f" n = {_count(results)}(시드).",
        ),
    )


def _gates(results: Results) -> Table:
    sizes = {"forget": gradient_reach.QUIET, "loud_forget": gradient_reach.LOUD}
    place = gradient_reach.DISTANCES.index(gradient_reach.FAR)
    near = gradient_reach.DISTANCES.index(NEAR)
    names = ("log_gate", "open", "input_saturated", "output_saturated", "memory_slope")
    rows = [
        [
            f"{bias:g}, {size:g}",
            spread([seed[place] / math.log(10) for seed in part["gradient"][i]]),
            spread([(seed[place] - seed[near]) / math.log(10) for seed in part["gradient"][i]]),
            *(spread(part[name][i]) for name in names),
        ]
        for part, size in ((results["reach"][name], size) for name, size in sizes.items())
        for i, bias in enumerate(gradient_reach.BIASES)
    ]
    return Table(
        [
            Text("bias, size of inputs", "편향, 입력의 크기"),
            Text("log10 of the gradient at distance 50", "거리 50에서 기울기의 log10"),
            Text("its change from 10 to 50", "10에서 50까지의 변화"),
            Text("mean of ln f", "ln f의 평균"),
            Text("share of f above 0.9", "0.9를 넘는 f의 비율"),
            Text("input gates below 0.1 or above 0.9", "0.1 미만이거나 0.9를 넘는 입력 게이트"),
            Text("output gates, the same", "출력 게이트, 같은 기준"),
            Text("slope 1 - tanh(c)² at the end", "끝에서의 미분계수 1 - tanh(c)²"),
        ],
        rows,
        Text(
            "LSTM of 32 units as it begins, by the bias of its forget gate; spectral radius 0.9."
            " With an open gate gradients hardly change with distance, but once: inputs pile up in"
            " the memory c until the tanh that reads it is flat."
            f" n = {_count(results)} seeds.",
            "유닛 32개인 초기 상태의 LSTM, 망각 게이트(forget gate)의 편향에 따라. 스펙트럼 반지름"
            " 0.9. 게이트가 열려 있으면 기울기는 거리에 따라 거의 변하지 않지만, 한 번은 줄어든다:"
            " 입력이 기억 c에 쌓여 그것을 읽는 tanh가 평평해지기 때문이다."
            f" n = {_count(results)}(시드).",
        ),
    )


def _singular(results: Results) -> Table:
    part = results["reach"]["singular"]
    rows = [
        [
            f"{radius:g}, {distance}",
            *(
                spread([seed[k][which] / math.log(10) for seed in part["log_values"][i]])
                for which in range(3)
            ),
        ]
        for i, radius in enumerate(gradient_reach.RADII)
        for k, distance in enumerate(gradient_reach.PRODUCTS)
    ]
    return Table(
        [
            Text("spectral radius, steps", "스펙트럼 반지름, 스텝 수"),
            Text("largest, log10", "최댓값, log10"),
            Text("middle, log10", "중앙값, log10"),
            Text("smallest, log10", "최솟값, log10"),
        ],
        rows,
        Text(
            "Singular values of the product of step Jacobians of an RNN."
            f" n = {_count(results)} seeds.",
            "RNN의 스텝 야코비 행렬(Jacobian)의 곱의 특잇값(singular value)."
            f" n = {_count(results)}(시드).",
        ),
    )


def _clipping(results: Results) -> Table:
    rows: list[list[str | Text]] = []
    for way, part in results["clipping"].items():
        ends = [curve[-1] for curve in part["loss"] if curve[-1] is not None]
        largest = [value for value in part["largest_norm"] if value is not None]
        cosines = [value for value in part["cosine"] if value is not None]
        diverged = sum(part["diverged"])
        rows.append(
            [
                WAYS[way],
                f"{diverged} / {_count(results)}",
                spread(ends),
                spread(largest),
                spread(cosines),
            ]
        )
    return Table(
        [
            Text("clipping", "클리핑"),
            Text("diverged", "발산"),
            Text("loss of those that did not", "발산하지 않은 학습의 손실"),
            Text("largest norm of a gradient", "기울기 노름의 최댓값"),
            Text("cosine with the gradient", "원래 기울기와의 코사인"),
        ],
        rows,
        Text(
            f"Mean squared error on quiet rows after {clipping.UPDATES} updates; always guessing 0"
            f" has {clipping.GUESS:.3f}. n = {_count(results)} seeds.",
            f"{clipping.UPDATES}번 갱신한 뒤 조용한 행에서의 평균 제곱 오차. 항상 0으로 답하면"
            f" {clipping.GUESS:.3f}이다. n = {_count(results)}(시드).",
        ),
    )

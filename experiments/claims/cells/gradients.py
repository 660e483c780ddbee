"""Claim: gradients vanish or explode on their way back through time, and clipping helps."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from experiments.claims.cells import clipping, gradient_reach
from experiments.claims.cells.gradient_plot import draw
from experiments.claims.cells.gradient_tables import tables
from experiments.claims.claim import FAILS, HOLDS, IN_PART, Claim, Results, Text, Verdict
from experiments.claims.shared.numbers import mean

SMALL, LARGE, SLOPE, KEPT = 1e-2, 1e2, 0.1, 0.3
"""What the rule asks of |dL/dh| at distance FAR, relative to that at distance 0."""


def measure(seeds: Sequence[int], say: Callable[[str], None]) -> dict[str, Any]:
    """Networks as they begin, then short trainings."""
    return {
        "seeds": list(seeds),
        "reach": gradient_reach.measure(seeds, say),
        "clipping": clipping.measure(seeds, say),
    }


def far(part: Mapping[str, Any], setting: int) -> float:
    """ln |dL/dh| at distance FAR, the mean over seeds, of a setting's number."""
    place = gradient_reach.DISTANCES.index(gradient_reach.FAR)
    return mean([seed[place] for seed in part["gradient"][setting]])


def findings(results: Results) -> dict[str, tuple[bool, float]]:
    """Whether each part of the rule is fulfilled, and by which number."""
    reach, trained = results["reach"], results["clipping"]
    radii, sizes = gradient_reach.RADII, gradient_reach.SIZES
    vanish = far(reach["radius"]["rnn"], radii.index(0.9))
    explode = far(reach["radius"]["rnn"], radii.index(2.0))
    slope = far(reach["size"], sizes.index(1.0))
    shut, kept = (far(reach["forget"], gradient_reach.BIASES.index(b)) for b in (0.0, 5.0))
    diverged = mean([float(each) for each in trained["none"]["diverged"]])
    ends = [curve[-1] for way in ("value", "norm") for curve in trained[way]["loss"]]
    worst = max(math.inf if end is None else end for end in ends)
    return {
        "vanish": (vanish <= math.log(SMALL), vanish),
        "explode": (explode >= math.log(LARGE), explode),
        "slope": (slope <= math.log(SLOPE), slope),
        "gate": (kept >= math.log(KEPT) and shut <= math.log(SMALL), kept),
        "clipping": (diverged >= 0.5 and worst <= clipping.GUESS / 2, diverged),
    }


def verdict(results: Results) -> Verdict:
    """By RULE."""
    found = findings(results)
    true = [name for name, (fulfilled, _) in found.items() if fulfilled]
    kind = IN_PART if "vanish" in true and len(true) > 1 else FAILS
    kind = HOLDS if len(true) == len(found) else kind
    times = {name: f"{math.exp(value):.2g}" for name, (_, value) in found.items()}
    share = f"{found['clipping'][1]:.0%}"
    parts = Text(*(", ".join(PARTS[name][k] for name in true) or "-" for k in range(2)))
    return Verdict(
        kind,
        Text(
            f"At distance {gradient_reach.FAR} the gradient of an RNN is {times['vanish']} times"
            f" what it began as with spectral radius 0.9, {times['explode']} times with 2.0, and"
            f" {times['slope']} times with 1.0 and inputs of size 1; that of an LSTM with open"
            f" forget gates {times['gate']} times. Without clipping {share} of the trainings"
            f" diverged. Fulfilled: {parts.en}.",
            f"거리 {gradient_reach.FAR}에서 RNN의 기울기는 스펙트럼 반지름이 0.9이면 처음의"
            f" {times['vanish']}배, 2.0이면 {times['explode']}배, 1.0이고 입력의 크기가 1이면"
            f" {times['slope']}배가 된다. 망각 게이트가 열린 LSTM에서는 {times['gate']}배이다."
            f" 클리핑이 없으면 학습의 {share}가 발산했다. 충족된 항목: {parts.ko}.",
        ),
    )


PARTS = {
    "vanish": Text("vanish", "소실"),
    "explode": Text("explode", "폭주"),
    "slope": Text("slope", "미분계수"),
    "gate": Text("gate", "게이트"),
    "clipping": Text("clipping", "클리핑"),
}
"""Of the rule, as ``findings`` has them."""
STATEMENT = Text(
    "Gradients shrink or grow exponentially with the number of steps they go back through; tanh"
    " makes them vanish, an open gate keeps them, and clipping makes exploding ones harmless.",
    "기울기는 거슬러 올라간 스텝 수에 따라 지수적으로 줄거나(기울기 소실, vanishing gradient)"
    " 커진다(기울기 폭주, exploding gradient). tanh는 기울기를 줄이고, 열린 게이트는 지키며,"
    " 클리핑(gradient clipping)은 폭주를 무해하게 한다.",
)
EXPERIMENT = Text(
    "The gradient of one output is followed back through RNN, GRU and LSTM as they begin, with"
    " recurrent weights that are orthogonal matrices times a chosen spectral radius. A ReLU network"
    " is then trained with and without clipping, from the same seeds, on sums of rows one in ten of"
    " which is 20 times as loud.",
    "순환 가중치를 직교 행렬에 정해진 스펙트럼 반지름을 곱한 것으로 두고, 초기 상태의 RNN, GRU,"
    " LSTM에서 출력 하나의 기울기를 시간을 거슬러 추적한다. 이어서 열 행 가운데 하나가 20배 큰"
    " 데이터의 합을 ReLU 신경망으로, 같은 시드에서 클리핑이 있을 때와 없을 때 학습한다.",
)
RULE = Text(
    "Five parts. vanish: with radius 0.9 the gradient of an RNN at distance 50 is at most 0.01 of"
    " that at 0. explode: with radius 2 at least 100. slope: with radius 1 and inputs of size 1 at"
    " most 0.1. gate: that of an LSTM with inputs of size 0.1 at least 0.3 with forget bias 5, at"
    " most 0.01 with 0."
    " clipping: without it at least half of the trainings diverge, and with it, in both ways, all"
    " end below half the loss of guessing. Holds: all five. In part: vanish and another. (Since a"
    " first trial the gate is judged with inputs of size 0.1, as the rest is; it fails with both.)",
    "다섯 항목. 소실: 반지름 0.9인 RNN의 기울기가 거리 50에서 처음의 0.01배 이하. 폭주: 반지름"
    " 2에서 100배 이상. 미분계수: 반지름 1, 입력의 크기 1에서 0.1배 이하. 게이트: 입력의"
    " 크기가 0.1인 LSTM의 기울기가 망각 편향 5에서 0.3배 이상, 0에서 0.01배 이하. 클리핑: 없으면"
    " 학습의 절반 이상이 발산하고, 두 방식 모두 있으면 모든 학습이 추측의 손실의 절반보다 낮게"
    " 끝난다. 성립: 다섯 모두. 부분 성립: 소실과 다른 하나 이상. (첫 시험 뒤로 게이트는 나머지처럼"
    " 입력의 크기 0.1에서 판정하며, 어느 쪽에서도 충족하지 못한다.)",
)
CLAIM = Claim(
    name="gradients",
    number=7,
    statement=STATEMENT,
    experiment=EXPERIMENT,
    rule=RULE,
    measure=measure,
    verdict=verdict,
    tables=tables,
    draw=draw,
    alt=Text(
        "Four panels: gradients of an RNN fall or rise along straight lines on a logarithmic axis,"
        " one a spectral radius; the largest Lyapunov exponent of each cell by radius; gradients of"
        " an LSTM by the bias of its forget gate; and losses of trainings with and without"
        " clipping.",
        "네 그림: 로그 축에서 스펙트럼 반지름마다 직선으로 줄거나 커지는 RNN의 기울기, 반지름에"
        " 따른 각 셀의 최대 랴푸노프 지수, 망각 게이트의 편향에 따른 LSTM의 기울기, 클리핑이 있을"
        " 때와 없을 때의 학습 손실.",
    ),
)

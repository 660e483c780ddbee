"""Targets of several forms, losses of several kinds: when a network cannot tell them apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.flatten_util import ravel_pytree

from experiments.claims.claim import FAILS, HOLDS, IN_PART, Claim, Results, Table, Text, Verdict
from experiments.claims.outputs.loss_pairs import PAIRS, unlike
from experiments.claims.shared.numbers import spread
from experiments.claims.shared.wording import chosen
from seqjax.basics.types import Array
from seqjax.cells import gru
from seqjax.diagnostics.plots import style
from seqjax.layers import dense, recurrent, stack

STEPS, BATCH, INPUTS, HIDDEN, CLASSES = 6, 16, 4, 8, 4
SAME, OTHER = 1e-9, 1e-2
"""Of the rule, in float64: gradients are the same below the first, different above the second."""


def measure(seeds: Sequence[int], say: Callable[[str], None]) -> Results:
    """|g - g'| / |g| [seeds] of each pair."""
    network = stack([recurrent(gru(HIDDEN), "sequential"), dense(CLASSES)])
    losses = [loss for pair in PAIRS.values() for loss in (pair.first, pair.second)]

    def compared(seed: Array) -> dict[str, Array]:
        keys = jax.random.split(jax.random.key(seed), 3)
        wide = jax.tree.map(lambda w: w.astype(jnp.float64), network.init(keys[0], INPUTS))
        flat, as_tree = ravel_pytree(wide)
        xs = jax.random.normal(keys[1], (STEPS, BATCH, INPUTS), jnp.float64)
        classes = jax.random.randint(keys[2], (BATCH,), 0, CLASSES)

        def value(flat: Array, number: Array) -> Array:
            outputs = network.apply(as_tree(flat), xs)[1][-1]
            return jnp.asarray(lax.switch(number, losses, outputs, classes))

        # One program of the network for all losses, which take their turns.
        gradients = lax.map(lambda number: jax.grad(value)(flat, number), jnp.arange(len(losses)))
        return {
            name: unlike(gradients[2 * i], gradients[2 * i + 1], direction=pair.direction)
            for i, (name, pair) in enumerate(PAIRS.items())
        }

    with jax.enable_x64(True):
        table = jax.jit(jax.vmap(compared))(jnp.asarray(seeds))
    say(f"{len(PAIRS)} pairs of losses compared")
    return {"unlike": {name: np.asarray(each).tolist() for name, each in table.items()}}


def verdict(results: Results) -> Verdict:
    """By the rule."""
    same = max(max(results["unlike"][name]) for name, pair in PAIRS.items() if pair.same)
    other = min(min(results["unlike"][name]) for name, pair in PAIRS.items() if not pair.same)
    kinds = {(True, True): HOLDS, (True, False): IN_PART, (False, True): IN_PART}
    kind = kinds.get((same < SAME, other > OTHER), FAILS)
    return Verdict(
        kind,
        Text(
            f"Where theory says that gradients are the same they differ by {same:.1g} at most;"
            f" where it says that they differ, by {other:.2g} at least, relative to their length.",
            f"이론상 같아야 하는 기울기의 상대적인 차이는 최대 {same:.1g}이고, 달라야 하는 기울기의"
            f" 차이는 최소 {other:.2g}이다.",
        ),
    )


def tables(results: Results) -> list[Table]:
    """A row for each pair."""
    rows = []
    for name, pair in PAIRS.items():
        values = results["unlike"][name]
        rows.append([pair.text, "=" if pair.same else "≠", spread(values)])
    seeds = len(next(iter(results["unlike"].values())))
    return [
        Table(
            [
                Text("losses", "손실 함수의 쌍"),
                Text("theory", "이론"),
                Text("|g - g'| / |g|", "|g - g'| / |g|"),
            ],
            rows,
            Text(
                "Difference of the gradients of all parameters, relative to their length, in"
                " float64. Direction: gradients scaled to length 1. Mean ± standard deviation over"
                f" {seeds} seeds.",
                "모든 매개변수에 대한 기울기의 차이(길이에 대한 비율, float64). 방향은"
                f" 기울기의 길이를 1로 맞추고 비교한 것이다. 시드 {seeds}개의 평균 ± 표준편차.",
            ),
        )
    ]


def draw(results: Results, language: str) -> Any:
    """A row for each pair: how unlike the gradients are, by every seed, logarithmic."""
    with style.context(language):
        figure, axes = style.figure(width=8, height=4.6)
        for place, (name, pair) in enumerate(PAIRS.items()):
            values = np.maximum(results["unlike"][name], 1e-18)
            axes.plot(
                values, [place] * len(values), linestyle="none",
                marker=style.MARKERS[0 if pair.same else 1],
                color=style.OTHERS[0 if pair.same else 1],
                label=None if name not in ("index, one-hot", "batch") else chosen(
                    Text("the same by theory", "이론상 같음") if pair.same
                    else Text("different by theory", "이론상 다름"), language,
                ),
            )  # fmt: skip
        axes.set_yticks(range(len(PAIRS)), [chosen(pair.text, language) for pair in PAIRS.values()])
        axes.invert_yaxis()
        axes.set(xscale="log", xlim=(3e-19, 10))
        for limit in (SAME, OTHER):
            axes.axvline(limit, color="#555555", linewidth=1, linestyle=":")
        axes.set_title(chosen(Text("Do two losses teach the same?", "두 손실의 기울기"), language))
        axes.set_xlabel(
            chosen(
                Text("relative difference of the gradients (0 is at the left edge)",
                     "기울기의 상대적인 차이 (0은 왼쪽 끝)"), language,
            )
        )  # fmt: skip
        axes.legend(loc="lower left")
    return figure


CLAIM = Claim(
    name="losses",
    number=20,
    statement=Text(
        "Targets as class indices or as one-hot vectors, and squared or absolute errors, teach a"
        " network the same where theory says so, and something else where it does not.",
        "클래스 번호나 원-핫(one-hot) 벡터로 준 목표, 제곱 오차나 절대 오차는 이론이 같다고 하는"
        " 곳에서는 신경망에 같은 기울기(gradient)를 주고, 그렇지 않은 곳에서는 다른 기울기를 준다.",
    ),
    experiment=Text(
        "One GRU with a dense layer gets the gradients of two losses for the same parameters and"
        " data, in float64, for ten pairs of losses. Their relative difference is compared with"
        " what theory says: the error at the output is p - t of cross-entropy, 2e of the squared"
        " and sign(e) of the absolute error.",
        "GRU와 밀집층으로 된 신경망 하나에서 같은 매개변수와 데이터로 두 손실의 기울기를"
        " float64로 구한다. 손실 열 쌍의 상대적인 차이를, 출력에서의 오차가 교차 엔트로피는 p - t,"
        " 제곱 오차는 2e, 절대 오차는 sign(e)라는 이론과 비교한다.",
    ),
    rule=Text(
        f"Holds: all pairs that theory calls the same differ by less than {SAME:g} at every seed,"
        f" and all that it calls different by more than {OTHER:g}. In part: one of both. Else it"
        " does not hold here.",
        f"성립: 이론상 같은 모든 쌍의 차이가 모든 시드에서 {SAME:g}보다 작고, 다른 모든 쌍의 차이가"
        f" {OTHER:g}보다 크다. 부분 성립: 둘 중 하나만 그렇다. 그 밖에는 여기서 성립하지 않는다.",
    ),
    measure=measure,
    verdict=verdict,
    tables=tables,
    draw=draw,
    alt=Text(
        "A row for each pair of losses with the relative difference of their gradients, a mark for"
        " each seed; another mark where theory says that they differ.",
        "손실의 쌍마다 기울기의 상대적인 차이를 시드별 점으로 표시한 그림. 이론상 같은 쌍과 다른"
        " 쌍을 다른 모양으로 나타냈다.",
    ),
)

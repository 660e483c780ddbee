"""Each step waits for the last: what that costs, and what the driver changes."""

from __future__ import annotations

from typing import Any

import numpy as np

from experiments.claims.cells.walks import BATCHES, GRADIENT_LENGTH, LENGTHS, NAMES, WIDTH, measure
from experiments.claims.claim import FAILS, HOLDS, IN_PART, Claim, Results, Table, Text, Verdict
from experiments.claims.shared.curves import curves
from experiments.claims.shared.numbers import spread
from experiments.claims.shared.wording import chosen
from seqjax.diagnostics.plots import style

WAITING, LINEAR, SHARED = 5.0, (2.5, 6.0), 4.0
"""Of the rule: the walk over all steps at once; 512 steps over 128; 16 sequences over one."""


def ratios(results: Results) -> dict[str, list[float]]:
    """By seed: what waiting costs one sequence, what four times its length does, what 16 do."""
    walk = {batch: np.array(results["forward"]["sequential"][str(batch)]) for batch in BATCHES}
    once = np.array(results["forward"]["at once"]["1"])
    return {
        "waiting": (walk[1][-1] / once[-1]).tolist(),
        "length": (walk[1][-1] / walk[1][-2]).tolist(),
        "batch": (walk[16][-1] / walk[1][-1]).tolist(),
    }


def verdict(results: Results) -> Verdict:
    """By the rule."""
    found = ratios(results)
    true = [
        min(found["waiting"]) >= WAITING,
        LINEAR[0] <= min(found["length"]) <= max(found["length"]) <= LINEAR[1],
        max(found["batch"]) < SHARED,
    ]
    kind = HOLDS if all(true) else IN_PART if sum(true) == 2 else FAILS
    words = {name: spread(values, 2) for name, values in found.items()}
    return Verdict(
        kind,
        Text(
            f"A walk of {LENGTHS[-1]} steps takes {words['waiting']} times as long as the same"
            f" arithmetic where no step waits; {LENGTHS[-1]} steps take {words['length']} times as"
            f" long as {LENGTHS[-2]}, and 16 sequences {words['batch']} times as long as one.",
            f"{LENGTHS[-1]} 스텝을 걷는 시간은 기다리지 않고 같은 계산을 할 때의"
            f" {words['waiting']}배, {LENGTHS[-2]} 스텝을 걷는 시간의 {words['length']}배이고,"
            f" 시퀀스 16개는 하나의 {words['batch']}배가 걸린다.",
        ),
    )


def tables(results: Results) -> list[Table]:
    """Microseconds a step, forward and with gradient."""
    seeds = len(results["gradient"]["sequential"]["1"])
    shapes = [(batch, steps) for batch in BATCHES for steps in LENGTHS]
    forward: list[list[str | Text]] = [
        [
            NAMES[name],
            *(
                spread([1e6 * t / steps for t in times[str(batch)][LENGTHS.index(steps)]])
                for batch, steps in shapes
            ),
        ]
        for name, times in results["forward"].items()
    ]
    gradient: list[list[str | Text]] = [
        [
            NAMES[name],
            *(spread([1e6 * t / GRADIENT_LENGTH for t in times[str(b)]]) for b in BATCHES),
        ]
        for name, times in results["gradient"].items()
    ]
    left_out = " ".join(results["left_out"])
    return [
        Table(
            [
                Text("cell, driver", "셀, 드라이버"),
                *(Text(f"B = {b}, T = {t}", f"B = {b}, T = {t}") for b, t in shapes),
            ],
            forward,
            Text(
                f"Forward: microseconds a step, width {WIDTH}, B sequences of T steps. Mean ±"
                f" standard deviation over {seeds} seeds. {left_out}".strip(),
                f"순전파: 스텝당 마이크로초, 너비 {WIDTH}, T 스텝짜리 시퀀스 B개. 시드 {seeds}개의"
                f" 평균 ± 표준편차. {left_out}".strip(),
            ),
        ),
        Table(
            [
                Text("cell, driver", "셀, 드라이버"),
                *(Text(f"B = {batch}", f"B = {batch}") for batch in BATCHES),
            ],
            gradient,
            Text(
                f"Forward and backward: microseconds a step at T = {GRADIENT_LENGTH}, width"
                f" {WIDTH}. Mean ± standard deviation over {seeds} seeds.",
                f"순전파와 역전파: T = {GRADIENT_LENGTH}, 너비 {WIDTH}일 때 스텝당 마이크로초. 시드"
                f" {seeds}개의 평균 ± 표준편차.",
            ),
        ),
    ]


def draw(results: Results, language: str) -> Any:
    """Time against length, a panel for each batch, both axes logarithmic."""
    with style.context(language):
        figure, axes = style.figure(1, len(BATCHES), 9, 4.4)
        labels = {name: chosen(text, language) for name, text in NAMES.items()}
        for batch, each in zip(BATCHES, axes, strict=True):
            values = {
                name: (1e3 * np.array(times[str(batch)]).T).tolist()
                for name, times in results["forward"].items()
            }
            curves(each, LENGTHS, values, labels)
            each.set(xscale="log", yscale="log")
            each.set_xticks(LENGTHS, [str(steps) for steps in LENGTHS])
            each.minorticks_off()
            each.set_xlabel(chosen(Text("steps of a sequence", "시퀀스의 스텝 수"), language))
            each.set_title(
                chosen(Text(f"{batch} at once", f"동시에 {batch}개"), language)
                if batch > 1
                else chosen(Text("one sequence", "시퀀스 하나"), language)
            )
        axes[0].set_ylabel(chosen(Text("milliseconds", "밀리초"), language))
        figure.suptitle(
            chosen(Text("A walk over time, forward", "시간을 따라 걷는 데 드는 시간"), language)
        )
        handles, words = axes[0].get_legend_handles_labels()
        figure.legend(handles, words, loc="outside lower center", ncols=3)
    return figure


CLAIM = Claim(
    name="sequential_time",
    number=18,
    statement=Text(
        "Recurrent networks are slow because each step waits for the last.",
        "순환 신경망이 느린 까닭은 각 스텝이 앞 스텝을 기다리기 때문이다.",
    ),
    experiment=Text(
        "A GRU walks sequences of 32 to 512 steps, alone and 16 at once, and the same arithmetic"
        " is done for all steps as one batch, given the states before them. Drivers, and a min_gru"
        " whose steps can be computed in parallel, are timed beside it.",
        "GRU가 32에서 512 스텝의 시퀀스를 하나씩, 또 16개를 함께 처리한다. 이를 모든 스텝의 이전"
        " 상태를 미리 주고 한 배치로 한꺼번에 하는 같은 계산과 비교하고, 다른 드라이버(driver)와"
        " 스텝을 병렬로 계산할 수 있는 min_gru의 시간도 잰다.",
    ),
    rule=Text(
        f"Of the driver sequential, at every seed: (1) one sequence of 512 steps takes at least"
        f" {WAITING:g} times as long as the same arithmetic at once; (2) {LINEAR[0]:g} to"
        f" {LINEAR[1]:g} times as long as one of 128; (3) 16 of them take less than {SHARED:g}"
        " times as long as one. Holds: all three. In part: two of them. Else it does not hold"
        " here.",
        "드라이버 sequential에서 모든 시드에 대해: (1) 512 스텝짜리 시퀀스 하나가 한꺼번에 하는"
        f" 같은 계산의 {WAITING:g}배 이상 걸린다. (2) 128 스텝짜리의 {LINEAR[0]:g}~{LINEAR[1]:g}배"
        f"가 걸린다. (3) 16개를 함께 처리하는 시간은 하나의 {SHARED:g}배 미만이다. 성립: 셋 다"
        " 그렇다. 부분 성립: 둘만 그렇다. 그 밖에는 여기서 성립하지 않는다.",
    ),
    measure=measure,
    verdict=verdict,
    tables=tables,
    draw=draw,
    alt=Text(
        "Milliseconds against the steps of a sequence for each driver, and for the same arithmetic"
        " without waiting, both axes logarithmic; a panel for one sequence and one for 16.",
        "시퀀스의 스텝 수에 따른 드라이버별 밀리초와, 기다리지 않을 때의 밀리초를 로그 축에 그린"
        " 그림. 시퀀스가 하나일 때와 16개일 때를 나란히 놓았다.",
    ),
)

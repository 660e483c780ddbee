"""Claim: the GRU is the cheaper cell, the LSTM the more powerful one; neither wins everywhere."""

from __future__ import annotations

from typing import Any

import numpy as np

from experiments.claims.cells.cell_trials import NAMES, SIZES, at_equal_time, ends, measure
from experiments.claims.cells.small_task import clearly_better
from experiments.claims.claim import FAILS, HOLDS, IN_PART, Claim, Results, Table, Text, Verdict
from experiments.claims.shared.names import TASKS, row_name
from experiments.claims.shared.numbers import mean, spread
from experiments.claims.shared.wording import chosen
from seqjax.diagnostics.plots import style


def verdict(results: Results) -> Verdict:
    """By RULE."""
    tasks = results["tasks"]
    cheap = all(
        found["same_width"][what] < found["cells"]["lstm"][what]
        for found in tasks.values()
        for what in ("parameters", "seconds")
    )
    wins = dict.fromkeys(NAMES, 0)
    for name, found in tasks.items():
        values = ends(found)
        for first, second in (NAMES, NAMES[::-1]):
            wins[first] += clearly_better(SIZES[name].task(), values[first], values[second])
    neither = max(wins.values()) < len(tasks)
    ratio = mean(
        [f["same_width"]["seconds"] / f["cells"]["lstm"]["seconds"] for f in tasks.values()]
    )
    return Verdict(
        HOLDS if cheap and neither else IN_PART if cheap or neither else FAILS,
        Text(
            f"At equal width an update of the GRU takes {ratio:.2f} of the LSTM's time, the mean of"
            f" {len(tasks)} tasks. At equal parameters the LSTM is clearly better on"
            f" {wins['lstm']} of them, the GRU on {wins['gru']}.",
            f"같은 너비에서 GRU의 갱신 한 번은 평균적으로 LSTM의 {ratio:.2f}배의 시간이 걸린다"
            f"(과제 {len(tasks)}개). 매개변수 수가 같을 때 LSTM이 뚜렷이 나은 과제는"
            f" {wins['lstm']}개, GRU가 뚜렷이 나은 과제는 {wins['gru']}개이다.",
        ),
    )


def tables(results: Results) -> list[Table]:
    """Quality at equal parameters and at equal time; cost at equal width."""
    count = len(results["seeds"])
    quality: list[list[str | Text]] = []
    cost: list[list[str | Text]] = []
    for name, found in results["tasks"].items():
        timed, untimed = at_equal_time(found), ends(found)
        for cell, part in found["cells"].items():
            quality.append(
                [
                    row_name(name, cell.upper()),
                    f"{part['parameters']:,}",
                    f"{1e3 * part['seconds']:.2f}",
                    spread(untimed[cell]),
                    spread(timed[cell]),
                ]
            )
        lstm, gru = found["cells"]["lstm"], found["same_width"]
        cost.append(
            [
                TASKS[name],
                f"{gru['parameters'] / lstm['parameters']:.2f}",
                f"{gru['seconds'] / lstm['seconds']:.2f}",
            ]
        )
    return [
        Table(
            [
                Text("task, cell", "과제, 셀"),
                Text("parameters", "매개변수"),
                Text("ms per update", "갱신당 ms"),
                Text("quality after as many updates", "같은 갱신 횟수 뒤의 품질"),
                Text("quality after as much time", "같은 시간 뒤의 품질"),
            ],
            quality,
            Text(
                "adding: squared error, 1 is guessing; characters: bits per character; motifs: F1"
                f" of letters. Updates are those of one network. n = {count} seeds.",
                "덧셈: 제곱 오차(추측이 1), 글자: 글자당 비트, 모티프: 글자 단위 F1."
                f" 갱신 시간은 신경망 하나의 것이다. n = {count}(시드).",
            ),
        ),
        Table(
            [
                Text("task", "과제"),
                Text("parameters, GRU / LSTM", "매개변수, GRU / LSTM"),
                Text("time per update, GRU / LSTM", "갱신 시간, GRU / LSTM"),
            ],
            cost,
            Text("Both cells with the same width.", "두 셀의 너비가 같을 때."),
        ),
    ]


def draw(results: Results, language: str) -> Any:
    """Quality against seconds of training, a panel a task."""
    with style.context(language):
        figure, axes = style.figure(1, len(results["tasks"]), width=11, height=4)
        for panel, (name, found) in zip(axes, results["tasks"].items(), strict=True):
            task = SIZES[name].task()
            for i, (cell, part) in enumerate(found["cells"].items()):
                curves = np.asarray(part["curves"])
                seconds = part["seconds"] * found["every"] * (1 + np.arange(curves.shape[1]))
                panel.plot(
                    seconds, curves.mean(0), label=cell.upper(), color=style.colour(cell),
                    marker=style.MARKERS[i],
                )  # fmt: skip
                panel.fill_between(
                    seconds, curves.min(0), curves.max(0), color=style.colour(cell), alpha=0.2
                )
            panel.set_title(chosen(task.about, language), fontsize=11)
            panel.set_xlabel(chosen(Text("seconds of training", "학습 시간(초)"), language))
            panel.set_ylabel(chosen(task.quality, language))
            panel.legend()
    return figure


CLAIM = Claim(
    name="gru_and_lstm",
    number=8,
    statement=Text(
        "The GRU has fewer parameters than the LSTM and takes less time; the LSTM is the more"
        " powerful cell, and neither is better everywhere.",
        "GRU는 LSTM보다 매개변수가 적고 시간이 덜 든다. LSTM이 표현력은 더 크지만, 모든 과제에서"
        " 나은 셀은 없다.",
    ),
    experiment=Text(
        "A GRU and an LSTM with as nearly equal parameters as widths allow learn to add two marked"
        " numbers, to predict characters and to tag DNA from both ends. They are compared after as"
        " many updates and after as much time.",
        "너비가 허락하는 한 매개변수 수를 같게 한 GRU와 LSTM이 표시된 두 수를 더하고, 다음 글자를"
        " 예측하고, DNA에 양방향으로 태그를 다는 법을 배운다. 같은 갱신 횟수 뒤와 같은 시간 뒤의"
        " 품질을 비교한다.",
    ),
    rule=Text(
        "cheap: at equal width the GRU has fewer parameters and takes less time per update on all"
        " three tasks. neither: at equal parameters no cell is better on all three by more than"
        " twice the standard error of the difference. Holds: both. In part: one of them.",
        "비용: 같은 너비에서 세 과제 모두 GRU의 매개변수가 더 적고 갱신 시간이 더 짧다. 우열 없음:"
        " 같은 매개변수 수에서, 차이의 표준 오차의 두 배를 넘게 세 과제 모두에서 나은 셀이 없다."
        " 성립: 둘 다. 부분 성립: 하나만.",
    ),
    measure=measure,
    verdict=verdict,
    tables=tables,
    draw=draw,
    alt=Text(
        "Three panels, one a task: quality of GRU and LSTM against seconds of training; bands show"
        " the range over seeds.",
        "과제마다 하나씩 세 그림: 학습 시간에 따른 GRU와 LSTM의 품질. 띠는 시드에 따른 범위이다.",
    ),
)

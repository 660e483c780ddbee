"""Claim: layers on top of each other do more than one wide layer of as many parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from experiments.claims.cells.cell_trials import SIZES
from experiments.claims.cells.small_task import clearly_better, equal_width, functions, parameters
from experiments.claims.claim import FAILS, HOLDS, IN_PART, Claim, Results, Table, Text, Verdict
from experiments.claims.shared import names
from experiments.claims.shared.learning_curves import learning_curve
from experiments.claims.shared.numbers import deviation, mean, spread
from experiments.claims.shared.updates import adam
from experiments.claims.shared.wording import chosen
from seqjax.cells import lstm
from seqjax.diagnostics.plots import style

DEPTHS = (1, 2, 3)
TASKS = ("characters", "motifs")
UPDATES = {"characters": 500, "motifs": 300}


def measure(seeds: Sequence[int], say: Callable[[str], None]) -> dict[str, Any]:
    """Quality by seed of 1, 2 and 3 layers, and their widths."""
    found: dict[str, Any] = {}
    for name in TASKS:
        size = SIZES[name]
        task = size.task()
        one = task.network([lstm(size.hidden)], "sequential")
        budget = parameters(one, task.inputs)
        found[name] = []
        for layers in DEPTHS:
            hidden, count = equal_width(task, lstm, layers, budget)
            network = task.network([lstm(hidden)] * layers, "sequential")
            _, values = learning_curve(
                *functions(task, network),
                task.rows,
                seeds=seeds,
                points=2,
                every=UPDATES[name] // 2,
                batch=size.batch,
                optimizer=adam(size.rate),
                say=say,
                name=f"{layers} layers on {name}",
            )
            found[name].append(
                {"hidden": hidden, "parameters": count, "quality": values[:, -1].tolist()}
            )
    return {"seeds": list(seeds), "tasks": found}


def deeper(results: Results) -> dict[str, bool]:
    """Whether two or three layers are clearly better than one, by task."""
    return {
        name: any(
            clearly_better(SIZES[name].task(), part["quality"], parts[0]["quality"])
            for part in parts[1:]
        )
        for name, parts in results["tasks"].items()
    }


def verdict(results: Results) -> Verdict:
    """By RULE."""
    found = deeper(results)
    means = {
        name: ", ".join(f"{mean(part['quality']):.3g}" for part in parts)
        for name, parts in results["tasks"].items()
    }
    figures = Text(*(_listed(means, k, "; ") for k in range(2)))
    true = Text(*(", ".join(names.TASKS[name][k] for name in found if found[name]) or none
                  for k, none in enumerate(("-", "없음"))))  # fmt: skip
    return Verdict(
        HOLDS if all(found.values()) else IN_PART if any(found.values()) else FAILS,
        Text(
            f"One, two and three layers reach {figures.en}. More than one is clearly better on:"
            f" {true.en}.",
            f"한 층, 두 층, 세 층의 품질은 {figures.ko}이다. 둘 이상의 층이 뚜렷이 나은 과제:"
            f" {true.ko}.",
        ),
    )


def _listed(values: Mapping[str, object], language: int, between: str = ", ") -> str:
    """Values behind the names of their tasks, in the language of that number."""
    return between.join(f"{names.TASKS[name][language]} {value}" for name, value in values.items())


def tables(results: Results) -> list[Table]:
    """Quality, width and parameters by depth."""
    rows: list[list[str | Text]] = [
        [
            names.row_name(name, str(layers)),
            str(p["hidden"]),
            f"{p['parameters']:,}",
            spread(p["quality"]),
        ]
        for name, parts in results["tasks"].items()
        for layers, p in zip(DEPTHS, parts, strict=True)
    ]
    updates = Text(*(_listed(UPDATES, k) for k in range(2)))
    return [
        Table(
            [
                Text("task, layers", "과제, 층 수"),
                Text("width", "너비"),
                Text("parameters", "매개변수"),
                Text("quality", "품질"),
            ],
            rows,
            Text(
                "characters: bits per character, less is better; motifs: F1 of letters, more is"
                f" better. Updates: {updates.en}. n = {len(results['seeds'])} seeds.",
                "글자: 글자당 비트(작을수록 좋다), 모티프: 글자 단위 F1(클수록 좋다)."
                f" 갱신 횟수: {updates.ko}. n = {len(results['seeds'])}(시드).",
            ),
        )
    ]


def draw(results: Results, language: str) -> Any:
    """Quality against depth, a panel a task."""
    with style.context(language):
        figure, axes = style.figure(1, len(TASKS), width=9, height=4)
        for panel, (name, parts) in zip(axes, results["tasks"].items(), strict=True):
            task = SIZES[name].task()
            for layers, part in zip(DEPTHS, parts, strict=True):
                panel.plot(
                    [layers] * len(part["quality"]), part["quality"], "o", color="#666666",
                    markerfacecolor="none",
                )  # fmt: skip
            around = [deviation(part["quality"]) for part in parts]
            panel.errorbar(
                DEPTHS,
                [mean(part["quality"]) for part in parts],
                around if len(results["seeds"]) > 1 else None,
                color=style.colour("lstm"),
                marker="s",
                capsize=4,
                label="LSTM",
            )
            panel.set_xticks(DEPTHS)
            panel.set_title(chosen(task.about, language), fontsize=11)
            panel.set_xlabel(
                chosen(Text("layers, equal parameters", "층 수 (매개변수 수는 같음)"), language)
            )
            panel.set_ylabel(chosen(task.quality, language))
            panel.legend()
    return figure


CLAIM = Claim(
    name="depth",
    number=9,
    statement=Text(
        "Recurrent layers on top of each other learn more than a single layer.",
        "순환 층을 쌓으면 한 층보다 더 많은 것을 배운다.",
    ),
    experiment=Text(
        "LSTMs of one, two and three layers whose widths make their parameters as nearly equal as"
        " possible predict characters and tag DNA from both ends. They are compared after as many"
        " updates.",
        "매개변수 수가 되도록 같게 너비를 정한 한 층, 두 층, 세 층의 LSTM이 다음 글자를 예측하고"
        " DNA에 양방향으로 태그를 단다. 같은 갱신 횟수 뒤의 품질을 비교한다.",
    ),
    rule=Text(
        "Holds: on both tasks two or three layers are better than one by more than twice the"
        " standard error of the difference. In part: on one task.",
        "성립: 두 과제 모두에서 두 층이나 세 층이 한 층보다 차이의 표준 오차의 두 배를 넘게 낫다."
        " 부분 성립: 한 과제에서만.",
    ),
    measure=measure,
    verdict=verdict,
    tables=tables,
    draw=draw,
    alt=Text(
        "Two panels, one a task: quality of one, two and three layers of an LSTM with as many"
        " parameters; circles are seeds, squares their means.",
        "과제마다 하나씩 두 그림: 매개변수 수가 같은 한 층, 두 층, 세 층 LSTM의 품질. 원은 시드,"
        " 사각형은 평균이다.",
    ),
)

"""What the claim about agreement shows: its tables and its plot."""

from __future__ import annotations

from typing import Any

from experiments.claims.claim import Results, Table, Text
from experiments.claims.sequences.sentences import CELL_NAMES
from experiments.claims.shared.curves import curves, share
from experiments.claims.shared.numbers import mean, spread
from experiments.claims.shared.wording import chosen
from seqjax.diagnostics.plots import style

DISTANCES = (5, 10, 20, 50, 100, 200)
ENOUGH = 0.9
"""Accuracy below which a cell counts as broken."""
NAMES = {cell: Text(name, name) for cell, name in CELL_NAMES.items()}
NAMES["gru_simple"] = Text("GRU (simple)", "GRU(단순형)")
TRAININGS = {
    "mixed": Text("trained on all distances", "모든 거리로 훈련"),
    "alone": Text("trained on that distance alone", "그 거리로만 훈련"),
}


def at(results: Results, training: str, cell: str, distance: int) -> list[float]:
    """Accuracy by seed."""
    return [row[DISTANCES.index(distance)] for row in results[training][cell]]


def reach(results: Results, training: str, cell: str) -> int:
    """The farthest distance up to which mean accuracy is at least 0.9; 0 if it is at none."""
    for index, distance in enumerate(DISTANCES):
        if mean(at(results, training, cell, distance)) < ENOUGH:
            return DISTANCES[index - 1] if index else 0
    return DISTANCES[-1]


def tables(results: Results) -> list[Table]:
    """Accuracy by distance, and where each cell breaks."""
    seeds = len(results["mixed"]["rnn"])
    head = [
        Text("cell", "셀"),
        *(Text(f"{d} words", f"{d}단어") for d in DISTANCES),
        Text("reaches", "도달 거리"),
    ]
    return [
        Table(
            head,
            [
                [
                    NAMES[cell],
                    *(spread(at(results, training, cell, distance)) for distance in DISTANCES),
                    str(reach(results, training, cell)),
                ]
                for cell in CELL_NAMES
            ],
            Text(
                f"Networks {words.en}: share of verbs that agree with their noun, by the words"
                f" between the two, and the farthest distance up to which it is at least {ENOUGH}"
                f" (0: none). Mean ± standard deviation over {seeds} seeds.",
                f"{words.ko}한 신경망: 명사와 동사 사이의 단어 수에 따른 수 일치 정확도와, 정확도가"
                f" {ENOUGH} 이상인 가장 먼 거리(0은 없음). 시드 {seeds}개의 평균 ± 표준편차.",
            ),
        )
        for training, words in TRAININGS.items()
    ]


WORDS = {
    "guess": Text("guessing", "무작위"),
    "x": Text("words between noun and verb", "명사와 동사 사이의 단어 수"),
    "y": Text("accuracy", "정확도"),
    "title": Text(
        "The cats, which ..., were full: agreement against distance",
        "거리에 따른 수 일치: The cats, which ..., were full",
    ),
}


def draw(results: Results, language: str) -> Any:
    """Accuracy against distance, a panel for each training."""
    said = {name: chosen(text, language) for name, text in WORDS.items()}
    cells = {cell: chosen(name, language) for cell, name in NAMES.items()}
    with style.context(language):
        figure, axes = style.figure(1, 2, 9, 4.2)
        for each, (training, words) in zip(axes, TRAININGS.items(), strict=True):
            curves(each, DISTANCES, results[training], cells)
            share(each, 0.5, said["guess"] if training == "alone" else "")
            each.set_xscale("log")
            each.set_xticks(DISTANCES, [str(distance) for distance in DISTANCES])
            each.minorticks_off()
            each.set(xlabel=said["x"], ylabel=said["y"], title=chosen(words, language))
        figure.suptitle(said["title"])
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return figure

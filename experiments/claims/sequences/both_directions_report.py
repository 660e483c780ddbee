"""What the claim about both directions shows: its table and its plot."""

from __future__ import annotations

from typing import Any

from experiments.claims.claim import Results, Table, Text
from experiments.claims.sequences.sentences import CELL_NAMES
from experiments.claims.shared.curves import bars, share
from experiments.claims.shared.numbers import spread
from experiments.claims.shared.wording import chosen
from seqjax.diagnostics.plots import style

CELLS = ("rnn", "gru", "lstm")
WAYS = ("one", "both")
PLACES = ("opening", "first", "second", "rest")
"""Where a word stands: before the two words, as the first or second of them, after them."""
PLACE_NAMES = (
    Text("opening", "앞부분"), Text("first word", "첫 단어"), Text("second word", "둘째 단어"),
    Text("rest", "뒷부분"),
)  # fmt: skip


def at(results: Results, cell: str, way: str, place: str) -> list[float]:
    """Accuracy by seed."""
    return [row[PLACES.index(place)] for row in results["accuracy"][f"{cell} {way}"]]


def tables(results: Results) -> list[Table]:
    """Accuracy by place."""
    rows: list[list[str | Text]] = [
        [
            Text(*(f"{CELL_NAMES[cell]}, {words}" for words in WORDS[way])),
            *(spread(at(results, cell, way, place)) for place in PLACES),
        ]
        for cell in CELLS
        for way in WAYS
    ]
    seeds = len(next(iter(results["accuracy"].values())))
    return [
        Table(
            [Text("network, directions", "신경망, 방향"), *PLACE_NAMES],
            rows,
            Text(
                "Share of words that are tagged right, by their place in the sentence; first and"
                f" second are Teddy and Roosevelt. Mean ± standard deviation over {seeds} seeds.",
                "문장 안 위치별로 태그를 맞힌 단어의 비율. 첫 단어와 둘째 단어는 Teddy와"
                f" Roosevelt이다. 시드 {seeds}개의 평균 ± 표준편차.",
            ),
        )
    ]


WORDS = {
    "one": Text("one direction", "단방향"),
    "both": Text("both directions", "양방향"),
    "y": Text("accuracy", "정확도"),
    "x": Text("place of the word", "단어의 위치"),
    "title": Text(
        "Whether the first word is a name is said by the next",
        "첫 단어가 사람 이름인지는 다음 단어가 말해 준다",
    ),
}


def draw(results: Results, language: str) -> Any:
    """Accuracy by place, in one and both directions, a panel for each cell."""
    said = {name: chosen(text, language) for name, text in WORDS.items()}
    with style.context(language):
        figure, axes = style.figure(1, len(CELLS), 9, 4)
        places = [chosen(name, language).replace(" ", "\n") for name in PLACE_NAMES]
        for cell, each in zip(CELLS, axes, strict=True):
            values = {way: results["accuracy"][f"{cell} {way}"] for way in WAYS}
            bars(each, places, values, said, figures=False)
            share(each, 0.5, "")
            each.set_title(CELL_NAMES[cell])
            each.tick_params(axis="x", labelsize=style.TEXT - 2)
        axes[0].set_ylabel(said["y"])
        axes[1].set_xlabel(said["x"])
        figure.suptitle(said["title"])
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure

"""The table and the plot of the claim on transfer."""

from __future__ import annotations

from typing import Any

from experiments.claims.claim import Results, Table, Text
from experiments.claims.shared.numbers import deviation, mean, spread
from experiments.claims.shared.wording import chosen
from seqjax.diagnostics.plots import style

SIZES = (100, 300, 1000, 10_000, 100_000)
"""Labelled words."""
SEEN, HELD_OUT = "test", "held_out"
"""Parts of the test: of words that are labelled, and of words that never are."""
KINDS = {
    "random": Text("random, trained", "무작위로 시작"),
    "pretrained": Text("pretrained, kept", "사전 학습, 고정"),
    "tuned": Text("pretrained, trained on", "사전 학습, 이어서 학습"),
}
PARTS = {
    SEEN: Text("Words that are labelled", "라벨이 있던 단어"),
    HELD_OUT: Text("Words never labelled", "라벨이 없던 단어"),
}


def accuracy(results: Results, kind: str, size: int, part: str) -> list[float]:
    """Of each seed."""
    row = next(r for r in results["runs"] if (r["kind"], r["size"]) == (kind, size))
    found: list[float] = row[part]
    return found


def tables(results: Results) -> list[Table]:
    """Accuracies by labelled words, for each kind and part."""
    head = [Text("labelled words", "라벨 단어 수")]
    for where in (Text("labelled", "라벨 있음"), Text("held out", "라벨 없음")):
        head += [
            Text(f"{kind.en}: {where.en}", f"{kind.ko}: {where.ko}") for kind in KINDS.values()
        ]
    rows = [
        [f"{size:,}"]
        + [spread(accuracy(results, kind, size, part)) for part in PARTS for kind in KINDS]
        for size in SIZES
    ]
    caption = Text(
        "Share of words of names that are tagged rightly as a person's or a firm's (chance: 0.5),"
        " in 400 sentences of labelled words and in 400 of words that are never labelled. Mean ±"
        " standard deviation over seeds.",
        "이름의 단어 가운데 사람인지 회사인지 바르게 붙인 비율(우연은 0.5). 라벨이 있던 단어의 문장"
        " 400개와 라벨이 없던 단어의 문장 400개로 쟀다. 여러 시드의 평균 ± 표준 편차.",
    )
    return [Table(head, rows, caption)]


def draw(results: Results, language: str) -> Any:
    """Accuracy against labelled words, a panel a part."""
    with style.context(language):
        figure, both = style.figure(1, 2, width=9, height=4)
        for axes, (part, title) in zip(both, PARTS.items(), strict=True):
            for number, (kind, label) in enumerate(KINDS.items()):
                values = [accuracy(results, kind, size, part) for size in SIZES]
                axes.errorbar(
                    SIZES,
                    [100 * mean(each) for each in values],
                    yerr=[100 * deviation(each) if len(each) > 1 else 0.0 for each in values],
                    label=chosen(label, language),
                    color=style.colour("", number),
                    marker=style.MARKERS[number],
                    capsize=3,
                )
            axes.axhline(50, color="black", linestyle="--", linewidth=1)
            axes.set(xscale="log", ylim=(0, 105))
            axes.set_xticks(SIZES, ["100", "300", "1,000", "10,000", "100,000"], fontsize=9)
            axes.minorticks_off()
            axes.set_title(chosen(title, language))
            axes.set_xlabel(chosen(Text("labelled words", "라벨 단어 수"), language))
        both[0].set_ylabel(chosen(Text("names tagged rightly (%)", "이름 정확도 (%)"), language))
        both[1].legend(frameon=False, loc="lower right")
    return figure

"""The table and the plot of the claim on GloVe's two sets of vectors."""

from __future__ import annotations

from typing import Any

from experiments.claims.claim import Results, Table, Text
from experiments.claims.shared.curves import error_bars
from experiments.claims.shared.numbers import spread
from experiments.claims.shared.wording import chosen
from seqjax.diagnostics.plots import style

SIZES = (1000, 5000, 25_000)
"""Lines of ten words."""
LIKENESS = {
    "alike": Text("cosines of both", "두 집합의 코사인 상관"),
    "nearest": Text("same nearest word", "같은 최근접 단어"),
    "direct": Text("cos(w, w̃) of a word", "한 단어의 cos(w, w̃)"),
}
QUALITY = {
    "w": Text("w", "w"),
    "context": Text("w̃", "w̃"),
    "sum": Text("w + w̃", "w + w̃"),
    "beside": Text("w and w̃ side by side", "w와 w̃를 나란히"),
}


def column(results: Results, size: int, figure: str) -> list[float]:
    """One figure, of each seed."""
    return [each[figure] for each in results[str(size)]]


def tables(results: Results) -> list[Table]:
    """How alike, and how good, by lines of the text."""
    figures = {**LIKENESS, **QUALITY}
    rows = [
        [f"{size:,}", *(spread(column(results, size, name)) for name in figures)] for size in SIZES
    ]
    caption = Text(
        "By lines of the text: Spearman's correlation of the cosines of both sets, share of words"
        " with the same nearest one in both, mean cosine of a word's two vectors; then the"
        " correlation of learned and planted cosines. Mean ± standard deviation over seeds.",
        "텍스트 줄 수별: 두 집합의 코사인의 스피어만 상관, 두 집합에서 최근접 단어가 같은 비율, 한"
        " 단어의 두 벡터 사이 코사인의 평균, 그리고 학습한 코사인과 심어 둔 코사인의 상관. 여러"
        " 시드의 평균 ± 표준 편차.",
    )
    return [Table([Text("lines", "줄 수"), *figures.values()], rows, caption)]


def draw(results: Results, language: str) -> Any:
    """Quality and likeness against lines of the text."""
    with style.context(language):
        figure, both = style.figure(1, 2, width=9, height=4)
        titles = (
            Text("Correlation with the planted vectors", "심어 둔 벡터와의 상관"),
            Text("How alike w and w̃ are", "w와 w̃가 비슷한 정도"),
        )
        for axes, group, title in zip(both, (QUALITY, LIKENESS), titles, strict=True):
            for number, (name, label) in enumerate(group.items()):
                values = [column(results, size, name) for size in SIZES]
                error_bars(axes, SIZES, values, chosen(label, language), number)
            axes.set_xscale("log")
            axes.set_xticks(SIZES, [f"{size:,}" for size in SIZES])
            axes.minorticks_off()
            axes.set_xlabel(chosen(Text("lines of the text", "텍스트 줄 수"), language))
            axes.set_title(chosen(title, language))
            axes.legend(frameon=False)
        both[0].set_ylabel(chosen(Text("correlation", "상관"), language))
        both[1].set_ylabel(
            chosen(Text("correlation, share or cosine", "상관·비율·코사인"), language)
        )
    return figure

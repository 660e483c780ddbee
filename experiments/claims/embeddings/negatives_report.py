"""The table and the plot of the claim on negatives."""

from __future__ import annotations

from typing import Any

from experiments.claims.claim import Results, Table, Text
from experiments.claims.shared.curves import error_bars
from experiments.claims.shared.numbers import spread
from experiments.claims.shared.wording import chosen
from seqjax.diagnostics.plots import style

EXPONENTS = (0.0, 0.75, 1.0)
NEGATIVES = (2, 5, 20)
SIZES = {"small": 2000, "large": 16_000}
"""Lines of ten words of each text."""
TEXTS = {"small": Text("2,000 lines", "2,000줄"), "large": Text("16,000 lines", "16,000줄")}


def found(
    results: Results, text: str, exponent: float, negatives: int, words: str = "all"
) -> list[float]:
    """The score of each seed, of "all" words or of the "rare" half."""
    row = next(
        run
        for run in results["runs"]
        if (run["text"], run["exponent"], run["negatives"]) == (text, exponent, negatives)
    )
    return [score[words] for score in row["scores"]]


def tables(results: Results) -> list[Table]:
    """Scores by text and setting."""
    rows = [
        [Text(*(f"{text}; {run['exponent']:g}; {run['negatives']}" for text in TEXTS[run["text"]]))]
        + [spread([score[words] for score in run["scores"]]) for words in ("all", "rare")]
        for run in results["runs"]
    ]
    head = [
        Text("text; exponent; negatives", "텍스트; 지수; 음성 표본 수"),
        Text("all words", "모든 단어"),
        Text("rarer half", "드문 절반"),
    ]
    caption = Text(
        "Spearman's correlation of learned and planted cosines of all pairs of words, and of those"
        " of the rarer half. Exponent 0 draws uniformly, 1 by frequency. Mean ± standard deviation"
        " over seeds.",
        "학습한 코사인과 심어 둔 코사인의 스피어만 상관(모든 단어 쌍, 드문 절반의 단어 쌍). 지수"
        " 0은 균등, 1은 빈도 그대로다. 여러 시드의 평균 ± 표준 편차.",
    )
    return [Table(head, rows, caption)]


def draw(results: Results, language: str) -> Any:
    """Scores against the exponent, and against the number of negatives."""
    with style.context(language):
        figure, both = style.figure(1, 2, width=9, height=4)
        for number, (text, label) in enumerate(TEXTS.items()):
            lines = (
                (EXPONENTS, [found(results, text, exponent, 5) for exponent in EXPONENTS]),
                (NEGATIVES, [found(results, text, 0.75, count) for count in NEGATIVES]),
            )
            for axes, (xs, values) in zip(both, lines, strict=True):
                error_bars(axes, xs, values, chosen(label, language), number)
        both[1].set_xscale("log")
        both[1].set_xticks(NEGATIVES, [str(count) for count in NEGATIVES])
        both[1].minorticks_off()
        both[0].set_xticks(EXPONENTS)
        words = (
            (Text("5 negatives", "음성 표본 5개"),
             Text("exponent of the frequency", "빈도의 지수")),
            (Text("By frequency^(3/4)", "빈도^(3/4)"),
             Text("negatives of a prediction", "예측마다 음성 표본 수")),
        )  # fmt: skip
        for axes, (title, label) in zip(both, words, strict=True):
            axes.set_title(chosen(title, language))
            axes.set_xlabel(chosen(label, language))
        both[0].set_ylabel(
            chosen(Text("correlation with the planted", "심어 둔 벡터와의 상관"), language)
        )
        both[0].legend(frameon=False)
    return figure

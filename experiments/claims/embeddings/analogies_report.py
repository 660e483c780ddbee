"""Tables and the plot of the claim on analogies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from experiments.claims.claim import Results, Table, Text
from experiments.claims.embeddings.word_picture import draw_words
from experiments.claims.shared.numbers import deviation, mean, spread
from experiments.claims.shared.wording import chosen
from seqjax.data.builtin.relations import RELATIONS
from seqjax.diagnostics.plots import style

SIZES = (500, 2000, 8000)
"""Sentences of a text."""
OWN = (0.0, 0.3, 0.6)
"""Share of a word's neighbours that belong to it alone."""
MAIN = (8000, 0.3)
"""Where the verdict looks, and the picture is made."""
LOW, HIGH = 0.3, 0.75


def means(accuracies: Sequence[dict[str, float]]) -> list[float]:
    """Of each seed, over relations."""
    return [mean(list(each.values())) for each in accuracies]


def at_main(results: Results) -> list[float]:
    """Accuracy where the verdict looks, of each seed."""
    size, own = MAIN
    row = next(r for r in results["texts"] if (r["size"], r["own"]) == (size, own))
    return means(row["accuracy"])


def pictured(results: Results, method: str, figure: str) -> list[Any]:
    """A figure of the pictures by a method, of each seed; none where it was not there."""
    kept = [each.get(method, {}) for each in results["pictures"]]
    return [each[figure] for each in kept if figure in each]


def tables(results: Results) -> list[Table]:
    """Accuracies by relation, and what pictures keep."""
    names = list(RELATIONS)
    texts = [
        [f"{row['size']:,}; {row['own']:.0%}", spread(means(row["accuracy"]))]
        + [spread([each[name] for each in row["accuracy"]]) for name in names]
        for row in results["texts"]
    ]
    texts.append(
        [f"{MAIN[0]:,}; {MAIN[1]:.0%} *", spread(means(results["not_excluded"]))]
        + [spread([each[name] for each in results["not_excluded"]]) for name in names]
    )
    figures = ("nearest", "ten", "analogies", "analogies_full")
    kept = [
        [label, *(spread(pictured(results, method, figure)) for figure in figures)]
        for method, label in (("tsne", "t-SNE"), ("pca", "PCA"))
    ]
    return [
        Table(
            [
                Text("sentences; own neighbours", "문장 수; 고유 이웃 비율"),
                Text("all", "전체"),
                Text("gender", "성별"),
                Text("capital", "수도"),
                Text("past tense", "과거형"),
            ],
            texts,
            Text(
                "Share of 396 questions answered with the very word. *: the three words of the"
                " question may be answers, too. Mean ± standard deviation over seeds.",
                "질문 396개 가운데 정확히 그 단어로 답한 비율이다. *는 질문에 나온 세 단어도 답이"
                " 될 수 있게 한 경우다. 여러 시드의 평균 ± 표준편차.",
            ),
        ),
        Table(
            [
                Text("picture", "그림"),
                Text("same nearest", "같은 최근접 이웃"),
                Text("of ten nearest", "가까운 열 개 중"),
                Text("questions in it", "그림에서 맞힌 질문"),
                Text("questions, full", "전체 공간에서 맞힌 질문"),
            ],
            kept,
            Text(
                "Of 72 words in the plane: share whose nearest neighbour is the true one, share of"
                " the ten nearest that are, and of questions answered by the nearest point among"
                " these words alone.",
                "평면에 그린 72개 단어에서 최근접 이웃이 실제와 같은 비율, 가까운 열 개가 실제와"
                " 겹치는 비율, 이 단어들만 후보로 두고 가장 가까운 점으로 맞힌 질문의 비율이다.",
            ),
        ),
    ]


def draw(results: Results, language: str) -> Any:
    """Accuracy against the length of the text, and t-SNE's picture of the first seed."""

    def say(en: str, ko: str) -> str:
        return chosen(Text(en, ko), language)

    points = next(iter(pictured(results, "tsne", "points")), None)
    with style.context(language):
        figure, both = style.figure(1, 2, 11, 4.4) if points else style.figure()
        axes = both[0] if points else both
        if points:
            draw_words(both[1], points, language)
        for number, own in enumerate(OWN):
            rows = [row for row in results["texts"] if row["own"] == own]
            values = [means(row["accuracy"]) for row in rows]
            axes.errorbar(
                [row["size"] for row in rows],
                [100 * mean(each) for each in values],
                yerr=[100 * deviation(each) if len(each) > 1 else 0.0 for each in values],
                capsize=3,
                label=say(f"{own:.0%} own neighbours", f"고유 이웃 {own:.0%}"),
                color=style.colour("", number),
                marker=style.MARKERS[number],
            )
        axes.axhspan(100 * LOW, 100 * HIGH, color="0.9", zorder=0)
        axes.set(xscale="log", ylim=(0, 102))
        axes.set_xticks(SIZES, [f"{size:,}" for size in SIZES])
        axes.minorticks_off()
        axes.set_xlabel(say("sentences of the text", "텍스트의 문장 수"))
        axes.set_ylabel(say("questions answered (%)", "맞힌 질문 (%)"))
        axes.set_title(
            say("Man is to woman as king is to ...? (grey: 30 to 75 %)",
                "남자 : 여자 = 왕 : ? (회색: 30~75 %)")
        )  # fmt: skip
        handles = axes.get_legend_handles_labels()
        figure.legend(*handles, frameon=False, ncols=3, loc="outside lower center")
    return figure

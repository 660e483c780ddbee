"""Tables and the plot of the claim on debiasing."""

from __future__ import annotations

from typing import Any

import numpy as np

from experiments.claims.claim import Results, Table, Text
from experiments.claims.shared.numbers import deviation, mean, spread
from experiments.claims.shared.wording import chosen
from seqjax.diagnostics.plots import style

TEXTS: dict[str, dict[str, Any]] = {
    "spoken": {"skew": 0.8, "stereotypes": 0.5},
    "unspoken": {"skew": 0.8, "stereotypes": 0.5, "spoken": False},
    "words_alone": {"skew": 0.8, "stereotypes": 0.0},
    "unbiased": {"skew": 0.5, "stereotypes": 0.5},
}
"""What is asked of ``occupation_sentences``."""
BIASED = ("spoken", "unspoken", "words_alone")
"""Where the verdict looks."""
STAGES = {
    "before": Text("before", "처리 전"),
    "neutralized": Text("neutralized", "중화 후"),
    "equalized": Text("and equalized", "균등화까지"),
}
NAMES = {
    "spoken": Text("stereotypes, of genders too", "고정관념(성별 단어에도)"),
    "unspoken": Text("stereotypes, of occupations alone", "고정관념(직업에만)"),
    "words_alone": Text("gendered words alone", "성별 단어만"),
    "unbiased": Text("no bias", "편향 없음"),
}
FIGURES = {
    "direct": Text("|cos| with the direction", "방향과의 |cos|"),
    "unequal": Text("difference in a pair", "짝 안의 차이"),
    "linear": Text("linear probe", "선형 탐침"),
    "rbf": Text("RBF probe", "RBF 탐침"),
    "clusters": Text("two clusters", "두 군집"),
    "similar": Text("cos in a field", "같은 분야의 cos"),
}


def column(results: Results, text: str, stage: str, figure: str) -> list[float]:
    """One figure, of each seed."""
    return [each[stage][figure] for each in results[text]]


def tables(results: Results) -> list[Table]:
    """A table for each text: stages by figures."""
    return [
        Table(
            [Text("vectors", "벡터"), *FIGURES.values()],
            [
                [label, *(spread(column(results, text, stage, name)) for name in FIGURES)]
                for stage, label in STAGES.items()
            ],
            Text(
                f"Text: {NAMES[text].en}. Of 48 occupations: mean |cos| with the direction of"
                " gender; mean difference of their cosines with the two of five pairs; accuracy"
                " of probes on occupations of four fields that they did not learn from and of two"
                " clusters, chance being 0.5; mean cosine of occupations of one field. Mean ±"
                " standard deviation over seeds.",
                f"텍스트: {NAMES[text].ko}. 직업 48개에 대해 성별 방향과의 |cos| 평균, 다섯 쌍의 두"
                " 단어와의 코사인 차이 평균, 배우지 않은 네 분야의 직업에 대한 탐침의 정확도와 두"
                " 군집의 정확도(우연은 0.5), 같은 분야 직업끼리의 코사인 평균이다. 여러 시드의 평균"
                " ± 표준 편차.",
            ),
        )
        for text in TEXTS
    ]


def draw(results: Results, language: str) -> Any:
    """Bias along the direction, and what probes tell, before and after."""
    with style.context(language):
        figure, both = style.figure(1, 2, width=9, height=4.6)
        panels = (
            ("direct", Text("Bias along the direction", "성별 방향의 편향"),
             Text("mean |cosine|", "|코사인| 평균")),
            ("linear", Text("What a linear probe tells", "선형 탐침이 알아내는 것"),
             Text("held-out occupations right (%)", "맞힌 직업 (%)")),
        )  # fmt: skip
        for axes, (name, title, unit) in zip(both, panels, strict=True):
            scale = 1 if name == "direct" else 100
            for number, text in enumerate(TEXTS):
                values = [column(results, text, stage, name) for stage in STAGES]
                errors = [deviation(each) if len(each) > 1 else 0.0 for each in values]
                axes.bar(
                    np.arange(len(STAGES)) + 0.21 * (number - 1.5),
                    [scale * mean(each) for each in values],
                    0.19,
                    yerr=[scale * error for error in errors],
                    label=chosen(NAMES[text], language),
                    color=style.colour("", number),
                    hatch=("", "//", "..", "xx")[number],
                    edgecolor="white",
                )
            labels = [chosen(label, language) for label in STAGES.values()]
            axes.set_xticks(range(len(STAGES)), labels)
            axes.set_title(chosen(title, language))
            axes.set_ylabel(chosen(unit, language))
        both[1].axhline(50, color="black", linestyle="--", linewidth=1)
        both[1].set_ylim(0, 105)
        figure.legend(
            *both[0].get_legend_handles_labels(), frameon=False, ncols=2, loc="outside lower center"
        )
    return figure

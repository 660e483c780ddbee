"""Claim: models of words predict better and cost less than models of characters."""

from __future__ import annotations

import math
from typing import Any

from experiments.claims.claim import FAILS, HOLDS, IN_PART, Claim, Results, Table, Text, Verdict
from experiments.claims.outputs.language_levels import GRAM, measure
from experiments.claims.shared.numbers import deviation, mean, spread, standard_error
from experiments.claims.shared.wording import chosen
from seqjax.diagnostics.plots import style

LABELS = {
    "words": Text("words", "단어"),
    "spelling": Text("spelling of unknown words", "모르는 단어의 철자"),
    "characters": Text("characters", "글자"),
    "counted": Text(f"{GRAM}-grams of characters", f"글자 {GRAM}-그램"),
}


def totals(results: Results) -> dict[str, list[float]]:
    """Bits per character by seed; those of words with the spelling of unknown ones."""
    levels = results["levels"]
    return {
        "words": [value + results["spelling"] for value in levels["words"]["bits"]],
        "characters": list(levels["characters"]["bits"]),
    }


def verdict(results: Results) -> Verdict:
    """By RULE."""
    found = totals(results)
    gain = mean(found["characters"]) - mean(found["words"])
    error = math.hypot(*(standard_error(values) for values in found.values()))
    seconds = {name: level["seconds"] for name, level in results["levels"].items()}
    better, cheaper = gain > 2 * error, seconds["words"] < seconds["characters"]
    words, characters = (f"{mean(found[name]):.3f}" for name in ("words", "characters"))
    ratio = f"{seconds['characters'] / seconds['words']:.1f}"
    return Verdict(
        HOLDS if better and cheaper else IN_PART if better or cheaper else FAILS,
        Text(
            f"The model of words needs {words} bits per character, {results['spelling']:.3f} of"
            f" them to spell unknown words; the model of characters {characters}, and {ratio} times"
            " as much time per character.",
            f"단어 모델은 글자당 {words}비트(그 가운데 모르는 단어의 철자"
            f" {results['spelling']:.3f}),"
            f" 글자 모델은 {characters}비트가 필요하고, 글자당 시간은 글자 모델이 {ratio}배이다.",
        ),
    )


def tables(results: Results) -> list[Table]:
    """Bits, parameters and time by model."""
    found, levels = totals(results), results["levels"]
    rows: list[list[str | Text]] = [
        [
            LABELS[name],
            f"{levels[name]['parameters']:,}",
            spread(found[name]),
            f"{results['spelling']:.3f}" if name == "words" else "0",
            spread(levels[name]["bits"]),
            f"{1e6 * levels[name]['seconds']:.2f}",
        ]
        for name in found
    ]
    rows.append([LABELS["counted"], "-", f"{results['counted']:.3f}", "0", "-", "-"])
    count = len(results["seeds"])
    return [
        Table(
            [
                Text("model", "모델"),
                Text("parameters", "매개변수"),
                Text("bits per character", "글자당 비트"),
                Text("of which spelling", "그 가운데 철자"),
                Text("if spelling were free", "철자를 공짜로 치면"),
                Text("µs per character of training", "학습에서 글자당 µs"),
            ],
            rows,
            Text(
                f"{results['characters']:,} held-out characters of Python's documentation."
                f" {results['unknown']:.1%} of the words, {results['unknown_characters']:.1%} of"
                " the characters, are unknown to the model of words: their spelling is paid for by"
                f" a 4-gram model of characters. n = {count} seeds.",
                f"학습에 쓰지 않은 파이썬 문서의 글자 {results['characters']:,}개. 단어의"
                f" {results['unknown']:.1%}, 글자의 {results['unknown_characters']:.1%}는 단어"
                " 모델이 모르는 단어이고, 그 철자의 비용은 글자 4-그램 모델로 계산한다."
                f" n = {count}(시드).",
            ),
        )
    ]


def draw(results: Results, language: str) -> Any:
    """Bits per character and time per character, side by side."""
    found, levels = totals(results), results["levels"]
    names = ["words", "characters"]
    labels = [chosen(LABELS[name], language) for name in names]
    with style.context(language):
        figure, (left, right) = style.figure(1, 2, width=10, height=4)
        means = [mean(levels[name]["bits"]) for name in names]
        around = [deviation(found[name]) for name in names]
        several = len(results["seeds"]) > 1
        left.bar(labels, means, 0.5, color=style.colour("", 0), yerr=None)
        spelled = left.bar(
            labels[:1], [results["spelling"]], 0.5, means[:1], color=style.colour("", 4),
            hatch="//", edgecolor="white", label=chosen(LABELS["spelling"], language),
        )  # fmt: skip
        left.errorbar(
            labels, [mean(found[name]) for name in names], around if several else None,
            fmt="none", ecolor="#222222", capsize=5,
        )  # fmt: skip
        line = left.axhline(
            results["counted"], linestyle=":", color="#444444",
            label=chosen(LABELS["counted"], language),
        )  # fmt: skip
        left.set_ylim(0, 1.35 * max([*map(mean, found.values()), results["counted"]]))
        left.set_title(chosen(Text("Held-out text", "학습에 쓰지 않은 글"), language))
        left.set_ylabel(chosen(Text("bits per character", "글자당 비트"), language))
        left.set_xlabel(chosen(Text("level", "단위"), language))
        left.legend(handles=[spelled, line], loc="upper center", fontsize=9)
        right.bar(
            labels, [1e6 * levels[name]["seconds"] for name in names], 0.5,
            color=style.colour("", 0),
        )  # fmt: skip
        right.set_title(chosen(Text("Time to train", "학습 시간"), language))
        right.set_ylabel(chosen(Text("µs per character", "글자당 µs"), language))
        right.set_xlabel(chosen(Text("level", "단위"), language))
    return figure


CLAIM = Claim(
    name="words_and_characters",
    number=10,
    statement=Text(
        "A language model of words predicts a text better and costs less time than one of"
        " characters, which in turn knows no unknown words.",
        "단어 단위 언어 모델은 글자 단위 언어 모델보다 글을 더 잘 예측하고 시간이 덜 든다. 대신"
        " 글자 단위 모델에는 모르는 단어가 없다.",
    ),
    experiment=Text(
        "Two LSTMs with as nearly equal parameters as widths allow read Python's documentation four"
        " times, as the 1,000 commonest words or as characters. Bits are counted for the same"
        " string, and each unknown word pays for its letters too.",
        "매개변수 수를 되도록 같게 한 두 LSTM이 파이썬 문서를 가장 흔한 단어 1,000개로, 또는 글자로"
        " 네 번 읽는다. 비트는 같은 문자열에 대해 세며, 모르는 단어는 그 철자의 비용도 낸다.",
    ),
    rule=Text(
        "better: words need fewer bits per character, spelling included, by more than twice the"
        " standard error of the difference. cheaper: an update takes less time per character of the"
        " text. Holds: both. In part: one of them.",
        "품질: 철자를 포함하여 단어 모델의 글자당 비트가 차이의 표준 오차의 두 배를 넘게 적다."
        " 비용: 글자당 갱신 시간이 더 짧다. 성립: 둘 다. 부분 성립: 하나만.",
    ),
    measure=measure,
    verdict=verdict,
    tables=tables,
    draw=draw,
    alt=Text(
        "Two bar charts for words and characters: bits per character, with the part that spells"
        " unknown words and a line for 5-grams of characters; and microseconds per character.",
        "단어와 글자에 대한 두 막대그래프: 모르는 단어의 철자 몫과 글자 5-그램의 선이 있는 글자당"
        " 비트, 그리고 글자당 마이크로초.",
    ),
)

"""What the claim about shared positions shows: its tables and its plot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from experiments.claims.claim import Results, Table, Text
from experiments.claims.shared.curves import curves, share
from experiments.claims.shared.numbers import mean, spread
from experiments.claims.shared.wording import chosen
from seqjax.data.builtin.placed_names import LONGEST
from seqjax.diagnostics.plots import style

TRAINED = range(5)
"""Places of names in training: their words fill slots 0 to 5."""
TESTED = range(LONGEST - 1)
NEW = range(6, LONGEST - 1)
"""Places no slot of which held a name in training."""
NAMES = {
    "feed_forward": Text("feed-forward", "순방향 신경망(feed-forward)"),
    "rnn": Text("RNN", "RNN"),
    "gru": Text("GRU", "GRU"),
    "everywhere": Text("feed-forward, trained everywhere", "순방향 신경망, 모든 위치에서 훈련"),
}


def at(results: Results, name: str, positions: Sequence[int], what: str = "tags") -> list[float]:
    """Mean accuracy over those places, by seed."""
    return [mean([row[p] for p in positions]) for row in results[what][name]]


def tables(results: Results) -> list[Table]:
    """Accuracy at places of training and at new ones: of tags, and of answers for a sentence."""
    head = [
        Text("network", "신경망"),
        Text("names at slots 1 to 5", "이름이 1~5번 위치"),
        Text("names at slots 7 to 13", "이름이 7~13번 위치"),
    ]
    captions = {
        "tags": Text(
            "Share of second words (potter, or harry in its mirror) that are tagged right.",
            "둘째 단어(potter, 뒤집은 것에서는 harry)의 태그를 맞힌 비율.",
        ),
        "answers": Text(
            "The same where the network gives one answer for the whole sentence, after its end:"
            " then it has to keep what it found, too.",
            "문장이 끝난 뒤 문장 전체에 대해 한 번 답할 때의 정확도. 이때는 찾은 것을 기억하기도"
            " 해야 한다.",
        ),
    }
    seeds = len(results["tags"]["rnn"])
    return [
        Table(
            head,
            [
                [
                    NAMES[name],
                    spread(at(results, name, TRAINED, what)),
                    spread(at(results, name, NEW, what)),
                ]
                for name in results[what]
            ],
            Text(
                f"{caption.en} Mean ± standard deviation over {seeds} seeds; names at slots 1 to 5"
                " in training.",
                f"{caption.ko} 시드 {seeds}개의 평균 ± 표준편차. 훈련 문장의 이름은 1~5번 위치에"
                " 있다.",
            ),
        )
        for what, caption in captions.items()
    ]


WORDS = {
    "here": Text("trained here", "훈련한 위치"),
    "guess": Text("guessing", "무작위"),
    "x": Text("slot where the name begins", "이름이 시작하는 위치(몇 번째 단어)"),
    "y": Text("accuracy", "정확도"),
    "title": Text(
        "Does what was learned at one place hold at another?",
        "한 위치에서 배운 것이 다른 위치에서도 통하는가",
    ),
}


def draw(results: Results, language: str) -> Any:
    """Accuracy against the place of the name."""
    said = {name: chosen(text, language) for name, text in (WORDS | NAMES).items()}
    with style.context(language):
        figure, axes = style.figure()
        places = [p + 1 for p in results["positions"]]
        axes.axvspan(places[0] - 0.4, TRAINED[-1] + 1.4, color="#dddddd", zorder=0)
        axes.text(3, 0.06, said["here"], ha="center", color="#333333")
        curves(axes, places, results["tags"], said)
        share(axes, 0.5, said["guess"])
        axes.set_xticks(places)
        axes.set(xlabel=said["x"], ylabel=said["y"], title=said["title"])
        figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure

"""The picture of the claim about gradients: four panels."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from experiments.claims.cells import clipping, gradient_reach
from experiments.claims.claim import Results, Text
from experiments.claims.shared.wording import chosen
from seqjax.diagnostics.plots import style

WAYS = {
    "none": Text("none", "없음"),
    "none, a hundredth of the rate": Text("none, rate / 100", "없음, 학습률 / 100"),
    "value": Text("by value", "값 기준"),
    "norm": Text("by norm", "노름 기준"),
}


def draw(results: Results, language: str) -> Any:
    """Gradients by distance; exponents by radius; the forget gate; clipping."""
    reach = results["reach"]
    with style.context(language):
        figure, axes = style.figure(2, 2, width=10, height=7.5)
        _distance(axes[0, 0], reach, language)
        _exponents(axes[0, 1], reach, language)
        _forget(axes[1, 0], reach, language)
        _clipping(axes[1, 1], results["clipping"], language)
    return figure


def _curves(axes: Any, curves: list[Any], labels: list[str]) -> None:
    """log10 of gradients [settings][seeds][distances] against the distance."""
    for i, (curve, label) in enumerate(zip(curves, labels, strict=True)):
        values = np.mean(curve, 0) / math.log(10)
        axes.plot(
            gradient_reach.DISTANCES, values, label=label, color=style.colour("", i),
            marker=style.MARKERS[i],
        )  # fmt: skip
    axes.axhline(0, color="#444444", linewidth=0.8)


def _distance(axes: Any, reach: Results, language: str) -> None:
    radii = [f"{radius:g}" for radius in gradient_reach.RADII]
    _curves(axes, reach["radius"]["rnn"]["gradient"], radii)
    axes.set_title(chosen(Text("RNN: gradient by distance", "RNN: 거리에 따른 기울기"), language))
    axes.set_xlabel(chosen(Text("distance (steps)", "거리 (스텝)"), language))
    axes.set_ylabel(chosen(Text("log10 |dL/dh|, relative", "log10 |dL/dh|, 상댓값"), language))
    axes.legend(title=chosen(Text("spectral radius", "스펙트럼 반지름"), language), fontsize=9)


def _exponents(axes: Any, reach: Results, language: str) -> None:
    for i, (cell, part) in enumerate(reach["radius"].items()):
        values = np.asarray(part["exponent"])
        around = values.std(1, ddof=1) if values.shape[1] > 1 else None
        axes.errorbar(
            gradient_reach.RADII, values.mean(1), around, label=cell.upper(),
            color=style.colour(cell), marker=style.MARKERS[i], capsize=3,
        )  # fmt: skip
    radii = np.asarray(gradient_reach.RADII)
    axes.plot(
        radii, np.log(radii), ":", color="#444444",
        label=chosen(Text("RNN without tanh", "tanh를 뺀 RNN"), language),
    )  # fmt: skip
    axes.axhline(0, color="#444444", linewidth=0.8)
    axes.set_title(chosen(Text("Largest Lyapunov exponent", "최대 랴푸노프 지수"), language))
    axes.set_xlabel(chosen(Text("spectral radius at the start", "초기 스펙트럼 반지름"), language))
    axes.set_ylabel(chosen(Text("nats per step", "스텝당 nat"), language))
    axes.legend(fontsize=9)


def _forget(axes: Any, reach: Results, language: str) -> None:
    _curves(axes, reach["forget"]["gradient"], [f"{bias:g}" for bias in gradient_reach.BIASES])
    axes.set_title(chosen(Text("LSTM: gradient by distance", "LSTM: 거리에 따른 기울기"), language))
    axes.set_xlabel(chosen(Text("distance (steps)", "거리 (스텝)"), language))
    axes.set_ylabel(chosen(Text("log10 |dL/dh|, relative", "log10 |dL/dh|, 상댓값"), language))
    axes.legend(title=chosen(Text("forget bias", "망각 게이트 편향"), language), fontsize=9)


def _clipping(axes: Any, trained: Results, language: str) -> None:
    for i, (way, part) in enumerate(trained.items()):
        # No number, where a training has diverged, leaves a gap.
        curves = np.array([[np.nan if v is None else v for v in seed] for seed in part["loss"]])
        for k, curve in enumerate(curves):
            label = None if k else chosen(WAYS[way], language)
            axes.plot(
                part["updates"], curve, color=style.colour("", i), alpha=0.8,
                marker=style.MARKERS[i], markevery=4, label=label,
            )  # fmt: skip
        stops = [part["updates"][seed.index(None)] for seed in part["loss"] if None in seed]
        axes.plot(stops, [3 / 2**i] * len(stops), "X", color=style.colour("", i), markersize=10)
    guess = chosen(Text("always 0", "항상 0"), language)
    axes.axhline(clipping.GUESS, linestyle=":", color="#444444", label=guess)
    axes.set_yscale("log")
    axes.set_ylim(2e-4, 6)
    axes.set_title(chosen(Text("Training with and without clipping", "클리핑과 학습"), language))
    axes.set_xlabel(chosen(Text("updates", "갱신 횟수"), language))
    axes.set_ylabel(chosen(Text("mean squared error", "평균 제곱 오차"), language))
    axes.legend(
        title=chosen(Text("clipping (X: diverged)", "클리핑 (X: 발산)"), language),
        fontsize=9,
        ncols=2,
        loc="lower left",
    )

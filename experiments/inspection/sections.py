"""What each instrument says of a network on a text, as a section of the page."""

from __future__ import annotations

import math
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

from experiments.inspection.reading import (
    Reading,
    Section,
    picture,
    walker_flow,
    walker_growth,
    walker_saturation,
    walker_spectra,
)
from experiments.inspection.tracked import tracked_units
from seqjax import diagnostics
from seqjax.diagnostics import plots
from seqjax.diagnostics.gates import gate_letters

DISTANCES = (1, 5, 20, 100)
WIDEST = 600
"""Numbers in a state: of wider ones the spectra would take minutes."""


def loss_gradients(given: Reading) -> Section:
    """|dL/ds_t| of the whole text."""
    network, say = given.network, given.said
    norms = {
        given.named(walker): np.linalg.norm(np.asarray(gradient), axis=-1)
        for walker, gradient in zip(network.walkers, jax.jit(network.gradients)(), strict=True)
    }
    figure = plots.loss_gradient_figure(norms, given.language)
    ends = "; ".join(
        say(
            f"{name} {row[0, 0]:.2g} at the first step walked and {row[-1, 0]:.2g} at the last",
            f"{name}: 처음 지나는 시점에서 {row[0, 0]:.2g}, 마지막 시점에서 {row[-1, 0]:.2g}",
        )
        for name, row in norms.items()
    )
    about = network.about.in_(given.language)
    return Section(
        say("Gradient of the loss by step", "시점에 따른 손실의 기울기(gradient)"),
        say(
            f"How much {about} feels of a small change of each state. A layer that walks"
            " backwards is shown in the order in which it walks.",
            f"각 상태를 조금 바꿀 때 {about}이 얼마나 달라지는지 보인다. 역방향 층은 그 층이"
            " 지나는 순서로 그렸다.",
        ),
        picture(
            figure,
            say(f"Norm of the gradient over steps: {ends}.", f"시점에 따른 기울기의 노름. {ends}."),
            given,
        ),
    )


def memory(given: Reading) -> Section:
    """|ds_T/ds_t| and the memory length."""
    say = given.said
    flows = {given.named(w): jax.jit(walker_flow(w))(xs) for w, xs in given.walkers()}
    found = {name: float(diagnostics.memory_length(flow)[0]) for name, flow in flows.items()}
    beyond = say("more than was looked at", "살펴본 길이보다 김")
    told = "; ".join(
        f"{name}: " + (say(f"{n:.1f} steps", f"{n:.1f}스텝") if math.isfinite(n) else beyond)
        for name, n in found.items()
    )
    figure = plots.state_flow_figure(flows, given.language)
    return Section(
        say("How long a change of the state lasts", "상태의 변화가 남아 있는 길이"),
        say(
            "A small change of a state in a random direction is so much larger or smaller when it"
            " arrives. Effective memory is the distance at which it has fallen to 1/e:"
            f" {told}.",
            "상태를 임의의 방향으로 조금 바꾼 것이 나중의 상태에 도착할 때 얼마나 커지거나"
            " 작아지는지 보인다. 유효 기억 길이(effective memory)는 그것이 1/e로 줄어드는 거리이다."
            f" {told}.",
        ),
        picture(
            figure,
            say(
                f"Change that arrives over distance. Memory: {told}.",
                f"거리에 따라 도착하는 변화의 크기. 기억 길이: {told}.",
            ),
            given,
        ),
    )


def spectra(given: Reading) -> Section:
    """Singular values of step Jacobians and of their products."""
    pictures, say = [], given.said
    for walker, xs in given.walkers():
        name = given.named(walker)
        size = diagnostics.flat_state(walker.cell, walker.params).size
        if size > WIDEST:
            too_wide = say(
                f"{name}: a state of {size} numbers is too wide for this.",
                f"{name}: 상태가 {size}개의 수로 되어 있어 계산하기에는 너무 넓다.",
            )
            pictures.append(f"<p>{too_wide}</p>")
            continue
        distances = [k for k in DISTANCES if k <= len(xs)]
        values, products = jax.jit(walker_spectra(walker, distances))(xs)
        figure = plots.spectrum_figure(values, products, distances, given.language)
        largest = float(jnp.median(values[..., 0]))
        alt = say(
            f"{name}: the median of the largest singular value of a step is {largest:.2f}.",
            f"{name}: 한 스텝의 가장 큰 특잇값의 중앙값은 {largest:.2f}이다.",
        )
        pictures.append(f"<h3>{name}</h3>{picture(figure, alt, given)}<p>{alt}</p>")
    return Section(
        say("Singular values of the Jacobians", "야코비 행렬(Jacobian)의 특잇값"),
        say(
            "Directions of the state in which a step, or several, stretch (above 1) or shrink"
            " (below).",
            "한 스텝이나 여러 스텝이 상태를 늘이거나(1보다 큼) 줄이는(1보다 작음) 방향들이다.",
        ),
        "".join(pictures),
    )


def exponents(given: Reading) -> Section:
    """The largest Lyapunov exponent of each walker."""
    say = given.said
    growth = {given.named(w): jax.jit(walker_growth(w))(xs) for w, xs in given.walkers()}
    told = "; ".join(f"{name} {values.mean():.3f}" for name, values in growth.items())
    return Section(
        say("Largest Lyapunov exponent", "최대 랴푸노프 지수(Lyapunov exponent)"),
        say(
            "In nats a step; below 0, two states that lie close together come closer, and the past"
            f" is forgotten: {told}.",
            "단위는 스텝당 nat이다. 0보다 작으면 가까이 있는 두 상태가 더 가까워지고 과거는 잊힌다."
            f" {told}.",
        ),
        picture(
            plots.lyapunov_figure(growth, given.language),
            say(f"Exponents: {told}.", f"지수: {told}."),
            given,
        ),
    )


def saturation(given: Reading) -> Section:
    """How often gates are shut or open."""
    pictures, say = [], given.said
    for walker, xs in given.walkers():
        try:
            names = gate_letters(walker.cell)
        except ValueError:
            none = say("no gates to look at", "살펴볼 게이트가 없다")
            pictures.append(f"<p>{given.named(walker)}: {none}.</p>")
            continue
        shares = jax.jit(walker_saturation(walker))(xs)
        found = {name: shares[name] for name in names}  # as equations have it
        parts = []
        for gate_name, gate in found.items():
            low, high = float(gate.unit_low.mean()), float(gate.unit_high.mean())
            slope = float(jnp.nanmean(gate.slope))
            parts.append(
                say(
                    f"{gate_name}: {low:.0%} low, {high:.0%} high, mean slope {slope:.2f}",
                    f"{gate_name}: 낮음 {low:.0%}, 높음 {high:.0%}, 평균 미분계수 {slope:.2f}",
                )
            )
        told, name = "; ".join(parts), given.named(walker)
        figure = plots.saturation_figure(found, given.language)
        drawn = picture(figure, f"{name}: {told}.", given)
        pictures.append(f"<h3>{name}</h3>{drawn}<p>{told}.</p>")
    return Section(
        say("Gate saturation", "게이트의 포화(saturation)"),
        say(
            "The share of steps at which each unit's gates are below 0.1 or above 0.9 (of tanh:"
            " below -0.8 or above 0.8). The slope is what gradients are multiplied by there.",
            "각 유닛의 게이트가 0.1보다 작거나 0.9보다 큰(tanh는 -0.8보다 작거나 0.8보다 큰) 시점의"
            " 비율이다. 미분계수는 그곳에서 기울기에 곱해지는 값이다.",
        ),
        "".join(pictures),
    )


SECTIONS: tuple[Callable[[Reading], Section], ...] = (
    loss_gradients, memory, spectra, exponents, saturation, tracked_units,
)  # fmt: skip
"""In the order of the page."""

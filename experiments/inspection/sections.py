"""What each instrument says of a network on a text, as a section of the page."""

from __future__ import annotations

import html
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
from seqjax import diagnostics
from seqjax.diagnostics import plots
from seqjax.diagnostics.gates import gate_letters

DISTANCES = (1, 5, 20, 100)
WIDEST = 600
"""Numbers in a state: of wider ones the spectra would take minutes."""
SHOWN = 400
"""Tokens of a heat map."""
LEAST = 16
"""Tokens of a text in which units can track anything."""


def loss_gradients(given: Reading) -> Section:
    """|dL/ds_t| of the whole text."""
    network = given.network
    norms = {
        walker.name: np.linalg.norm(np.asarray(gradient), axis=-1)
        for walker, gradient in zip(network.walkers, jax.jit(network.gradients)(), strict=True)
    }
    figure = plots.loss_gradient_figure(norms, given.language)
    ends = [f"{name} {row[0, 0]:.2g} at the first step walked and {row[-1, 0]:.2g} at the last"
            for name, row in norms.items()]  # fmt: skip
    return Section(
        "Gradient of the loss by step",
        f"How much {network.about} feels of a small change of each state. A layer that walks"
        " backwards is shown in the order in which it walks.",
        picture(figure, f"Norm of the gradient over steps: {'; '.join(ends)}."),
    )


def memory(given: Reading) -> Section:
    """|ds_T/ds_t| and the memory length."""
    flows = {walker.name: jax.jit(walker_flow(walker))(xs) for walker, xs in given.walkers()}
    found = {name: float(diagnostics.memory_length(flow)[0]) for name, flow in flows.items()}
    told = [
        f"{name}: {f'{steps:.1f} steps' if math.isfinite(steps) else 'more than was looked at'}"
        for name, steps in found.items()
    ]
    figure = plots.state_flow_figure(flows, given.language)
    return Section(
        "How long a change of the state lasts",
        "A small change of a state in a random direction is so much larger or smaller when it"
        " arrives. Effective memory is the distance at which it has fallen to 1/e:"
        f" {'; '.join(told)}.",
        picture(figure, f"Change that arrives over distance. Memory: {'; '.join(told)}."),
    )


def spectra(given: Reading) -> Section:
    """Singular values of step Jacobians and of their products."""
    pictures = []
    for walker, xs in given.walkers():
        size = diagnostics.flat_state(walker.cell, walker.params).size
        if size > WIDEST:
            pictures.append(
                f"<p>{walker.name}: a state of {size} numbers is too wide for this.</p>"
            )
            continue
        distances = [k for k in DISTANCES if k <= len(xs)]
        values, products = jax.jit(walker_spectra(walker, distances))(xs)
        figure = plots.spectrum_figure(values, products, distances, given.language)
        largest = float(jnp.median(values[..., 0]))
        alt = f"{walker.name}: the median of the largest singular value of a step is {largest:.2f}."
        pictures.append(f"<h3>{walker.name}</h3>{picture(figure, alt)}<p>{alt}</p>")
    return Section(
        "Singular values of the Jacobians",
        "Directions of the state in which a step, or several, stretch (above 1) or shrink (below).",
        "".join(pictures),
    )


def exponents(given: Reading) -> Section:
    """The largest Lyapunov exponent of each walker."""
    growth = {walker.name: jax.jit(walker_growth(walker))(xs) for walker, xs in given.walkers()}
    told = [f"{name} {values.mean():.3f}" for name, values in growth.items()]
    return Section(
        "Largest Lyapunov exponent",
        "In nats a step; below 0, two states that lie close together come closer, and the past is"
        f" forgotten: {'; '.join(told)}.",
        picture(plots.lyapunov_figure(growth, given.language), f"Exponents: {'; '.join(told)}."),
    )


def saturation(given: Reading) -> Section:
    """How often gates are shut or open."""
    pictures = []
    for walker, xs in given.walkers():
        shares = jax.jit(walker_saturation(walker))(xs)
        found = {name: shares[name] for name in gate_letters(walker.cell)}  # as equations have it
        told = "; ".join(
            f"{name}: {float(gate.unit_low.mean()):.0%} low, {float(gate.unit_high.mean()):.0%}"
            f" high, mean slope {float(jnp.nanmean(gate.slope)):.2f}"
            for name, gate in found.items()
        )
        drawn = picture(plots.saturation_figure(found, given.language), f"{walker.name}: {told}.")
        pictures.append(f"<h3>{walker.name}</h3>{drawn}<p>{told}.</p>")
    return Section(
        "Gate saturation",
        "The share of steps at which each unit's gates are below 0.1 or above 0.9 (of tanh: below"
        " -0.8 or above 0.8). The slope is what gradients are multiplied by there.",
        "".join(pictures),
    )


def tracked_units(given: Reading) -> Section:
    """Units that track a property of the text, with heat maps."""
    network = given.network
    if len(network.tokens) < LEAST:
        words = f"The text has {len(network.tokens)} tokens; {LEAST} are needed to look for units."
        return Section("Units that track something", words, "")
    properties = diagnostics.text_properties(network.tokens, network.separator)
    pieces, fragments = [], []
    values_of = jax.jit(network.units)()
    for name in (walker.name for walker in network.walkers):
        values = np.asarray(values_of[name])
        found = diagnostics.tracking(values, properties)
        tracks = [each for each in found if each.tracks]
        told = "; ".join(f"unit {e.unit}: {e.name} ({e.held_out:+.2f})" for e in tracks)
        alt = f"{name}: {told or 'no unit tracks any of the properties'}."
        drawn = picture(plots.tracking_figure(found, given.language), alt) if found else ""
        pieces.append(f"<h3>{html.escape(name)}</h3>{drawn}<p>{html.escape(alt)}</p>")
        for each in tracks[:3]:
            title = f"{name}, unit {each.unit}: {each.name} (correlation {each.held_out:+.2f})"
            fragments.append(
                plots.heat_map_html(
                    network.tokens[:SHOWN], values[:SHOWN, each.unit], title,
                    separator=network.separator,
                )
            )  # fmt: skip
    return Section(
        "Units that track something",
        "For each property of the text the unit that goes with it best on the first half, judged on"
        " the second: correlation there above 0.5 and above what shifted copies reach by chance.",
        "".join(pieces + fragments),
    )


SECTIONS: tuple[Callable[[Reading], Section], ...] = (
    loss_gradients, memory, spectra, exponents, saturation, tracked_units,
)  # fmt: skip
"""In the order of the page."""

"""What sections of the page are made of: a network on a text, and programs that measure it."""

from __future__ import annotations

import base64
import html
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import jax

from experiments.inspection.network import Network, Walker
from seqjax import diagnostics
from seqjax.diagnostics.plots import style


class Section(NamedTuple):
    """A heading and what stands below it."""

    title: str
    words: str
    """plain text, one paragraph"""
    body: str
    """HTML"""


class Reading(NamedTuple):
    """What sections are made of."""

    network: Network
    """on the whole text"""
    short: Network
    """on its first tokens, for what takes derivatives"""
    inputs: list[jax.Array]
    """of each walker of ``short``, in the order of walking"""
    language: str

    def walkers(self) -> Iterator[tuple[Walker, jax.Array]]:
        """Each walker and what it reads."""
        return zip(self.short.walkers, self.inputs, strict=True)


def reading(network: Network, steps: int, language: str) -> Reading:
    """A network on a text; derivatives are taken at the first ``steps`` of its tokens."""
    short = network.first(steps)
    walkers = zip(short.walkers, jax.jit(short.inputs)(), strict=True)
    return Reading(network, short, [walker.turned(xs) for walker, xs in walkers], language)


def picture(figure: Any, alt: str) -> str:
    """A figure as an image that stands in the page itself."""
    code = base64.b64encode(style.svg(figure, alt)).decode()
    return f'<img alt="{html.escape(alt)}" src="data:image/svg+xml;base64,{code}">'


def walker_flow(walker: Walker) -> Callable[[jax.Array], jax.Array]:
    """xs -> ``state_flow`` of a walker."""
    return lambda xs: diagnostics.state_flow(walker.cell, walker.params, xs)


def walker_spectra(walker: Walker, distances: Sequence[int]) -> Callable[[jax.Array], Any]:
    """xs -> singular values of steps, and logarithms of those of products over distances."""

    def spectra_of(xs: jax.Array) -> tuple[jax.Array, jax.Array]:
        jacobians = diagnostics.step_jacobians(walker.cell, walker.params, xs)
        products = diagnostics.product_singular_values(jacobians, distances=distances)
        return diagnostics.singular_values(jacobians), products

    return spectra_of


def walker_growth(walker: Walker) -> Callable[[jax.Array], jax.Array]:
    """xs -> growth [T, 1, 1] of the largest exponent."""
    return lambda xs: diagnostics.lyapunov(walker.cell, walker.params, xs, k=1).growth


def walker_saturation(walker: Walker) -> Callable[[jax.Array], dict[str, Any]]:
    """xs -> ``gate_saturation`` of a walker."""
    return lambda xs: diagnostics.gate_saturation(walker.cell, walker.params, xs)

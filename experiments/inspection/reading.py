"""What sections of the page are made of: a network on a text, and programs that measure it."""

from __future__ import annotations

import base64
import html
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import jax

from experiments.inspection.network import Network, Walker
from experiments.inspection.words import Words, layer_name
from seqjax import diagnostics
from seqjax.diagnostics import plots
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
    """of the page"""
    hover: bool = False
    """whether curves answer to the pointer"""

    def said(self, en: str, ko: str) -> str:
        """The words in the language of the page."""
        return Words(en, ko).in_(self.language)

    def named(self, walker: Walker) -> str:
        """What a walker is called in that language."""
        return layer_name(walker.name, self.language)

    def walkers(self) -> Iterator[tuple[Walker, jax.Array]]:
        """Each walker and what it reads."""
        return zip(self.short.walkers, self.inputs, strict=True)


def reading(network: Network, steps: int, language: str, *, hover: bool = False) -> Reading:
    """A network on a text; derivatives are taken at the first ``steps`` of its tokens."""
    short = network.first(steps)
    walkers = zip(short.walkers, jax.jit(short.inputs)(), strict=True)
    turned = [walker.turned(xs) for walker, xs in walkers]
    return Reading(network, short, turned, language, hover)


def picture(figure: Any, alt: str, given: Reading) -> str:
    """A figure as an image that stands in the page itself; its curves tell their values."""
    with style.context(given.language):
        code = base64.b64encode(style.svg(figure, alt)).decode()
    image = f'<img alt="{html.escape(alt)}" src="data:image/svg+xml;base64,{code}">'
    return plots.hover_html(figure, image, alt, given.language) if given.hover else image


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

"""The recurrent part of a trained model as the cells that instruments look at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp

from experiments.inspection.words import Words
from seqjax.basics import masks
from seqjax.basics.cell import Cell
from seqjax.basics.flat_state import flat_state
from seqjax.basics.types import Array, Params
from seqjax.diagnostics.trajectory import Trajectory, trajectory
from seqjax.models.body import BodyConfig
from seqjax.models.body import cell as cell_of

Loss = Callable[[Array], Array]
"""outputs of the last layer [T, 1, H] -> a number"""


class Walker(NamedTuple):
    """One cell of a network; it walks a text forwards or backwards."""

    name: str
    """such as "layer 1 backward" """
    cell: Cell
    params: Params
    reverse: bool = False

    def walk(self, xs: Array, nudges: Array | None = None) -> Trajectory:
        """The trajectory in the order of walking, but outputs in that of the text."""
        walked = trajectory(self.cell, self.params, self.turned(xs), nudges=nudges)
        return walked._replace(hs=self.turned(walked.hs))

    def turned(self, xs: Array) -> Array:
        """xs [T, 1, ...] in the order of walking; done twice, as they were."""
        return masks.turn(xs, jnp.array([len(xs)])) if self.reverse else xs


class Network(NamedTuple):
    """A trained model on one text."""

    tokens: Sequence[str]
    """T of them"""
    separator: str
    """what stands between two of them in a text"""
    xs: Array
    """[T, 1, D], what the lowest layer reads"""
    layers: Sequence[Sequence[Walker]]
    """the lowest first; in both directions two a layer, whose outputs stand side by side"""
    residual: bool
    """whether the inputs of each layer above the first are added to its outputs"""
    loss: Loss
    about: Words
    """what the loss is of"""
    is_text: bool = True
    """whether tokens are parts of a text, and not numbers of steps or frames"""

    @property
    def walkers(self) -> list[Walker]:
        """Of all layers."""
        return [walker for layer in self.layers for walker in layer]

    def first(self, steps: int) -> Network:
        """The network on the first tokens alone; its loss is then of no use."""
        return self._replace(tokens=self.tokens[:steps], xs=self.xs[:steps])

    def inputs(self) -> list[Array]:
        """What each walker reads, [T, 1, D], in the order of the text."""
        found, xs = [], self.xs
        for number, layer in enumerate(self.layers):
            found += [xs] * len(layer)
            xs = self._above(number, xs, [walker.walk(xs).hs for walker in layer])
        return found

    def units(self) -> dict[str, Array]:
        """{walker: outputs [T, H]} at each token of the text."""
        walks = zip(self.walkers, self.inputs(), strict=True)
        return {walker.name: walker.walk(xs).hs[:, 0] for walker, xs in walks}

    def outputs(self, nudges: Sequence[Array] | None = None) -> Array:
        """[T, 1, H] of the last layer; ``nudges`` are added to the states, one a walker."""
        xs, given = self.xs, iter(nudges or [None] * len(self.walkers))  # type: ignore[list-item]
        for number, layer in enumerate(self.layers):
            xs = self._above(number, xs, [w.walk(xs, next(given)).hs for w in layer])
        return xs

    def gradients(self) -> list[Array]:
        """dL/ds_t [T, 1, N] of each walker, in the order of walking."""
        zeros = []
        for walker in self.walkers:
            size = flat_state(walker.cell, walker.params).size
            zeros.append(jnp.zeros((len(self.xs), 1, size), self.xs.dtype))
        gradients: list[Array] = jax.grad(lambda nudges: self.loss(self.outputs(nudges)))(zeros)
        return gradients

    def _above(self, number: int, xs: Array, hs: list[Array]) -> Array:
        joined = jnp.concatenate(hs, -1)
        return joined + xs if self.residual and number else joined


def of_body(config: BodyConfig, params: Params) -> list[list[Walker]]:
    """The walkers of ``models.body``, whose layers have odd numbers; dropout stands between."""
    layers, recurrence = [], cell_of(config)
    for number in range(config.layers):
        own, name = params[str(2 * number + 1)], f"layer {number + 1}"
        if not config.bidirectional:
            layers.append([Walker(name, recurrence, own)])
            continue
        layers.append(
            [
                Walker(f"{name} forward", recurrence, own["forward"]),
                Walker(f"{name} backward", recurrence, own["backward"], True),
            ]
        )
    return layers

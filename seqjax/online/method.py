"""The record that a method of online learning is: it walks forward in time and never back."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp

from seqjax.basics import cell_parameters, checks, masks, states
from seqjax.basics.cell import Cell
from seqjax.basics.types import Array, Params, Tree
from seqjax.online.flat_step import FlatStep, flat_step
from seqjax.online.influence import Influence
from seqjax.online.walk import Lost, OnlineState, WalkInputs, walk

Loss = Callable[[Array, Tree], Array]
"""(outputs of a step [B, H], its targets) -> what each row loses there, [B]"""


class Gradient(NamedTuple):
    """What a walk gives."""

    total: Array
    """Σ over steps and rows of the loss"""
    gradient: Params
    """of that sum by the parameters, or the method's estimate of it"""
    state: OnlineState
    """after the last step"""


@dataclasses.dataclass(frozen=True)
class Online:
    """A way to learn while walking. Called, it gives the gradient of a loss, one window or all.

    What it keeps does not grow with T: no step is visited a second time.
    """

    name: str
    influence: Callable[[FlatStep, Params, Tree], Influence]
    """(step, params, x [B, ...]) -> how influence is carried; of the shapes alone"""
    unsupported: Callable[[Cell], str] = lambda cell: ""
    """Why it cannot serve a cell, "" if it can, as far as the cell's kind says it."""
    noisy: bool = False
    """whether it needs a key"""

    def __call__(
        self,
        cell: Cell,
        params: Params,
        xs: Tree,
        loss: Loss,
        targets: Tree = None,
        lengths: Array | None = None,
        state: OnlineState | None = None,
        *,
        resets: Array | None = None,
        key: Array | None = None,
    ) -> Gradient:
        """The gradient of Σ loss(y_t, targets_t) over the steps of xs and the rows.

        Args:
          xs: [T, B, D].
          loss: (y [B, H], targets of the step) -> [B]. What it says in the padding does not count.
          targets: a tree of [T, B, ...], of which ``loss`` gets a step at a time.
          lengths: int [B]; past its length a row's state and influence stand still.
          state: that of the window before; None: ``start``.
          resets: bool [T, B]; before such a step a row goes back to the start state, on which
            nothing has influence but what is learned of it.
          key: of a method with chance.

        Raises:
          ValueError: naming the argument that contradicts the others, or a cell without a forward
            mode.

        >>> import jax, jax.numpy as jnp
        >>> from seqjax import cells, online
        >>> cell = cells.gru(4)
        >>> params, xs = cell.init(jax.random.key(0), 3), jnp.ones((5, 2, 3))
        >>> result = online.rtrl(cell, params, xs, lambda y, _: (y**2).sum(-1))
        >>> result.gradient["w_h"].shape
        (4, 12)
        """

        def lost(y: Array, now: Tree) -> tuple[Array, Array]:
            value, pull = jax.vjp(lambda y: loss(y, now), y)
            if value.shape != y.shape[:1]:
                raise ValueError(f"loss: got shape {value.shape}, want {y.shape[:1]}, one a row")
            return value, pull(jnp.ones_like(value))[0]

        checks.cell(cell)
        checks.sequence({}, xs)
        leaves = jax.tree.leaves(xs)
        width = leaves[0].shape[-1] if len(leaves) == 1 else None
        cell_parameters.of_cell(cell, params, width, noisy=True)
        checks.sequence(params, xs)
        return self._walk(cell, params, xs, lost, targets, lengths, state, resets, key)

    def pull(
        self,
        cell: Cell,
        params: Params,
        xs: Tree,
        cotangents: Array,
        lengths: Array | None = None,
        state: OnlineState | None = None,
        *,
        resets: Array | None = None,
        key: Array | None = None,
    ) -> tuple[Params, OnlineState]:
        """(gradient, state) for known ∂L/∂y [T, B, H], as losses of a whole window give them.

        Arguments and errors as of a call, but that parameters may have more names than the cell's,
        and xs may be ids [T, B, 1], where the cell projects such.
        """

        def known(y: Array, now: Array) -> tuple[Array, Array]:
            return jnp.zeros(y.shape[:1], y.dtype), now.astype(y.dtype)

        walked = self._walk(cell, params, xs, known, cotangents, lengths, state, resets, key)
        return walked.gradient, walked.state

    def start(
        self, cell: Cell, params: Params, x: Tree, *, key: Array | None = None
    ) -> OnlineState:
        """The state before the first step, for inputs of a step x [B, ...], by their shape alone.

        Raises:
          ValueError: as a call.
        """
        self._check(cell, key)
        batch = len(jax.tree.leaves(x)[0])
        own = self.influence(flat_step(cell, params), params, x)
        first = None if key is None else jax.random.fold_in(key, 0)
        return OnlineState(cell.start(params, (batch,)), own.start(params, batch, first))

    def _check(self, cell: Cell, key: Array | None) -> None:
        checks.cell(cell)
        if reason := self.unsupported(cell):
            raise ValueError(reason)
        if key is not None:
            checks.key(key)
        elif self.noisy:
            raise ValueError(f"key: got None, but {self.name} draws random numbers; want a key")

    def _walk(
        self,
        cell: Cell,
        params: Params,
        xs: Tree,
        lost: Lost,
        targets: Tree,
        lengths: Array | None,
        state: OnlineState | None,
        resets: Array | None,
        key: Array | None,
    ) -> Gradient:
        self._check(cell, key)
        steps, batch = checks.sequence({}, xs)
        _check_targets(targets, steps, batch)
        real = masks.valid(checks.lengths(lengths, steps, batch), steps)
        restarts = masks.restarts(checks.resets(resets, steps, batch), real, reverse=False)
        xs, targets = masks.zero(real, jax.tree.map(jnp.asarray, (xs, targets)))
        step, x = flat_step(cell, params), jax.tree.map(lambda a: a[0], xs)
        begun = self.start(cell, params, x, key=key)
        state = begun if state is None else _checked(cell, state, begun)
        inputs = WalkInputs(xs, targets, real, restarts)
        walked = walk(
            step, self.influence(step, params, x), params, inputs, begun, state, lost, key
        )
        return Gradient(*walked)


def _check_targets(targets: Tree, steps: int, batch: int) -> None:
    for leaf in jax.tree.leaves(targets):
        if jnp.shape(leaf)[:2] != (steps, batch):
            raise ValueError(
                f"targets: got shape {jnp.shape(leaf)}, want [{steps}, {batch}, ...] as xs have"
            )


def _checked(cell: Cell, state: OnlineState, like: OnlineState) -> OnlineState:
    """``state`` if it is one of this method, this cell and this number of rows."""
    if not isinstance(state, OnlineState):
        raise ValueError(f"state: got {type(state).__name__}, want an OnlineState")
    states.structure("state.carry", cell, state.carry, like.carry)
    for got, want in zip(*map(jax.tree.leaves, (state, like)), strict=False):
        if jnp.shape(got) != want.shape:
            raise ValueError(f"state: got shape {jnp.shape(got)} in it, want {want.shape}")
    if jax.tree.structure(state.influence) != jax.tree.structure(like.influence):
        raise ValueError("state: got the influence of another method")
    return state

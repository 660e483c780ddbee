"""How far gradients reach: dL/ds_t of a loss, and ds_T/ds_t of the recurrence alone.

s is the whole state of a row, which is h alone, or h and c.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
from jax import lax

from seqjax.basics import checks, masks
from seqjax.basics.cell import Cell
from seqjax.basics.flat_state import flat_state
from seqjax.basics.types import Array, Carry, Params, Tree
from seqjax.diagnostics.distance import by_distance
from seqjax.diagnostics.step_map import jacobian, step_map
from seqjax.diagnostics.trajectory import trajectory

Loss = Callable[[Array], Array]
"""outputs [T, B, H], zero in the padding -> a number"""


def loss_gradients(
    cell: Cell,
    params: Params,
    xs: Array,
    loss: Loss,
    lengths: Array | None = None,
    carry: Carry | None = None,
) -> Array:
    """dL/ds_t [T, B, N] for xs [T, B, D]: all that the loss feels of a change of the state s_t.

    It is the gradient with respect to zeros that are added to each state. Zero in the padding. For
    norms [T, B] take ``jnp.linalg.norm(gradients, axis=-1)``.

    Raises:
      ValueError: as ``trajectory``.

    >>> from seqjax.cells import rnn
    >>> cell = rnn(4)
    >>> params, xs = cell.init(jax.random.key(0), 3), jnp.ones((5, 2, 3))
    >>> loss_gradients(cell, params, xs, last_output(jnp.sum)).shape
    (5, 2, 4)
    """
    (gradients,) = stack_gradients([cell], [params], xs, loss, lengths, [carry])
    return gradients


def stack_gradients(
    cells: Sequence[Cell],
    params: Sequence[Params],
    xs: Array,
    loss: Loss,
    lengths: Array | None = None,
    carries: Sequence[Carry | None] = (),
) -> list[Array]:
    """dL/ds_t [T, B, N] of each of several cells, the outputs of one being the inputs of the next.

    Args:
      cells: the lowest first.
      params: of each.
      xs: [T, B, D], inputs of the lowest.
      loss: of the outputs of the last.
      lengths: int [B].
      carries: before the first step, of each; none: those of ``start``.

    Raises:
      ValueError: as ``trajectory``, or for another number of parameters or carries than cells.
    """
    carries = carries or [None] * len(cells)
    for name, given in (("params", params), ("carries", carries)):
        if len(given) != len(cells):
            raise ValueError(f"{name}: got {len(given)}, want one for each of {len(cells)} cells")
    for cell in cells:
        checks.cell(cell)

    def of_nudges(nudges: list[Array]) -> Array:
        hs = xs
        for cell, own, carry, nudge in zip(cells, params, carries, nudges, strict=True):
            hs = trajectory(cell, own, hs, lengths, carry, nudges=nudge).hs
        return loss(hs)

    steps, batch = jnp.shape(xs)[:2]
    zeros = []
    for cell, own in zip(cells, params, strict=True):
        start = flat_state(cell, own).ravel(cell.start(own, (batch,)))
        zeros.append(jnp.zeros((steps, *start.shape), start.dtype))
    gradients: list[Array] = jax.grad(of_nudges)(zeros)
    return gradients


def last_output(loss: Loss, lengths: Array | None = None) -> Loss:
    """A loss of all outputs that looks at the last one of each row alone, [B, H].

    >>> last_output(jnp.sum, jnp.array([1, 2]))(jnp.arange(4.0).reshape(2, 2, 1)).item()
    3.0
    """

    def of_all(hs: Array) -> Array:
        if lengths is None:
            return loss(hs[-1])
        last = jnp.maximum(jnp.asarray(lengths) - 1, 0)[None, :, None]
        return loss(jnp.take_along_axis(hs, last, 0)[0])

    return of_all


def state_flow(
    cell: Cell,
    params: Params,
    xs: Array,
    lengths: Array | None = None,
    carry: Carry | None = None,
) -> Array:
    """log |∂s_T/∂s_{T-k}| by distance k, [T + 1, B], in nats; T is each row's own last step.

        |J| = √(Σ J_ij² / N), with J = J_T ... J_{T-k+1}

    By how much a change of s_{T-k} in a random direction is larger, in the root mean square, when
    it arrives: 0 at k = 0. In logarithms since over long distances it is below the least float;
    -inf where nothing arrives. NaN where a row is shorter than k.

    Raises:
      ValueError: as ``trajectory``.
    """
    walk = trajectory(cell, params, xs, lengths, carry)
    steps, batch, size = walk.before.shape

    def back(
        now: tuple[Array, Array], step: tuple[Array, Tree, Array | None]
    ) -> tuple[tuple[Array, Array], Array]:
        product, log_norm = now
        s, z, alive = step
        longer = product @ jacobian(step_map(cell, params, z), s)
        norm = jnp.sqrt((longer**2).sum((-2, -1)) / size)
        scaled = longer / jnp.where(norm > 0, norm, 1)[:, None, None]
        new = masks.choose(alive, (scaled, log_norm + jnp.log(norm)), now)
        return new, new[1]

    dtype = walk.before.dtype
    unit = jnp.broadcast_to(jnp.eye(size, dtype=dtype), (batch, size, size))
    zero = jnp.zeros(batch, dtype)
    _, norms = lax.scan(back, (unit, zero), (walk.before, walk.zs, walk.real), reverse=True)
    backwards = jnp.concatenate([zero[None], norms[::-1]])
    return by_distance(backwards, checks.lengths(lengths, steps, batch))

"""What the tests of online learning share: a problem, backpropagation, and a loop by hand."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from walking import quick, random_like

from seqjax import drivers
from seqjax.basics.cell import Cell
from seqjax.online import Gradient, Online

T, B, D, H = 7, 3, 3, 4


class Problem(NamedTuple):
    """Ragged rows, one of them empty, with documents packed into them."""

    params: Any
    xs: Any
    targets: Any
    lengths: Any
    resets: Any


def problem(cell: Cell, d: int = D, dtype: Any = np.float64, steps: int = T) -> Problem:
    shapes = jax.eval_shape(lambda: cell.init(jax.random.key(0), d))
    shapes = jax.tree.map(lambda a: jax.ShapeDtypeStruct(a.shape, dtype), shapes)
    xs = random_like(jax.ShapeDtypeStruct((steps, B, d), dtype), 1, 1.0)
    targets = random_like(jax.ShapeDtypeStruct((steps, B, cell.width), dtype), 2, 1.0)
    resets = np.zeros((steps, B), bool)
    resets[[3, 5], 0] = resets[2, 1] = True
    return Problem(random_like(shapes, 0), xs, targets, jnp.array([steps, 4, 0]), resets)


def loss(y: Any, target: Any) -> Any:
    """Of each row: neither even nor the same in all units."""
    return (jnp.sin(y - target) * jnp.arange(1.0, y.shape[-1] + 1)).sum(-1)


def backpropagated(cell: Cell, given: Problem) -> Any:
    """(loss, gradient) of the sequential walk."""

    def total(params: Any) -> Any:
        hs = drivers.sequential(
            cell, params, given.xs, given.lengths, resets=jnp.asarray(given.resets)
        ).hs
        real = jnp.arange(len(hs))[:, None] < given.lengths
        return jnp.where(real, jax.vmap(loss)(hs, given.targets), 0).sum()

    return quick(jax.value_and_grad(total))(given.params)


def online(method: Online, cell: Cell, given: Problem, key: Any = None) -> Gradient:
    def walk(given: Problem) -> Gradient:
        params, xs, targets, lengths, resets = given
        return method(cell, params, xs, loss, targets, lengths, resets=resets, key=key)

    return quick(walk)(given)


def by_hand(jacobians: Any, given: Problem, kept: Any, n: int) -> np.ndarray:
    """Σ_t ∂L_t/∂s_t I_t with I_t = kept ⊙ (D_t I_{t-1} + ∂f/∂θ), a loop over rows and steps.

    ``jacobians(s, x, target)`` gives (s', D [N, N], ∂f/∂θ [N, P], ∂L/∂s' [N]) of one row.
    """
    total = 0
    for b, length in enumerate(np.asarray(given.lengths)):
        s, influence = np.zeros(n), 0.0
        for t in range(length):
            if given.resets[t, b]:
                s, influence = np.zeros(n), np.zeros_like(influence)
            s, d, immediate, ds = map(np.asarray, jacobians(s, given.xs[t, b], given.targets[t, b]))
            influence = kept * (d @ influence + immediate if t else immediate)
            total = total + ds @ influence
    return total


def flat(tree: Any) -> np.ndarray:
    return np.concatenate([np.asarray(leaf, np.float64).ravel() for leaf in jax.tree.leaves(tree)])


def cosine(a: Any, b: Any) -> float:
    a, b = flat(a), flat(b)
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))

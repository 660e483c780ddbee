"""Cheap figures of a training on its way: gradients by layer, recurrent weights, states."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp

from seqjax.basics import checks
from seqjax.basics.types import Array, Params, Tree
from seqjax.online import OnlineState

SQUARINGS = 12
Figures = dict[str, Array]
Metrics = dict[str, tuple[Array, Array]]
"""{name: (total, count)}"""


def spectral_radius(w_h: Array) -> Array:
    """The largest |eigenvalue| of the blocks [H, H] of recurrent weights [..., H, kH], a number.

        ρ(W) = lim ‖W^n‖^(1/n), here at n = 2^12 (Gelfand 1941)

    Blocks of heads count too. Too large by a few parts in a thousand at most, where W is not far
    from normal. NaN for blocks that are not square, such as those of an output projection.

    >>> round(float(spectral_radius(jnp.array([[0.0, 2.0], [-0.5, 0.0]]))), 3)
    1.0
    """
    size, width = w_h.shape[-2:]
    if width % size:
        return jnp.full((), jnp.nan)
    blocks = jnp.moveaxis(w_h.reshape(*w_h.shape[:-1], width // size, size), -2, 0)
    log_scale = jnp.zeros(blocks.shape[:-2], blocks.dtype)
    for squaring in range(SQUARINGS + 1):
        norm = jnp.sqrt((blocks**2).sum((-2, -1)))
        blocks = blocks / jnp.where(norm > 0, norm, 1)[..., None, None]
        log_scale = log_scale + jnp.log(norm)
        if squaring < SQUARINGS:
            blocks, log_scale = blocks @ blocks, 2 * log_scale
    radius: Array = jnp.exp(log_scale / 2**SQUARINGS).max()
    return radius


def figures_of(params: Params, gradients: Params, carry: Tree) -> Figures:
    """Figures by name and place in the tree of parameters.

    gradient_norm/PLACE    of each part of a model, and of each layer of its body
    spectral_radius/PLACE  of each w_h
    state_rms/NUMBER       √ mean s² of each array of the carry, where training keeps one
    state_saturated/NUMBER share of it that is above 0.9 in absolute value
    """
    found: Figures = {}
    for name, part in gradients.items():
        deeper = isinstance(part, Mapping) and all(isinstance(v, Mapping) for v in part.values())
        for place, tree in part.items() if deeper else [("", part)]:
            leaves = jax.tree.leaves(tree)
            if leaves:
                total = sum(jnp.sum(jnp.square(leaf)) for leaf in leaves)
                found[f"gradient_norm/{name}{'.' if place else ''}{place}"] = jnp.sqrt(total)
    for path, leaf in jax.tree_util.tree_flatten_with_path(params)[0]:
        names = [str(getattr(key, "key", key)) for key in path]
        if names[-1] == "w_h":
            square = leaf[:, None, None] if leaf.ndim == 1 else leaf  # of ind_rnn: blocks of one
            if square.shape[-1] % square.shape[-2] == 0:
                found[f"spectral_radius/{'.'.join(names[:-1])}"] = spectral_radius(square)
    for number, leaf in enumerate(jax.tree.leaves(carry)):
        if jnp.issubdtype(leaf.dtype, jnp.inexact) and leaf.size:
            sizes = jnp.abs(leaf)  # of complex states the modulus, a real number
            found[f"state_rms/{number}"] = jnp.sqrt(jnp.mean(jnp.square(sizes)))
            found[f"state_saturated/{number}"] = jnp.mean((sizes > 0.9).astype(sizes.dtype))
    return found


def watched(
    step: Callable[[Any, Tree, Any], tuple[Any, dict[str, Any]]],
    loss: Callable[..., tuple[Array, Any]],
    every: int,
) -> Callable[[Any, Tree, Any], tuple[Any, dict[str, Any]]]:
    """The step of a training, whose metrics have ``figures_of`` at every so many steps.

    They are computed by a program of their own, before the step, whose program stays as it is: that
    costs a second gradient there. Gradients are those of the step, with its noise. What is not
    finite counts nothing: what to do about such a step is not for who looks on to say.

    Args:
      step: (state, batch, adaptation) -> (state, metrics), as ``train_step`` makes it; its state
        has params, carry, key and step.
      loss: (params, carry, batch, *, key) -> (loss, ...).
      every: steps from one look to the next.

    Raises:
      ValueError: for ``every`` below 1.
    """
    checks.positive("every", every)

    @jax.jit
    def look(params: Params, carry: Tree, batch: Tree, key: Array, number: Array) -> Metrics:
        noise = jax.random.fold_in(key, number)
        gradients, _ = jax.grad(loss, has_aux=True)(params, carry, batch, key=noise)
        states = carry.carry if isinstance(carry, OnlineState) else carry
        found = figures_of(params, gradients, states)
        finite = {name: jnp.isfinite(value) for name, value in found.items()}
        return {
            name: (jnp.where(finite[name], value, 0), finite[name].astype(jnp.float32))
            for name, value in found.items()
        }

    newest: tuple[Any, int] = None, 0
    """the state that came out last, and how many steps are behind it"""

    def run(state: Any, batch: Tree, adaptation: Any) -> tuple[Any, dict[str, Any]]:
        nonlocal newest
        # Of another state it is asked, which waits for the device.
        number = 1 + (newest[1] if state is newest[0] else int(state.step))
        figures: Metrics = {}
        if number % every == 0:
            figures = look(state.params, state.carry, batch, state.key, state.step)
        after, metrics = step(state, batch, adaptation)
        newest = after, number
        return after, {**metrics, **figures}

    return run

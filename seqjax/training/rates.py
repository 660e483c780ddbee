"""Learning rates of parts of the parameters: relative to the rest, or frozen for a time."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from seqjax.basics import checks
from seqjax.basics.types import Array, Tree
from seqjax.training.config import Optimization

Path = tuple[str, ...]
Factor = Callable[[Array], Any]
"""step from 0 on -> what updates are multiplied by: a number, or an array that broadcasts with the
leaf, such as [V, 1] for the rows of an embedding; 0 is frozen"""


class Grouped(NamedTuple):
    """The state: batches so far, and that of the chain."""

    step: Array
    chain: Tree


def grouped(
    chain: optax.GradientTransformation, factors: Mapping[Path, Factor | float]
) -> optax.GradientTransformation:
    """``chain``, but with a rate of their own for the parameters below each path.

        update = f · chain(g, θ)   where f ≠ 0
        update = 0                 where f = 0: there the chain sees g = 0 and θ = 0

    So what is frozen counts for nothing in a global norm that gradients are clipped by, collects no
    momentum, and is not moved by weight decay either. Parts that no path names have f = 1; of two
    paths that fit, the longer one counts.

    Args:
      chain: an optimizer, clipping and all that belongs to it included.
      factors: keys of nested parameters, as in ("words", "w") -> factor. A number holds for ever;
        for the number 0 the chain does not see the part at all and keeps no moments for it, and the
        update is None: ``step.moved`` takes that, at no cost however large the part is.

    Raises:
      ValueError: from init, for a path that leads to no parameter.
    """
    left_out = {path for path, factor in factors.items() if not callable(factor) and factor == 0}

    def owner(keys: Any) -> Path | None:
        names = tuple(map(_name, keys))
        return max((p for p in factors if names[: len(p)] == p), key=len, default=None)

    def trained(tree: Tree) -> Tree:
        """The tree with None, which is no leaf, in the place of what is left out."""
        return jax.tree_util.tree_map_with_path(
            lambda keys, leaf: None if owner(keys) in left_out else leaf, tree
        )

    def init(params: Tree) -> Grouped:
        _check(params, factors)
        return Grouped(jnp.int32(0), chain.init(trained(params)))

    def update(gradients: Tree, state: Grouped, params: Tree = None) -> tuple[Tree, Grouped]:
        value = {path: f(state.step) if callable(f) else f for path, f in factors.items()}

        def scaled(keys: Any, leaf: Array, by: Callable[[Any], Any]) -> Array:
            path = owner(keys)
            if path is None:
                return leaf
            f = jnp.asarray(value[path])
            return jnp.where(f == 0, 0, by(f) * leaf).astype(leaf.dtype)

        def unfrozen(tree: Tree) -> Tree:
            return jax.tree_util.tree_map_with_path(lambda k, x: scaled(k, x, lambda f: 1), tree)

        seen = unfrozen(trained(gradients))
        moved, inner = chain.update(seen, state.chain, unfrozen(trained(params)))
        moved = jax.tree_util.tree_map_with_path(lambda k, x: scaled(k, x, lambda f: f), moved)
        return moved, Grouped(state.step + 1, inner)

    return optax.GradientTransformation(init, update)


def thawing(config: Optimization, steps: int, factor: float = 1.0) -> Factor:
    """0 for the first ``steps`` steps, then ``factor``: for ``grouped``.

    Adam divides its means by 1 - βⁿ, n counting all updates. Means that begin to fill at update
    n - k + 1 want 1 - βᵏ instead, or the first updates are several times too large. So for adam and
    adamw

        f = factor · (1 - β₁ⁿ) / (1 - β₁ᵏ) · √((1 - β₂ᵏ) / (1 - β₂ⁿ))

    which makes them those of an optimizer that begins after the thaw (ε apart; in adamw the decay
    of these updates is multiplied too). With accumulation steps are rounded up to whole updates.

    Raises:
      ValueError: for steps below 0, or a factor that is not above 0.
    """
    if steps < 0:
        raise ValueError(f"steps: got {steps}, want 0 or more")
    if not factor > 0:
        raise ValueError(f"factor: got {factor}, want a number above 0")
    checks.positive("accumulate", config.accumulate)
    frozen = -(-steps // config.accumulate)
    corrected = config.optimizer in {"adam", "adamw"} and frozen > 0

    def at(step: Array) -> Array:
        done = step // config.accumulate
        n, k = done + 1, jnp.maximum(done + 1 - frozen, 1)
        first, second = (_filled(b, n) / _filled(b, k) for b in (config.momentum, config.beta2))
        grown = factor * (first / jnp.sqrt(second) if corrected else jnp.float32(1))
        return jnp.where(done < frozen, 0.0, grown)

    return at


def _filled(beta: float, count: Array) -> Array:
    """1 - βⁿ, to the last digits of float32."""
    return -jnp.expm1(count * math.log(beta)) if beta else jnp.float32(1)


def _name(key: Any) -> str:
    return str(next(getattr(key, kind) for kind in ("key", "name", "idx") if hasattr(key, kind)))


def _check(params: Tree, factors: Mapping[Path, Any]) -> None:
    found = [tuple(map(_name, keys)) for keys, _ in jax.tree_util.tree_leaves_with_path(params)]
    for path in factors:
        if not any(names[: len(path)] == path for names in found):
            there = ", ".join("/".join(names) for names in found)
            raise ValueError(f"factors: got {'/'.join(path)}, but the parameters are {there}")

"""Learning rates of parts of the parameters: relative to the rest, or frozen for a time."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from seqjax.basics import checks
from seqjax.basics.types import Array, Tree
from seqjax.training.accumulation import groups
from seqjax.training.config import Optimization

Path = tuple[str, ...]
"""keys of nested parameters, from the top: ("words", "w")"""
KeyPath = tuple[Any, ...]
"""the same as jax.tree_util writes it"""
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

    >>> sgd = grouped(optax.sgd(1.0), {("words",): 0.5, ("words", "b"): lambda step: 0.0})
    >>> gradients = {"words": {"w": jnp.ones(1), "b": jnp.ones(1)}, "head": jnp.ones(1)}
    >>> updates, _ = sgd.update(gradients, sgd.init(gradients))
    >>> {name: float(u[0]) for name, u in updates["words"].items()}, float(updates["head"][0])
    ({'b': 0.0, 'w': -0.5}, -1.0)
    """
    frozen_forever = {path for path, f in factors.items() if not callable(f) and f == 0}
    chain = optax.with_extra_args_support(chain)

    def init(params: Tree) -> Grouped:
        _check(params, factors)
        return Grouped(jnp.int32(0), chain.init(_without(params, factors, frozen_forever)))

    def update(
        gradients: Tree, state: Grouped, params: Tree = None, **extra: Any
    ) -> tuple[Tree, Grouped]:
        values = {path: f(state.step) if callable(f) else f for path, f in factors.items()}
        trained = [_without(tree, factors, frozen_forever) for tree in (gradients, params)]
        gradients, params = (_map_groups(_zero_if_frozen, tree, values) for tree in trained)
        updates, chain_state = chain.update(gradients, state.chain, params, **extra)
        return _map_groups(_scaled, updates, values), Grouped(state.step + 1, chain_state)

    return optax.GradientTransformationExtraArgs(init, update)


def _without(tree: Tree, factors: Mapping[Path, Any], frozen: Collection[Path]) -> Tree:
    """The tree with None, which is no leaf, in place of the groups in ``frozen``."""
    return jax.tree_util.tree_map_with_path(
        lambda keys, leaf: None if _group(keys, factors) in frozen else leaf, tree
    )


def _map_groups(
    function: Callable[[Array, Array], Array], tree: Tree, factors: Mapping[Path, Any]
) -> Tree:
    """``function(leaf, factor)`` of the leaves that a path names; the others as they are."""

    def on_leaf(keys: KeyPath, leaf: Array) -> Array:
        group = _group(keys, factors)
        return leaf if group is None else function(leaf, jnp.asarray(factors[group]))

    return jax.tree_util.tree_map_with_path(on_leaf, tree)


def _zero_if_frozen(leaf: Array, factor: Array) -> Array:
    return jnp.where(factor == 0, 0, leaf).astype(leaf.dtype)


def _scaled(leaf: Array, factor: Array) -> Array:
    # Not the product alone: 0 times NaN would be NaN.
    return jnp.where(factor == 0, 0, factor * leaf).astype(leaf.dtype)


def _group(keys: KeyPath, factors: Mapping[Path, Any]) -> Path | None:
    """The longest of the paths that a leaf lies below, None if there is none."""
    names = _names(keys)
    return max((path for path in factors if names[: len(path)] == path), key=len, default=None)


def thawing(
    config: Optimization, steps: int, factor: float = 1.0, *, epoch: int | None = None
) -> Factor:
    """0 for the first ``steps`` steps, then ``factor``: for ``grouped``.

    Adam divides its means by 1 - βⁿ, n counting all updates. Means that begin to fill at update
    n - k + 1 want 1 - βᵏ instead, or the first updates are several times too large. So for adam and
    adamw

        f = factor · (1 - β₁ⁿ) / (1 - β₁ᵏ) · √((1 - β₂ᵏ) / (1 - β₂ⁿ))

    which makes them those of an optimizer that begins after the thaw (ε apart; in adamw the decay
    of these updates is multiplied too). With accumulation steps are rounded up to whole updates.

    Args:
      config: the optimizer's.
      steps: batches for which it is frozen.
      factor: of the rate from then on.
      epoch: batches of an epoch, whose end ends a group of ``accumulate`` batches; None where no
        group is cut.

    Raises:
      ValueError: for steps below 0, a factor that is not above 0, or ``accumulate`` below 1.

    >>> factor = thawing(Optimization(optimizer="sgd"), 2, 0.1)
    >>> [round(float(factor(jnp.int32(step))), 1) for step in range(4)]
    [0.0, 0.0, 0.1, 0.1]
    """
    if steps < 0:
        raise ValueError(f"steps: got {steps}, want 0 or more")
    if not factor > 0:
        raise ValueError(f"factor: got {factor}, want a number above 0")
    checks.positive("accumulate", config.accumulate)
    batches = groups(config, epoch or config.accumulate, 2**31 - 1)
    frozen_updates = batches.update(steps - 1) + 1 if steps else 0
    corrected = config.optimizer in {"adam", "adamw"} and frozen_updates > 0

    def factor_at(step: Array) -> Array:
        updates = batches.update(step)
        n, k = updates + 1, jnp.maximum(updates + 1 - frozen_updates, 1)
        betas = (config.momentum, config.beta2)
        mean, square = (_bias_correction(b, n) / _bias_correction(b, k) for b in betas)
        thawed = factor * (mean / jnp.sqrt(square) if corrected else jnp.float32(1))
        return jnp.where(updates < frozen_updates, 0.0, thawed)

    return factor_at


def _bias_correction(beta: float, count: Array) -> Array:
    """1 - βⁿ, to the last digits of float32."""
    return -jnp.expm1(count * math.log(beta)) if beta else jnp.float32(1)


def _names(keys: KeyPath) -> Path:
    """What a leaf is reached by, in words: keys of dicts, names of fields, places in sequences."""
    kinds = ("key", "name", "idx")
    return tuple(str(next(getattr(k, kind) for kind in kinds if hasattr(k, kind))) for k in keys)


def _check(params: Tree, factors: Mapping[Path, Any]) -> None:
    paths = [_names(keys) for keys, _ in jax.tree_util.tree_leaves_with_path(params)]
    for path in factors:
        if not any(names[: len(path)] == path for names in paths):
            parameters = ", ".join("/".join(names) for names in paths)
            raise ValueError(f"factors: got {'/'.join(path)}, but the parameters are {parameters}")

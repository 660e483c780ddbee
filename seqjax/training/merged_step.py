"""One step for runs whose settings differ in numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.extend.core import ClosedJaxpr

from seqjax.basics.evaluate_jaxpr import evaluate
from seqjax.basics.types import Array
from seqjax.training.differing_constants import differing
from seqjax.training.step import Step


class MergedStep(NamedTuple):
    """A step that is given the numbers in which those that it was made of differ."""

    run: Callable[[list[Array], Any, Any, Any], Any]
    """(numbers of one, state, batch, adaptation) -> (state, metrics)"""
    numbers: list[Array]
    """[M, ...] each, of all M"""


def merged(steps: Sequence[Step], *arguments: Any) -> MergedStep:
    """One step in place of many.

    Args:
      steps: of M members, several of which may have the same.
      arguments: of one of them: state, batch, adaptation; shapes will do.

    Raises:
      ValueError: for steps that differ in more than constants.

    >>> steps = [lambda state, batch, _, c=c: (state + c * batch, {}) for c in (1.0, 10.0)]
    >>> run, numbers = merged(steps, 0.0, 2.0, None)
    >>> [float(run([n[k] for n in numbers], 5.0, 2.0, None)[0]) for k in (0, 1)]
    [7.0, 25.0]
    """
    first = steps[0]
    if all(step is first for step in steps):
        return MergedStep(lambda numbers, *given: first(*given), [])
    programs = {step: program(step, *arguments) for step in dict.fromkeys(steps)}
    base = programs[first]
    others = {step: differing(base, each) for step, each in programs.items()}
    if any(found is None for found in others.values()):
        raise ValueError("steps: got some that differ in more than constants")
    pairs = {place: pair for found in others.values() for place, pair in (found or {}).items()}
    numbers = [
        jnp.stack([(others[step] or {}).get(place, (own, own))[1] for step in steps])
        for place, (own, _) in pairs.items()
    ]
    structure = jax.tree.structure(jax.eval_shape(first, *arguments))

    def run(numbers: list[Array], *given: Any) -> Any:
        own = dict(zip(pairs, numbers, strict=True))
        results = evaluate(base.jaxpr, base.consts, jax.tree.leaves(given), own)
        return jax.tree.unflatten(structure, results)

    return MergedStep(run, numbers)


def program(step: Step, *arguments: Any) -> ClosedJaxpr:
    """What a step computes, as a jaxpr."""
    return jax.make_jaxpr(step)(*arguments)

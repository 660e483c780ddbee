"""A network of any JAX library as pure functions, and a function compiled ahead of its calls."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import jax

from experiments.benchmark.network import Weights


class Network(NamedTuple):
    """What a library gives, as pure functions of its weights."""

    store: Callable[[Weights], Any]
    """Our parameters -> the library's weights, differentiable"""
    outputs: Callable[[Any, jax.Array, jax.Array | None], jax.Array]
    """(weights, xs, lengths) -> ys, zero in the padding"""
    start: Callable[[Any, int], Any]
    """(weights, B) -> the state before the first token"""
    step: Callable[[Any, Any, jax.Array], tuple[Any, jax.Array]] | None
    """(weights, state, x [B, D]) -> (state, y)"""
    batch_first: bool = False
    """Sequences are [B, T, ...]; they come so, the transposition is not timed."""
    same: bool = True
    """Whether with these weights it is the function that the other sides compute."""


class Compiled(NamedTuple):
    """A program, and what it took to make."""

    call: Callable[..., Any]
    seconds: float
    temporary_bytes: int | None


def compiled(function: Callable[..., Any], *args: Any, donate: tuple[int, ...] = ()) -> Compiled:
    """``function`` traced and compiled for such arguments."""
    begun = time.perf_counter()
    made = jax.jit(function, donate_argnums=donate).lower(*args).compile()
    seconds, analysis = time.perf_counter() - begun, made.memory_analysis()
    return Compiled(made, seconds, analysis.temp_size_in_bytes if analysis else None)

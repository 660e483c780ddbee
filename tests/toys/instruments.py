"""Parameters by NumPy and programs that compile soon, for tests of the instruments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import numpy as np

LAZY = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}


def made(cell: Any, d: int, scale: float = 1.0, seed: int = 0) -> dict[str, np.ndarray]:
    """Parameters of a cell, normal with that standard deviation, without a program that draws."""
    draw = np.random.default_rng(seed)
    shapes = jax.eval_shape(lambda key: cell.init(key, d), jax.random.key(0))
    return jax.tree.map(lambda leaf: scale * draw.normal(size=leaf.shape), shapes)


def run(function: Callable[..., Any], *arguments: Any) -> Any:
    """The value of a function as one program, in NumPy."""
    return jax.tree.map(np.asarray, jax.jit(function, compiler_options=LAZY)(*arguments))

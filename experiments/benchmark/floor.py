"""The matrix-product floor: what the products of a network take alone, at their best layout.

Layouts are the weight on the right, x . w, and the transposed weight on the left, w^T . x^T, with
operands that lie so from the start, by XLA and, where it is installed, by torch. Steps that depend
on each other are walked in a loop: the next factor is a part of the last result.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from experiments.benchmark.cases import Case
from experiments.benchmark.measure import measure
from experiments.benchmark.work import Product, products


class Floor(NamedTuple):
    """Of one case."""

    seconds: float
    flops: int
    products: dict[str, dict[str, Any]]
    """Its "layout", "seconds" once, and how many "times" it is needed, by product"""


def floor(case: Case, threads: int, device: str = "cpu", seconds: float = 0.3) -> Floor:
    """The fastest layout of each product of ``case``, measured for ``seconds`` a product.

    Args:
      threads: of torch; those of XLA are set where the process starts.
      device: of torch, "cpu" or "cuda".
    """
    measured, total, flops = {}, 0.0, 0
    for product, times in products(case).items():
        layout, once = fastest(candidates(product, case.dtype, threads, device), seconds)
        once *= product.steps / product.loop
        sizes = f"{product.rows}x{product.inner}x{product.columns}"
        name = f"{product.name}, {product.steps} of {sizes}"
        measured[name] = {"layout": layout, "seconds": once, "times": times}
        total, flops = total + once * times, flops + product.flops * times
    return Floor(total, flops, measured)


def fastest(candidates: dict[str, Callable[[], Any]], seconds: float) -> tuple[str, float]:
    """(name, median seconds) of the fastest, run by turns as the sides are."""
    timings = measure(candidates, seconds)
    medians = {name: float(np.median(times)) for name, times in timings.seconds.items()}
    if not medians:
        raise RuntimeError(f"no product could be made: {'; '.join(timings.failed.values())}")
    best = min(medians, key=lambda name: medians[name])
    return best, medians[best]


def factors(product: Product) -> tuple[np.ndarray, np.ndarray]:
    """x and w; where they are multiplied again and again, numbers neither grow nor vanish."""
    draw, square = np.random.default_rng(0), min(product.inner, product.columns)
    x = draw.normal(size=(product.rows, product.inner)).astype(np.float32)
    w = draw.normal(size=(product.inner, product.columns)).astype(np.float32)
    if product.loop > 1:
        w[:square, :square] = np.linalg.qr(w[:square, :square])[0]
    return x, w


def candidates(
    product: Product, dtype: str, threads: int, device: str
) -> dict[str, Callable[[], Any]]:
    """Every way to make ``product``; each gives its last result, of a loop the next factor."""
    x, w = factors(product)
    # By axis of the products' rows: x . w or w^T . x^T.
    layouts = {"weight on the right": (0, x, w), "transposed weight on the left": (1, x.T, w.T)}
    runs = {}
    for name, (axis, x, w) in layouts.items():
        runs[f"XLA, {name}"] = _xla(product, axis, jnp.array(x, dtype), jnp.array(w, dtype))
        if importlib.util.find_spec("torch"):
            runs[f"torch, {name}"] = _torch(product, axis, x, w, dtype, threads, device)
    return runs


def _xla(product: Product, axis: int, x: jax.Array, w: jax.Array) -> Callable[[], Any]:
    part = min(product.inner, product.columns)

    def multiply(x: jax.Array, w: jax.Array) -> jax.Array:
        factors = (w, x) if axis else (x, w)
        return jnp.matmul(*factors, preferred_element_type=jnp.float32)

    def next_factor(x: jax.Array, out: jax.Array) -> jax.Array:
        out = jax.lax.slice_in_dim(out, 0, part, axis=1 - axis).astype(x.dtype)
        if product.columns >= product.inner:
            return out
        return jax.lax.dynamic_update_slice(x, out, (0, 0))

    def walk(x: jax.Array, w: jax.Array) -> jax.Array:
        step = lambda i, x: next_factor(x, multiply(x, w))  # noqa: E731
        return jax.lax.fori_loop(0, product.loop, step, x)

    program = jax.jit(multiply if product.loop == 1 else walk).lower(x, w).compile()
    return lambda: program(x, w).block_until_ready()


def _torch(
    product: Product, axis: int, x: np.ndarray, w: np.ndarray, dtype: str, threads: int, device: str
) -> Callable[[], Any]:
    import torch

    torch.set_num_threads(threads)
    kind, part = getattr(torch, dtype), min(product.inner, product.columns)
    left, weight = (torch.tensor(np.ascontiguousarray(a)).to(device, kind) for a in (x, w))
    shape = (product.columns, product.rows) if axis else (product.rows, product.columns)
    out = torch.empty(shape, dtype=kind, device=device)
    # Views: the part of the result that the next factor takes, and where it goes.
    source = out.narrow(1 - axis, 0, part)
    target = left.narrow(1 - axis, 0, part)

    def run() -> Any:
        with torch.inference_mode():
            for _ in range(product.loop):
                torch.mm(*((weight, left) if axis else (left, weight)), out=out)
                if product.loop > 1:
                    target.copy_(source)
            if device == "cuda":
                torch.cuda.synchronize()
        return left if product.loop > 1 else out

    return run

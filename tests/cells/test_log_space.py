"""Walks in log space, and the gates of cells that have one: three ways to walk are one."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import references
from covering import marked
from walking import close, quick

from seqjax import cells, drivers
from seqjax.cells import log_space_scan, lru, min_gru, min_lstm

B, D, H = 2, 3, 4
KEY = jax.random.key(0)
POSITIVE = {
    "min_gru": (min_gru, references.min_gru),
    "min_lstm": (min_lstm, references.min_lstm),
}


def sixteenths(numbers: np.ndarray) -> np.ndarray:
    return np.round(numbers * 16) / 16


def drawn(cell: Any, scale: float = 0.6, shift: float = 0.0, dtype: Any = np.float64) -> Any:
    """Random parameters; ``shift`` is added to the bias of the first gate.

    Multiples of 1/16, as inputs are: x w_x + b is exact in any dtype.
    """
    draw = np.random.default_rng(0)
    shapes = jax.eval_shape(lambda: cell.init(KEY, D))
    params = {name: sixteenths(scale * draw.normal(size=a.shape)) for name, a in shapes.items()}
    params["b"][: cell.width] += shift
    return {name: jnp.asarray(value, dtype) for name, value in params.items()}


def inputs(steps: int, dtype: Any = np.float64) -> jax.Array:
    return jnp.asarray(sixteenths(np.random.default_rng(1).normal(size=(steps, B, D))), dtype)


def by_hand(reference: Any, params: Any, xs: Any, carry: Any) -> np.ndarray:
    """Outputs [T, B, H], in more digits than float64 has: some equations take differences."""
    params, xs, carry = jax.tree.map(partial(np.asarray, dtype=np.longdouble), (params, xs, carry))
    never = np.zeros(xs.shape[:2], bool)
    return references.walk(reference, params, xs, [len(xs)] * B, carry, never)[1]


BOTH = [(name, dtype) for name in POSITIVE for dtype in (np.float64, np.float32)]
EACH = [("min_gru", np.float32), ("min_lstm", np.float64)]


@pytest.mark.parametrize(
    ("name", "dtype"), marked(BOTH, EACH, lambda part: getattr(part, "__name__", part))
)
def test_three_ways_to_walk_are_one(name: str, dtype: Any) -> None:
    """Step by step, associative and in log space: from zero, from a carry, the first step too.

    T = 2000 with gates near 0, near 1 and both; relative to each number, however small.
    """
    make, reference = POSITIVE[name]
    cell = make(H, positive=True)
    equation = reference(H, references.above_zero)
    with jax.enable_x64(dtype == np.float64):
        xs = inputs(2000, dtype)
        carry = jnp.asarray([[1e-3, 0.4, 7.0, 0.0], [20.0, 1.0, 0.1, 3.0]], dtype)

        @quick
        def ways(params: Any, carry: Any) -> Any:
            walks = [drivers.sequential, drivers.associative]
            hs = [walk(cell, params, xs, None, carry).hs for walk in walks]
            return *hs, log_space_scan(cell, params, xs, carry)

        for scale, shift in ((0.6, 0.0), (2.0, -25.0), (0.6, 6.0), (4.0, 0.0)):
            params = drawn(cell, scale, shift, dtype)
            for start in (cell.start(params, (B,)), carry):
                want = by_hand(equation, params, xs[:300], start)
                assert (want > 0).all()
                for hs in map(np.asarray, ways(params, start)):
                    assert hs.dtype == dtype
                    # Where f is near 1, many steps add their rounding.
                    np.testing.assert_allclose(hs[:300], want, rtol=40 * np.finfo(dtype).eps)
                    np.testing.assert_allclose(hs[0], want[0], rtol=16 * np.finfo(dtype).eps)
                sequential, *others = ways(params, start)
                for hs in others:
                    np.testing.assert_allclose(hs, sequential, rtol=60 * np.finfo(dtype).eps)


def test_gradients_in_log_space_are_those_of_the_steps(x64: None) -> None:
    """By parameters, inputs and a carry, of which one number is zero."""
    cell = min_lstm(H, positive=True)
    params, xs = drawn(cell), inputs(9)
    carry = jnp.asarray([[1e-3, 0.4, 7.0, 0.0], [20.0, 1.0, 0.1, 3.0]])
    weights = jnp.cos(jnp.arange(9 * B * H)).reshape(9, B, H)

    def gradient(walk: Any) -> Any:
        return jax.grad(lambda *args: jnp.sum(weights * walk(*args)), (0, 1, 2))

    def steps(params: Any, xs: Any, carry: Any) -> Any:
        return drivers.sequential(cell, params, xs, None, carry).hs

    got, want = quick(
        lambda *args: (gradient(partial(log_space_scan, cell))(*args), gradient(steps)(*args))
    )(params, xs, carry)
    close(got, want, 1e-13)
    assert got[2][0, 3] != 0


def test_normalised_gates_are_exact_where_both_underflow() -> None:
    """f/(f + i) of float32 sums down to -200, against float64, by value and by slope."""
    sums = np.array([-200, -120.25, -90, -60, -30, -8, -1, 0, 1, 8, 30], np.float32)
    f, i = (a.ravel() for a in np.meshgrid(sums, sums))
    coefficients = min_lstm(1).recurrence.coefficients

    def gates(f: Any, i: Any) -> Any:
        zs = jnp.stack([f, i, jnp.ones_like(f)], -1)
        return tuple(a[:, 0] for a in coefficients({}, zs))

    a, b = gates(f, i)
    slope = jax.grad(lambda f: gates(f, i)[0].sum())(f)
    wide_f, wide_i = f.astype(np.float64), i.astype(np.float64)
    log_f, log_i = (-np.logaddexp(0, -wide) for wide in (wide_f, wide_i))
    want = 1 / (1 + np.exp(log_i - log_f))
    np.testing.assert_allclose(a, want, rtol=2e-6, atol=1e-37)
    np.testing.assert_allclose(b, 1 / (1 + np.exp(log_f - log_i)), rtol=2e-6, atol=1e-37)
    d_want = want * (1 - want) / (1 + np.exp(wide_f))
    np.testing.assert_allclose(slope, d_want, rtol=1e-5, atol=1e-6)


def test_log_space_refuses() -> None:
    cell = min_gru(H, positive=True)
    params, xs = drawn(cell, dtype=np.float32), inputs(3, np.float32)
    for other in (min_gru(H), lru(H), cells.lstm(H), cells.zoneout(cell, hidden=0.1)):
        with pytest.raises(
            ValueError, match=f"log_space_scan cannot serve {other.name[:5]}.*posit"
        ):
            log_space_scan(other, params, xs)
    with pytest.raises(ValueError, match="carry: got -1 in it, want numbers of 0 or more"):
        log_space_scan(cell, params, xs, -jnp.ones((B, H)))
    with pytest.raises(ValueError, match=r"carry: got shape \[2, 3\], but min_gru wants \[2, 4\]"):
        log_space_scan(cell, params, xs, jnp.ones((B, 3)))

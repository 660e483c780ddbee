"""Linear recurrences at once, against loops over their equation."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax
from walking import close, quick, random_like

from seqjax.cells import min_gru
from seqjax.drivers import associative, sequential
from seqjax.drivers.linear_scan import linear_scan

pytestmark = pytest.mark.usefixtures("x64")

T, B, N, K = 7, 2, 3, 2


def loop(a: Any, b: Any, reverse: bool) -> Any:
    s, states = np.zeros_like(b[0]), [None] * len(b)
    for t in reversed(range(len(b))) if reverse else range(len(b)):
        product = a[t] * s if a.ndim == b.ndim else np.einsum("...ij,...j->...i", a[t], s)
        s = states[t] = product + b[t]
    return np.stack(states)


def numbers(*shape: int, kind: str = "real") -> Any:
    draw = np.random.default_rng(len(shape))
    real, imaginary = draw.normal(size=(2, *shape))
    return real + 1j * imaginary if kind == "complex" else real


def problem(cell: Any) -> tuple[Any, Any]:
    """(params, xs) in float32."""
    shapes = jax.eval_shape(lambda: cell.init(jax.random.key(0), 3))
    narrow = jax.tree.map(lambda a: jax.ShapeDtypeStruct(a.shape, np.float32), shapes)
    return random_like(narrow, 0), numbers(T, B, 3).astype(np.float32)


@pytest.mark.parametrize("chunk", [None, 1, 3, 7, 9])
@pytest.mark.parametrize("reverse", [False, True])
def test_equals_the_loop(chunk: int | None, reverse: bool) -> None:
    """Numbers, blocks and complex numbers side by side, whatever is walked at once."""
    a = (numbers(T, B, N), numbers(T, B, N, K, K), numbers(T, B, N, kind="complex"))
    b = (numbers(T, B, N), numbers(T, B, N, K), numbers(T, B, N, kind="complex"))
    got = quick(lambda *given: linear_scan(*given, reverse=reverse, chunk=chunk))(a, b)
    for each, *of in zip(got, a, b, strict=True):
        np.testing.assert_allclose(each, loop(*of, reverse), rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("reverse", [pytest.param(False, marks=pytest.mark.product), True])
def test_derivatives_of_both_modes(reverse: bool) -> None:
    """To order 2, of numbers and of blocks, in chunks: as of the equation, step by step."""
    given = numbers(T, N), numbers(T, N, K, K), numbers(T, N, K)
    direction = random_like(given, 1)

    def at_once(given: Any) -> Any:
        a, blocks, b = given
        return linear_scan((a, blocks), (b[..., 0], b), reverse=reverse, chunk=3)

    def by_steps(given: Any) -> Any:
        def step(s: Any, now: Any) -> Any:
            a, blocks, b = now
            s = a * s[0] + b[..., 0], (blocks @ s[1][..., None])[..., 0] + b
            return s, s

        return lax.scan(step, (jnp.zeros(N), jnp.zeros((N, K))), given, reverse=reverse)[1]

    def backward(f: Any) -> Any:
        def gradient(given: Any) -> Any:
            out, pull = jax.vjp(f, given)
            return pull(random_like(out, 2))[0]

        return gradient

    def forward(f: Any) -> Any:
        return lambda given: jax.jvp(f, (given,), (direction,))[1]

    def derivatives(walk: Any, given: Any) -> Any:
        modes = forward, backward
        return [(of(walk)(given), [of(then(walk))(given) for then in modes]) for of in modes]

    close(*quick(lambda given: [derivatives(walk, given) for walk in (at_once, by_steps)])(given))


def test_the_gradient_of_complex_numbers_is_that_of_their_parts() -> None:
    """As of real and imaginary parts that are multiplied by hand."""
    a, b = (jnp.asarray(numbers(T, N, kind="complex")) for _ in range(2))

    def at_once(a: Any, b: Any) -> Any:
        return jnp.sum(jnp.sin(linear_scan(a, b).real))

    def by_parts(a: Any, b: Any) -> Any:
        def step(s: Any, now: Any) -> Any:
            (x, y), (p, q), (u, v) = s, now[0], now[1]
            s = p * x - q * y + u, p * y + q * x + v
            return s, s[0]

        parts = tuple((c.real, c.imag) for c in (a, b))
        return jnp.sum(jnp.sin(lax.scan(step, (jnp.zeros(N),) * 2, parts)[1]))

    got, want = (quick(jax.grad(f, (0, 1)))(a, b) for f in (at_once, by_parts))
    close([c.real for c in got], [c.real for c in want])
    close([c.imag for c in got], [c.imag for c in want])


def test_a_gradient_keeps_nothing_of_the_rounds() -> None:
    """It takes less than two thirds of the memory that derivatives of the rounds take."""
    a, b = (jax.ShapeDtypeStruct((512, 8, 16), jnp.float64) for _ in range(2))

    def through_rounds(a: Any, b: Any) -> Any:
        def compose(earlier: Any, later: Any) -> Any:
            return later[0] * earlier[0], later[0] * earlier[1] + later[1]

        return lax.associative_scan(compose, (a, b))[1]

    def bytes_of(walk: Any) -> int:
        gradient = jax.jit(jax.grad(lambda a, b: jnp.sum(jnp.sin(walk(a, b))), (0, 1)))
        return int(gradient.lower(a, b).compile().memory_analysis().temp_size_in_bytes)

    assert bytes_of(linear_scan) < bytes_of(through_rounds) * 2 / 3


@pytest.mark.parametrize("chunk", [1, 3, T])
@pytest.mark.parametrize("reverse", [False, True])
def test_nothing_passes_a_reset(chunk: int, reverse: bool) -> None:
    """A document of NaN, and a carry of NaN before a row that restarts, spoil no other document."""
    cell = min_gru(4)
    params, xs = problem(cell)
    xs[2, 0] = np.nan
    resets = np.zeros((T, B), bool)
    resets[[0, 2, 4]] = True
    carry = jnp.full((B, 4), 0.0 if reverse else jnp.nan, jnp.float32)

    def both(driver: Any, params: Any, xs: Any) -> Any:
        def loss(params: Any, xs: Any) -> Any:
            options = {"chunk": chunk} if driver is associative else {}
            hs = driver(cell, params, xs, None, carry, resets=resets, reverse=reverse, **options).hs
            clean = jnp.concatenate([hs[:2], hs[4:]])
            return jnp.sum(jnp.sin(clean)), hs

        return jax.value_and_grad(loss, 1, has_aux=True)(params, xs)

    def walks(*given: Any) -> Any:
        return [both(driver, *given) for driver in (associative, sequential)]

    ((_, hs), slopes), ((_, want), exact) = quick(walks)(params, xs)
    assert np.isfinite(np.concatenate([hs[:2], hs[4:]])).all()
    assert np.isfinite(np.concatenate([slopes[:2], slopes[4:]])).all()
    for ours, theirs in ((hs, want), (slopes, exact)):
        np.testing.assert_array_equal(np.isnan(ours), np.isnan(theirs))
        close(np.nan_to_num(ours), np.nan_to_num(theirs), 1e-6)


def test_chunks_of_a_walk() -> None:
    """The option of the driver changes no number, and says what it wants."""
    cell = min_gru(4)
    params, xs = problem(cell)

    @quick
    def walks(params: Any, xs: Any) -> Any:
        return [
            [tuple(associative(cell, params, xs, [7, 4], reverse=reverse, chunk=chunk))
             for reverse in (False, True)]
            for chunk in (2, None)
        ]  # fmt: skip

    close(*walks(params, xs), 1e-6)
    with pytest.raises(ValueError, match="chunk: got 0, want an integer of 1 or more"):
        associative(cell, params, xs, chunk=0)

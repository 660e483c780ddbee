"""Large weights stand on the left of the recurrent product: another layout, the same numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import references as by_hand
from cases import CASES, DRIVERS, REFERENCE, B, Case, Driver
from jax.extend.core import jaxprs_in_params
from walking import Problem, answer, close, cotangents, problem, quick, walk

from seqjax.basics import products
from seqjax.cells import lstm

WIDE = Case("lstm_wide", lstm(B + 2), by_hand.lstm(B + 2))  # its shapes tell rows from units
DENSE = {case.name: case for case in CASES if case.name in ("rnn_tanh", "lstm", "gru")}
HOISTED = next(driver for driver in DRIVERS if driver.name == "hoisted")

on_cpu = pytest.mark.skipif(jax.default_backend() != "cpu", reason="a layout for CPUs alone")


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every dense weight is a large one."""
    monkeypatch.setattr(products, "LARGE", 1)


def pulled(case: Case, reverse: bool) -> Any:
    """(problem, cotangents) -> (values, gradients), traced anew: LARGE is read while tracing."""

    def both(given: Problem, out: tuple) -> tuple:
        def of(params: Any, xs: Any, carry: Any) -> tuple:
            return walk(case, HOISTED, Problem(params, xs, carry, *given[3:]), reverse)

        values, pull = jax.vjp(of, *given[:3])
        return values, pull(out)

    return both


@pytest.mark.usefixtures("x64", "large")
@pytest.mark.parametrize("name, reverse", [("rnn_tanh", False), ("gru", False), ("lstm", True)])
def test_large_weights_change_no_number(name: str, reverse: bool) -> None:
    """Values and all gradients on ragged rows with documents equal those of sequential."""
    case = DENSE[name]
    given, out = problem(case), cotangents(case, problem(case))
    values, gradients = quick(pulled(case, reverse))(given, out)
    want = answer(case, REFERENCE, given, out, reverse)
    close(values, want.values)
    close(gradients, want.gradients)


@pytest.mark.usefixtures("x64", "large")
@pytest.mark.parametrize("name", ["rnn_tanh", "gru"])
def test_large_weights_without_a_gradient_and_in_its_derivative(name: str) -> None:
    """A walk alone, and the gradient of the gradient's square, equal those of sequential."""
    case, found = DENSE[name], []
    given = problem(case)
    for driver in (HOISTED, REFERENCE):

        def values(params: Any, driver: Driver = driver) -> tuple:
            return walk(case, driver, given._replace(params=params))

        def steep(params: Any, values: Any = values) -> Any:
            slope = jax.grad(lambda p: (values(p)[1] ** 2).sum())(params)
            return sum((leaf**2).sum() for leaf in jax.tree.leaves(slope))

        both = quick(lambda p, v=values, s=steep: (v(p), jax.grad(s)(p)))
        found.append(both(given.params))
    close(*found)


def equations(jaxpr: Any) -> Iterator[Any]:
    """All equations, those of loops and of other inner programs too."""
    for equation in jaxpr.eqns:
        yield equation
        for inner in jaxprs_in_params(equation.params):
            yield from equations(inner)


def loop_products(case: Case) -> list[tuple[int, ...]]:
    """Shapes of the left factors of all products inside the loops of a gradient."""
    given = problem(case, np.float32)
    jaxpr = jax.make_jaxpr(pulled(case, False))(given, cotangents(case, given)).jaxpr
    loops = [e for e in equations(jaxpr) if e.primitive.name in ("while", "scan")]
    inside = [
        e for loop in loops for body in jaxprs_in_params(loop.params) for e in equations(body)
    ]
    return [e.invars[0].aval.shape for e in inside if e.primitive.name == "dot_general"]


@on_cpu
def test_small_weights_are_on_the_right() -> None:
    assert loop_products(WIDE) == [(B, B + 2), (B, 4 * (B + 2))]


@on_cpu
@pytest.mark.usefixtures("large")
def test_large_weights_are_on_the_left() -> None:
    """Forward w_h^T [kH, P] . h^T, back w_h [P, kH] . du^T, each laid out before its loop."""
    assert loop_products(WIDE) == [(4 * (B + 2), B + 2), (B + 2, 4 * (B + 2))]


@on_cpu
def test_what_is_large() -> None:
    """A dense weight of LARGE entries is turned round; one of less, or of heads, is not."""
    side = 1 << 10
    turned = jax.eval_shape(
        products.looped, jax.ShapeDtypeStruct((side // 2, 2 * side), jnp.float32)
    )
    assert turned.shape == (2 * side, side // 2)
    for shape in [(side, side - 1), (2, side, side), (2 << 20,)]:
        kept = jax.eval_shape(products.looped, jax.ShapeDtypeStruct(shape, jnp.float32))
        assert kept.shape == shape


@pytest.mark.usefixtures("x64", "large")
@pytest.mark.parametrize("shape", [(3, 8), (2, 3, 6), (8,)], ids=["dense", "heads", "diagonal"])
def test_products_of_a_loop_equal_the_plain_ones(shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    w = jnp.asarray(rng.normal(size=shape))
    width = {1: 4, 2: 3, 3: 6}[len(shape)]
    h = jnp.asarray(rng.normal(size=(5, width)))
    du = jnp.asarray(rng.normal(size=(5, width * shape[-1] // {1: 4, 2: 3, 3: 3}[len(shape)])))

    @quick
    def both(w: Any, h: Any, du: Any) -> tuple:
        u, back = jax.vjp(lambda h: products.recur(h, w), h)
        looped = products.recur_looped(h, products.looped(w))
        return (u, back(du)[0]), (looped, products.recur_back(du, products.transposed(w), width))

    want, found = both(w, h, du)
    close(found, want, 1e-14)


def test_by_rows_is_a_product_with_the_transpose() -> None:
    """Values and gradients, for any leading axes, in float32 sums of the dtype of w."""
    draw = np.random.default_rng(0)
    x, w = draw.normal(size=(2, 3, 5)).astype(np.float32), draw.normal(size=(7, 5))
    w = w.astype(np.float32)

    def both(x: Any, w: Any) -> Any:
        out, pull = jax.vjp(products.by_rows, x, w)
        return out, pull(2 * out)

    out, (dx, dw) = quick(both)(x, w)
    want = x.astype(float) @ w.T.astype(float)
    close(out, want, 1e-6)
    close(dx, 2 * want @ w, 1e-6)
    close(dw, 2 * np.einsum("tbn,tbm->nm", want, x), 1e-6)
    assert products.by_rows(x, jnp.asarray(w, jnp.bfloat16)).dtype == jnp.float32

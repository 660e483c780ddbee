"""Programs that differ in constants alone are one program that is given them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from seqjax.basics.evaluate_jaxpr import evaluate
from seqjax.training.differing_constants import differing
from seqjax.training.merged_step import merged

XS = np.linspace(-1, 1, 6).reshape(3, 2).astype(np.float32)


def scan(c: float, x: Any) -> Any:
    return lax.scan(lambda h, v: (jnp.tanh(h * c + v), h - c), jnp.zeros(2), x)


def reverse_scan_of_another(c: float, x: Any) -> Any:
    def outer(h: Any, v: Any) -> Any:
        inner = lax.scan(lambda g, u: (g * c + u, None), v, x, length=3, reverse=True)[0]
        return h + inner, h

    return lax.scan(outer, jnp.zeros(2), x, reverse=True)


def while_loop(c: float, x: Any) -> Any:
    return lax.while_loop(lambda h: jnp.sum(h) < 10 * c, lambda h: h * c + 3, jnp.abs(x[0]) + c)


def cond(c: float, x: Any) -> Any:
    return lax.cond(x[0, 0] > 0, lambda v: v * c, lambda v: v - c, x)


def switch(c: float, x: Any) -> Any:
    return lax.switch(jnp.int32(2), [lambda v: v, lambda v: v * 5, lambda v: v * c], x)


def nested_jit(c: float, x: Any) -> Any:
    return jax.jit(lambda v: jax.jit(jnp.sin)(v * c))(x)


def one_function_called_twice(c: float, x: Any) -> Any:
    call = jax.jit(lambda v, k: v * k)
    return call(call(x, 2.0), c)


def gradient(c: float, x: Any) -> Any:
    return jax.grad(lambda v: jnp.sum(scan(c, v)[1] ** 2))(x)


def checkpoint(c: float, x: Any) -> Any:
    return jax.grad(lambda v: jnp.sum(jax.checkpoint(lambda u: jnp.sin(u * c) ** 3)(v)))(x)


def custom_gradient(c: float, x: Any) -> Any:
    @jax.custom_vjp
    def scaled(v: Any) -> Any:
        return v * c

    scaled.defvjp(lambda v: (v * c, None), lambda _, g: (g,))
    return scaled(x)


def custom_jvp(c: float, x: Any) -> Any:
    scaled = jax.custom_jvp(lambda v: v * c)
    scaled.defjvps(lambda t, out, v: t)
    return scaled(x)


def array(c: float, x: Any) -> Any:
    return x @ np.array([[c, 1.0], [0.0, c]], np.float32)


def integer(c: float, x: Any) -> Any:
    return jnp.arange(3) * int(10 * c)


def result(c: float, x: Any) -> Any:
    return c, x


def noise(c: float, x: Any) -> Any:
    return jax.random.bernoulli(jax.random.key(3), c / 4, (100,)) * jnp.float32(1 / c)


def untouched_beside(c: float, x: Any) -> Any:
    """What has no differing constant is left as it is, whatever it is."""
    same = lax.scan(lambda h, v: (h + 0.5 * v, h), jnp.zeros(2), x)[0]
    return jax.nn.gelu(same) * c, jax.nn.relu(x), lax.sort(x, dimension=0)


PROGRAMS = [
    scan, reverse_scan_of_another, while_loop, cond, switch, nested_jit, one_function_called_twice,
    gradient, checkpoint, custom_gradient, custom_jvp, array, integer, result, noise,
    untouched_beside,
]  # fmt: skip


def step_of(function: Callable[..., Any], c: float) -> Any:
    return lambda state, batch, adaptation: (function(c, state), {"loss": batch * adaptation})


@pytest.mark.parametrize("function", PROGRAMS, ids=lambda function: function.__name__)
def test_each_member_is_its_own_program(function: Callable[..., Any]) -> None:
    """The programs with 0.5 and 2 as one, under vmap and jit, as training has it."""
    values = [0.5, 2.0, 0.75, 0.5]
    steps = [step_of(function, c) for c in values]
    given = jnp.asarray(XS), jnp.float32(1), jnp.float32(2)
    run, numbers = merged(steps, *given)
    assert numbers
    assert all(len(number) == len(values) for number in numbers)
    many = jax.tree.map(lambda leaf: jnp.stack([leaf] * len(values)), given)
    got = jax.jit(jax.vmap(run))(numbers, *many)
    for k, step in enumerate(steps):
        want = jax.jit(step)(*given)
        own = jax.tree.map(lambda leaf, k=k: leaf[k], got)
        assert jax.tree.structure(own) == jax.tree.structure(want)
        for left, right in zip(jax.tree.leaves(own), jax.tree.leaves(want), strict=True):
            assert left.dtype == right.dtype
            np.testing.assert_allclose(left, right, rtol=3e-6, atol=3e-7)


def test_what_is_computed_a_second_time_stays_so() -> None:
    """Or the compiler would keep the first results, and the memory that checkpoint saves."""
    steps = [step_of(checkpoint, c) for c in (0.5, 2.0)]
    given = jnp.asarray(XS), jnp.float32(1), jnp.float32(2)
    run, numbers = merged(steps, *given)
    own = [number[0] for number in numbers]
    assert "optimization_barrier" in jax.jit(run).lower(own, *given).as_text()


def test_equal_steps_are_taken_as_they_are() -> None:
    step = step_of(scan, 0.5)
    assert merged([step, step], XS, 1.0, 2.0).numbers == []
    assert merged([step, step_of(scan, 0.5)], XS, 1.0, 2.0).numbers == []


def test_float64_keeps_its_digits(x64: None) -> None:
    third = 1 / 3
    programs = [jax.make_jaxpr(lambda x, c=c: x * c)(1.0) for c in (0.1, third)]
    pairs = differing(*programs)
    assert pairs is not None
    own = {place: value for place, (_, value) in pairs.items()}
    (got,) = evaluate(programs[0].jaxpr, programs[0].consts, [jnp.float64(1)], own)
    assert float(got) == third


def one(x: Any) -> Any:
    return lax.scan(lambda h, v: (h * 0.5 + v, h), jnp.zeros(2), x)[0]


OTHERS: dict[str, Callable[[Any], Any]] = {
    "operation": lambda x: lax.scan(lambda h, v: (h + 0.5 - v, h), jnp.zeros(2), x)[0],
    "operand": lambda x: lax.scan(lambda h, v: (v * 0.5 + h, h), jnp.zeros(2), x)[0],
    "constant_for_variable": lambda x: lax.scan(lambda h, v: (h * v + v, h), jnp.zeros(2), x)[0],
    "more": lambda x: one(x) * 2,
    "result": lambda x: lax.scan(lambda h, v: (h * 0.5 + v, h), jnp.zeros(2), x)[1],
    "reverse": lambda x: lax.scan(lambda h, v: (h * 0.5 + v, h), jnp.zeros(2), x, reverse=True)[0],
    "shape": lambda x: lax.scan(lambda h, v: (h * 0.5 + v, h), jnp.zeros((4, 2)), x)[0],
    "dtype": lambda x: lax.scan(
        lambda h, v: (h * 0.5 + v.astype(h.dtype), h), jnp.zeros(2, jnp.bfloat16), x
    )[0],
    "input": lambda x: one(x[:2]),
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_differs_in_more_is_not_one_program(name: str) -> None:
    programs = [jax.make_jaxpr(function)(XS) for function in (one, OTHERS[name])]
    assert differing(*programs) is None
    assert differing(*programs[::-1]) is None


def test_constants_inside_what_cannot_be_evaluated_anew_are_no_numbers() -> None:
    """A linear solve has programs inside, and a callback a function, that are not known here."""

    def solve(c: float) -> Any:
        return jax.make_jaxpr(
            lambda x: lax.custom_linear_solve(
                lambda v: v * c, x, lambda multiply, b: b / c, symmetric=True
            )
        )(1.0)

    assert differing(solve(2.0), solve(2.0)) == {}
    assert differing(solve(2.0), solve(3.0)) is None
    programs = [
        jax.make_jaxpr(
            lambda x, c=c: jax.pure_callback(lambda v: v * c, jax.ShapeDtypeStruct((), x.dtype), x)
        )(1.0)
        for c in (2.0, 3.0)
    ]
    assert differing(*programs) is None


def test_steps_that_differ_in_more_are_refused() -> None:
    with pytest.raises(ValueError, match="steps: got some that differ in more than constants"):
        merged([step_of(scan, 0.5), step_of(cond, 0.5)], XS, 1.0, 2.0)

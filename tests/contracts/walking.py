"""What contract tests share: one problem per case, and each walk compiled once for all tests.

Problems and answers are NumPy arrays: what tests do with them compiles nothing.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from cases import B, Case, Driver, T

KEY = 5
"""The noise of noisy cases, the same wherever it is not said otherwise."""


class Problem(NamedTuple):
    """Ragged rows (one of them empty), documents packed into them, a state handed on."""

    params: Any
    xs: Any
    carry: Any
    lengths: Any
    resets: Any


class Answer(NamedTuple):
    """Values and, for random cotangents on all of them, gradients."""

    carry: Any
    hs: Any
    states: Any
    dparams: Any
    dxs: Any
    dcarry: Any

    @property
    def values(self) -> tuple:
        return self[:3]

    @property
    def gradients(self) -> tuple:
        return self[3:]


def in_numpy(tree: Any) -> Any:
    """The tree with NumPy arrays as leaves."""
    return jax.tree.map(np.asarray, tree)


def numbers_like(tree: Any, seed: int, scale: float = 0.6) -> Any:
    """A tree of normal numbers, complex ones too, with the shapes and dtypes of ``tree``."""
    draw = np.random.default_rng(seed)

    def drawn(a: Any) -> Any:
        numbers = scale * draw.normal(size=a.shape)
        if jnp.issubdtype(a.dtype, jnp.complexfloating):
            numbers = numbers + 1j * scale * draw.normal(size=a.shape)
        return np.asarray(numbers, a.dtype)

    return jax.tree.map(drawn, tree)


def random_like(tree: Any, seed: int, scale: float = 0.6) -> Any:
    """The same as arrays of JAX."""
    return jax.tree.map(jnp.asarray, numbers_like(tree, seed, scale))


def params_of(case: Case, dtype: Any = np.float64, seed: int = 0) -> Any:
    """Parameters with nothing at zero: biases, peepholes, learned starts and scales are random."""
    shapes = jax.eval_shape(lambda: case.cell.init(jax.random.key(0), case.d))
    shapes = jax.tree.map(lambda a: jax.ShapeDtypeStruct(a.shape, dtype), shapes)
    return numbers_like(shapes, seed)


@cache
def problem(case: Case, dtype: Any = np.float64, seed: int = 0) -> Problem:
    params = params_of(case, dtype, seed)
    starts = jax.eval_shape(lambda params: case.cell.start(params, (B,)), params)
    carry = numbers_like(starts, seed + 1)
    xs = numbers_like(jax.ShapeDtypeStruct((T, B, case.d), dtype), seed + 2, 1.0)
    resets = np.zeros((T, B), bool)
    resets[[2, 5], 0] = resets[[0, 2, 5], 1] = resets[0, 2] = resets[1, 3] = True
    lengths = np.array([T, 4, 1, 0])
    for array in jax.tree.leaves((params, carry, xs, resets, lengths)):
        array.setflags(write=False)  # all tests of the case share it
    return Problem(params, xs, carry, lengths, resets)


def plain(given: Problem) -> Problem:
    """The problem with rows of full length and no documents."""
    return given._replace(
        lengths=np.full_like(given.lengths, T), resets=np.zeros_like(given.resets)
    )


def shifted(given: Problem, direction: tuple, by: float) -> Problem:
    """The problem, ``by`` times the direction away in (params, xs, carry)."""
    moved = jax.tree.map(lambda a, v: a + by * v, tuple(given[:3]), direction)
    return Problem(*moved, *given[3:])


def perturbed(case: Case, params: Any, xs: Any, key: int = KEY) -> tuple:
    """(params, xs) as the driver gets them: with noise, if it is a noisy case."""
    return case.cell.noise(params, xs, jax.random.key(key)) if case.noisy else (params, xs)


def walk(case: Case, driver: Driver, given: Problem, reverse: bool = False) -> tuple:
    """(carry, hs, states), not compiled."""
    params, xs = perturbed(case, given.params, given.xs)
    result = driver.drive(
        case.cell, params, xs, given.lengths, given.carry,
        resets=given.resets, reverse=reverse, states=True,
    )  # fmt: skip
    return tuple(result)


def quick(function: Any) -> Any:
    """jit whose machine code is made in a third of the time: XLA's own passes are all there."""
    lazy = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}
    return jax.jit(function, compiler_options=lazy)


@cache
def compiled(case: Case, driver: Driver, reverse: bool = False) -> Any:
    """(problem, cotangents) -> Answer."""

    def both(given: Problem, cotangents: tuple) -> Answer:
        def of(params: Any, xs: Any, carry: Any) -> tuple:
            return walk(case, driver, Problem(params, xs, carry, *given[3:]), reverse)

        out, pull = jax.vjp(of, *given[:3])
        return Answer(*out, *pull(cotangents))

    return quick(both)


def cotangents(case: Case, given: Problem, seed: int = 7) -> tuple:
    """Random cotangents of (carry, hs, states)."""
    carry = given.carry
    steps = jax.tree.leaves(given.xs)[0].shape[0]
    hs = jax.ShapeDtypeStruct((*given.xs.shape[:2], case.cell.width), given.xs.dtype)
    states = jax.tree.map(lambda a: jax.ShapeDtypeStruct((steps, *a.shape), a.dtype), carry)
    return numbers_like((carry, hs, states), seed, 1.0)


def answer(case: Case, driver: Driver, given: Problem, out: Any = None, reverse=False) -> Answer:
    """Walks and pulls back ``out``, or random cotangents on every output."""
    out = cotangents(case, given) if out is None else out
    return in_numpy(compiled(case, driver, reverse)(given, out))


def close(got: Any, want: Any, tolerance: float = 1e-12) -> None:
    """Equal structure, and leaves equal to rounding, relative to the largest entry of each."""
    got_leaves, want_leaves = (jax.tree_util.tree_leaves_with_path(tree) for tree in (got, want))
    assert [path for path, _ in got_leaves] == [path for path, _ in want_leaves]
    for (path, a), (_, b) in zip(got_leaves, want_leaves, strict=True):
        assert np.iscomplexobj(a) == np.iscomplexobj(b), jax.tree_util.keystr(path)
        wide = np.complex128 if np.iscomplexobj(a) else np.float64
        a, b = np.asarray(a, wide), np.asarray(b, wide)
        bound = tolerance * max(1.0, np.abs(b).max(initial=0))
        np.testing.assert_allclose(a, b, rtol=0, atol=bound, err_msg=jax.tree_util.keystr(path))


def same(got: Any, want: Any) -> None:
    """Equal bit for bit."""
    jax.tree.map(np.testing.assert_array_equal, got, want)


def pairing(a: Any, b: Any) -> Any:
    """Σ a b of two trees, of complex ones the real part: how JAX pairs cotangents with tangents.

    No number is conjugated: c pulled back through f is the gradient of ``pairing(f(x), c)``.
    """
    pairs = zip(*map(jax.tree.leaves, (a, b)), strict=True)
    return sum((x * y).sum().real for x, y in pairs)


def dot(a: Any, b: Any) -> float:
    """``pairing`` as a number."""
    return float(pairing(in_numpy(a), in_numpy(b)))

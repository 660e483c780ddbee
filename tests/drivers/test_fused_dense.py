"""The dense kernels of fused on an emulated GPU: threads are fibers, in random order."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple

import emulated_gpu
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from emulated_gpu import emulated
from invented_cell import invented
from native_toys import answers, doubled, problem
from walking import close, quick, random_like, same

from seqjax.basics.cell import Cell
from seqjax.cells import (
    clip_backward,
    gru,
    locked_dropout,
    lstm,
    residual,
    rnn,
    zoneout,
)
from seqjax.drivers import fused_with, sequential
from seqjax.drivers.fused import self_check
from seqjax.drivers.inputs import prepare
from seqjax.drivers.native import compiler

pytestmark = [
    pytest.mark.skipif(jax.default_backend() != "cpu", reason="the emulation is for CPU"),
    pytest.mark.skipif(compiler.compiler() is None, reason="there is no C++ compiler"),
]

LIMITS = {"bfloat16": 1e-2, "float16": 2e-3, "tf32": 2e-3}
T = 11  # more than the ring has slots


CELLS = {"lstm": partial(lstm, learn_start=True), "gru": gru, "invented": invented}
# cell, H, B, multiprocessors, precision, reverse: a row, a tile and what crosses its border, more
# groups and more tiles; less than a block, parts of blocks and of k blocks.
WALKS = [
    ("gru", 8, 1, 132, "float16", False),
    ("lstm", 40, 17, 132, "bfloat16", True),
    ("lstm", 72, 65, 6, "bfloat16", False),
    ("gru", 9, 33, 132, "float16", True),
    ("invented", 41, 16, 132, "bfloat16", True),
    ("lstm", 25, 18, 132, "tf32", True),
]


@pytest.mark.parametrize(("name", "units", "batch", "multiprocessors", "factor", "back"), WALKS)
def test_values_and_gradients(name, units, batch, multiprocessors, factor, back):
    """All that comes out, and the gradient by all that goes in; with an empty row and a start."""
    cell = CELLS[name](units)
    given = problem(cell, T if batch < 20 else 4, batch)
    if batch == 1:
        given["lengths"] = jnp.array([T])
    with jax.enable_x64(True):
        want = answers(cell, sequential, doubled(given), back, True)
    with emulated(multiprocessors):
        got = answers(cell, fused_with(precision=factor), given, back, True)
    close(got, want, LIMITS[factor])
    with pytest.raises(AssertionError):  # products were rounded
        close(got, want, 1e-6)


def tf32(a: np.ndarray) -> np.ndarray:
    """float32 numbers rounded to 10 bits of mantissa, ties away from 0, as float64."""
    fraction, exponent = np.frexp(a.astype(np.float64))
    scaled = np.ldexp(fraction, 11)
    return np.ldexp(np.trunc(scaled + np.copysign(0.5, scaled)), exponent - 11)


def test_factors_of_tf32() -> None:
    """h_t = tanh(x_t w_x + b + round(h_{t-1}) round(w_h)), step by step; NaN stays in its row."""
    cell = rnn(37)
    given = problem(cell, T, 18)
    params = jax.tree.map(np.asarray, given["params"])
    xs, start = np.array(given["xs"]), np.full((18, 37), 0.5, np.float32)
    # NaN as devices make it, whose bits a sum would carry over, and that of a word not written.
    start.view(np.uint32)[[5, 7]] = [[0x7FFFFFFF], [0xFFFFFFFF]]
    with emulated():
        hs = fused_with(precision="tf32")(cell, params, xs, carry=start).hs
    before = np.concatenate([start[None], hs[:-1]])
    z = xs.astype(np.float64) @ params["w_x"] + params["b"]
    assert np.isnan(hs[:, [5, 7]]).all() and np.isnan(hs).sum() == 2 * T * 37
    want = np.tanh(z + tf32(before) @ tf32(params["w_h"]))
    np.testing.assert_allclose(hs, want, rtol=0, atol=1e-6)
    with pytest.raises(AssertionError):  # factors were rounded
        np.testing.assert_allclose(
            hs, np.tanh(z + before @ params["w_h"].astype(np.float64)), rtol=0, atol=1e-5
        )


def test_wrappers_of_all_kinds():
    """Masks and inputs of a step, parameters of a row, a clipped gradient, states, a start."""
    cell = clip_backward(residual(zoneout(locked_dropout(gru(10)), hidden=0.3)), 0.5)

    def noisy(driver: Any, given: Any) -> Any:
        def drive(cell: Cell, params: Any, xs: Any, *args: Any, **options: Any) -> Any:
            params, xs = cell.noise(params, xs, jax.random.key(3))
            return tuple(driver(cell, params, xs, *args, states=True, **options))

        return answers(cell, drive, given, False, True)

    given = problem(cell, 5, 17, 10)
    want = noisy(sequential, given)
    with emulated():
        close(noisy(fused_with(precision="bfloat16"), given), want, 2e-2)


def test_parameters_of_16_bits():
    """They come back as such; carries and sums are float32; without marks or a carry."""
    cell = lstm(8, learn_start=True)
    short = jax.tree.map(lambda a: a.astype(jnp.bfloat16), cell.init(jax.random.key(0), 3))
    xs = random_like(jax.ShapeDtypeStruct((4, 2, 3), jnp.bfloat16), 1, 1.0)

    def loss(params: Any, drive: Any) -> Any:
        carry, hs = drive(cell, params, xs)
        return jnp.sum(hs.astype(jnp.float32) ** 2) + carry[1].sum(), (carry, hs)

    def both(drive: Any) -> Any:
        return quick(lambda p: jax.grad(lambda p: loss(p, drive), has_aux=True)(p))(short)

    with emulated():
        got = both(fused_with())
    want = both(sequential)
    assert jax.tree.map(lambda a: a.dtype, got) == jax.tree.map(lambda a: a.dtype, want)
    close(got, want, 3e-2)


def test_population_and_second_order():
    """Products with the Hessian of two networks at once, each the same as by ``sequential``."""
    cell, xs = lstm(8), random_like(jnp.zeros((3, 2, 3)), 2, 1.0)
    one = cell.init(jax.random.key(0), 3)
    seeds = random_like(jax.tree.map(lambda a: jnp.zeros((2, *a.shape)), one), 4, 0.5)

    def curvature(driver: Any) -> Any:
        def loss(params: Any) -> Any:
            return jnp.sum(driver(cell, params, xs, [3, 2]).hs ** 2)

        def product(params: Any) -> Any:
            return jax.jvp(jax.grad(loss), (params,), (params,))

        return quick(jax.vmap(product))(seeds)

    with emulated():
        got = curvature(fused_with(precision="bfloat16"))
    close(got, curvature(sequential), 3e-2)


class Compiled(NamedTuple):
    """A walk of two groups of rows, its two loops apart."""

    forward: Any
    """() -> (outputs, pull)"""
    backward: Any
    """(pull, outputs) -> the gradient by the parameters"""


@pytest.fixture(autouse=True)
def undisturbed() -> Iterator[None]:
    """What a test does to the order and to blocks ends with it."""
    yield
    emulated_gpu.shuffle(1)
    emulated_gpu.forget()


@pytest.fixture(scope="module")
def walk() -> Compiled:
    """Of an LSTM whose blocks are in clusters backward."""
    given = problem(lstm(40), T, 17)
    drive, params = fused_with(precision="bfloat16"), given["params"]

    def value(params: Any) -> Any:
        return tuple(drive(lstm(40), params, given["xs"], given["lengths"]))

    forward = jax.jit(lambda params: jax.vjp(value, params))
    backward = jax.jit(lambda pull, outputs: pull(outputs))

    def waited(function: Any, *args: Any) -> Any:
        return jax.block_until_ready(function(*args))

    with emulated():  # the only time that they are traced
        outputs, pull = waited(forward, params)
        waited(backward, pull, outputs)
    return Compiled(lambda: waited(forward, params), partial(waited, backward))


def test_any_order_gives_the_same_bits(walk: Compiled) -> None:
    """Whichever block comes first."""
    outputs, pull = walk.forward()
    gradient = walk.backward(pull, outputs)
    emulated_gpu.shuffle(2)
    again, pull = walk.forward()
    same(again, outputs)
    same(walk.backward(pull, outputs), gradient)


@pytest.mark.parametrize("slow", [0, 6])
def test_a_slow_block_changes_nothing(walk: Compiled, slow: int) -> None:
    """Others wait for one that owns units; one that only fills up is none that words wait for."""
    outputs, pull = walk.forward()
    gradient = walk.backward(pull, outputs)
    emulated_gpu.shuffle(1, slow=slow)
    again, pull = walk.forward()
    same(again, outputs)
    same(walk.backward(pull, outputs), gradient)


def test_a_slow_block_that_only_fills_up_backward() -> None:
    """Of a cluster that has no unit of the network."""
    cell = rnn(16)
    given, drive = problem(cell, 23, 5), fused_with(precision="float16")
    with emulated(4):
        gradient = quick(jax.grad(lambda params: jnp.sum(drive(cell, params, given["xs"]).hs ** 2)))
        want = gradient(given["params"])
        emulated_gpu.shuffle(1, slow=3)
        same(gradient(given["params"]), want)


TOO_LONG = "driver: fused: in a walk before this one a block waited too long for .*use hoisted"


def test_a_mute_block_is_an_error(walk: Compiled) -> None:
    """The others stop to wait for it: all is NaN, even the carry of an empty row, which they have.

    The next call fails, and only that.
    """
    right, _ = walk.forward()
    emulated_gpu.shuffle(1, mute=3)
    (carry, hs), _ = walk.forward()
    for leaf in (*carry, hs[:, 0]):  # the first row is full, others have padding
        assert np.isnan(leaf).all()
    emulated_gpu.shuffle(1)
    with pytest.raises(jax.errors.JaxRuntimeError, match=TOO_LONG):
        walk.forward()
    same(walk.forward()[0], right)


def test_a_mute_block_of_the_reverse_loop_is_an_error(walk: Compiled) -> None:
    """Gradients of parameters are NaN, also those that come of sums over all steps."""
    outputs, pull = walk.forward()
    emulated_gpu.shuffle(1, mute=3)
    (gradient,) = walk.backward(pull, outputs)
    assert np.isnan(gradient["w_h"]).all() and np.isnan(gradient["b"]).any()
    emulated_gpu.shuffle(1)
    with pytest.raises(jax.errors.JaxRuntimeError, match=TOO_LONG):
        walk.backward(pull, outputs)
    walk.backward(pull, outputs)


def test_the_check_at_first_use() -> None:
    """A kernel that is right is taken; one whose blocks do not hear each other is refused."""
    cell = lstm(24)
    inputs = prepare(cell, cell.init(jax.random.key(0), 3), jnp.zeros((2, 2, 3)))
    checked = self_check.disagreement
    with emulated() as patch:
        patch.setattr(self_check, "disagreement", checked)
        driver = fused_with(precision="bfloat16")
        assert driver.unsupported(cell, inputs) == ""
        self_check._checked.cache_clear()
        emulated_gpu.shuffle(1, mute=1)
        reason = driver.unsupported(cell, inputs)
    self_check._checked.cache_clear()
    assert reason.startswith("driver: fused ") and reason.endswith("use hoisted or auto")
    assert "at its first use, for lstm" in reason or "differs from sequential by nan" in reason

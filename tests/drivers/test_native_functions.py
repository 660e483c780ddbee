"""The functions of gates on registers, over all exponents, against float64."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pytest

from seqjax.drivers.native import compiler

pytestmark = pytest.mark.skipif(compiler.compiler() is None, reason="there is no C++ compiler")


class Stated(NamedTuple):
    """What a function is, and what it may be off: of its value, and besides."""

    exact: Callable
    relative: float
    absolute: float = 0.0
    low: float = -np.inf
    high: float = np.inf


each = np.vectorize
STATED = {
    "exp": Stated(np.exp, 2e-7, low=-87, high=87),
    "exp2": Stated(np.exp2, 2e-7, low=-125, high=127),
    "expm1": Stated(np.expm1, 3e-7, low=-87, high=87),
    "log": Stated(np.log, 2e-7, 2e-7, low=1.2e-38),
    "log1p": Stated(np.log1p, 3e-7, low=-0.999),
    "tanh": Stated(np.tanh, 0, 2e-7),
    "logistic": Stated(lambda x: 1 / (1 + np.exp(-np.maximum(x, -700))), 0, 2e-7),
    "sqrt": Stated(np.sqrt, 1e-7, low=0),
    "rsqrt": Stated(lambda x: 1 / np.sqrt(x), 2e-7, low=1e-37),
    "fabs": Stated(np.abs, 0),
    "floor": Stated(np.floor, 0),
    "ceil": Stated(np.ceil, 0),
    "round_to_even": Stated(np.round, 0),
    "round_away": Stated(lambda x: np.sign(x) * np.floor(np.abs(x) + 0.5), 0),
    "sin": Stated(np.sin, 2e-7),
    "cos": Stated(np.cos, 2e-7),
    "erf": Stated(each(math.erf), 2e-7),
    "erfc": Stated(each(math.erfc), 3e-7, high=9),
}


@pytest.fixture(scope="module")
def functions() -> Callable:
    """(name, float32 array) -> float32 array."""
    text = ['#include "functions.h"']
    for name in STATED:
        loop = f"for (long i = 0; i < n; i += LANES) store(x + i, {name}(load(x + i, n)), n);"
        text.append(f'extern "C" void call_{name}(float* x, long n) {{ {loop} }}')
    made = compiler.shared_library("functions", "\n".join(text), "-O1")

    def call(name: str, x: np.ndarray) -> np.ndarray:
        y = np.zeros(-(-x.size // 16) * 16, np.float32)
        y[: x.size] = x
        pointer = y.ctypes.data_as(ctypes.c_void_p)
        getattr(made, f"call_{name}")(pointer, ctypes.c_long(y.size))
        return y[: x.size]

    return call


@pytest.mark.parametrize("name", STATED)
def test_errors_are_as_stated(functions, name):
    """On numbers of every size, near and far from one."""
    stated = STATED[name]
    draw = np.random.default_rng(0)
    sizes = 2.0 ** draw.uniform(-30, 7, 40_000) * draw.choice([-1, 1], 40_000)
    x = np.concatenate([sizes, draw.uniform(-12, 12, 40_000), [0.0, 0.5, 1.0, 1.5, 2.5]])
    if name in ("log", "rsqrt", "sqrt"):
        x = np.concatenate([x, 2.0 ** draw.uniform(-125, 127, 20_000)])
    x = x.astype(np.float32)
    x = x[(x >= stated.low) & (x <= stated.high)]
    want = stated.exact(x.astype(np.float64))
    error = np.abs(functions(name, x) - want)
    bound = stated.relative * np.abs(want) + stated.absolute + 1e-38
    assert (error <= bound).all(), (x[np.argmax(error / bound)], np.max(error / bound))


def test_ends_of_the_line(functions):
    """Infinities and NaN."""
    inf, nan = np.inf, np.nan
    x = np.array([inf, -inf, nan, 0.0, -1.0], np.float32)
    np.testing.assert_allclose(functions("tanh", x)[:2], [1, -1])
    np.testing.assert_allclose(functions("logistic", x)[:2], [1, 0], atol=1e-7)
    np.testing.assert_array_equal(functions("log", x), [inf, nan, nan, -inf, nan])
    np.testing.assert_array_equal(functions("log1p", x), [inf, nan, nan, 0, -inf])
    for name in ("tanh", "logistic", "exp", "log", "expm1", "log1p", "sqrt", "floor", "erf"):
        assert np.isnan(functions(name, x)[2]), name

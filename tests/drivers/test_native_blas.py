"""Large products of the driver native, by the BLAS library of scipy, held against float64."""

from __future__ import annotations

import ctypes
import importlib.util
import threading
from functools import partial
from importlib.machinery import EXTENSION_SUFFIXES
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from native_toys import answers, doubled, problem
from scipy.linalg import cython_blas
from walking import close

from seqjax.basics import products
from seqjax.cells import gru, lstm, rnn
from seqjax.drivers import native, sequential
from seqjax.drivers.native import blas, compiler

pytestmark = [
    pytest.mark.skipif(jax.default_backend() != "cpu", reason="the kernels are for CPU"),
    pytest.mark.skipif(compiler.compiler() is None, reason="there is no C++ compiler"),
    pytest.mark.skipif(blas.find() is None, reason="scipy's BLAS is not OpenBLAS"),
]

# [T, B, n] and m: less than a register, parts of panels, more rows than columns and the reverse.
SHAPES = [
    (1, 1, 1, 1),
    (3, 5, 7, 9),
    (20, 30, 17, 33),
    (2, 3, 40, 300),
    (2, 3, 90, 8),
    (50, 64, 64, 128),
]


@pytest.fixture
def all_products(monkeypatch):
    """All products are large."""
    monkeypatch.setattr(blas, "LARGE", 0)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", ["matmul", "matmul_transposed", "recur_grad"])
def test_products(all_products, name, shape):
    """Each of the three against float64, to what sums of n floats may be off."""
    t, b, n, m = shape
    draw = np.random.default_rng(0)
    x, y = draw.standard_normal((t, b, n)), draw.standard_normal((t, b, m))
    w = draw.standard_normal((n, m))
    flat = x.reshape(-1, n)
    arguments, want = {
        "matmul": ((x, w), x @ w),
        "matmul_transposed": ((x, w.T), x @ w),
        "recur_grad": ((x, y, w), flat.T @ y.reshape(-1, m)),
    }[name]
    floats = [jnp.asarray(a, jnp.float32) for a in arguments]
    got = getattr(blas, name)(*floats)
    assert got.shape == want.shape and got.dtype == jnp.float32
    terms = t * b if name == "recur_grad" else n
    np.testing.assert_allclose(got, want, atol=4e-7 * terms**0.5 * 6, rtol=1e-6)


@pytest.mark.parametrize("make", [lstm, gru, rnn, partial(lstm, heads=3)])
def test_values_and_gradients(all_products, make):
    """Walks whose every product is made there, forward and backward; with heads but for w_h's."""
    cell = make(21, learn_start=True)
    given = problem(cell, 7, 15)
    got = answers(cell, native, given, False, True)
    with jax.enable_x64(True):
        want = answers(cell, sequential, doubled(given), False, True)
    close(got, want, 3e-6)


def test_small_products_and_machines_without_it(monkeypatch):
    """Small ones are XLA's; so are all where scipy has another library."""
    x, w = jnp.ones((2, 3, 4)), jnp.ones((4, 5))

    def text() -> str:
        return jax.jit(lambda x, w: blas.matmul(x, w)).lower(x, w).as_text()

    assert "dot_general" in text() and "seqjax_product" not in text()
    monkeypatch.setattr(blas, "LARGE", 0)
    assert "seqjax_product" in text()
    blas.is_there.cache_clear()
    monkeypatch.setattr(blas, "find", lambda: None)
    try:
        assert "seqjax_product" not in text()
        np.testing.assert_array_equal(blas.matmul(x, w), products.matmul(x, w))
    finally:
        blas.is_there.cache_clear()


def test_without_scipy(monkeypatch, tmp_path):
    """Nothing is found without scipy, without that door of it, or where that does not load."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert blas.find() is None
    place = SimpleNamespace(submodule_search_locations=[str(tmp_path)])
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: place)
    assert blas.find() is None
    (tmp_path / "linalg").mkdir()
    (tmp_path / "linalg" / f"cython_blas{EXTENSION_SUFFIXES[0]}").write_text("no library")
    assert blas.find() is None


def test_threads_of_the_library_are_as_before(all_products):
    """It works in the threads of XLA meanwhile, and afterwards with those that it had."""
    library = ctypes.CDLL(cython_blas.__file__)  # stays loaded while it is asked
    calls = blas.find()
    count = ctypes.CFUNCTYPE(ctypes.c_int)(calls.openblas_get_num_threads)
    set_count = ctypes.CFUNCTYPE(None, ctypes.c_int)(calls.openblas_set_num_threads)
    assert library and calls
    before = count()
    set_count(2)
    multiply = jax.jit(blas.matmul)
    x, w = jnp.ones((30, 20, 200)), jnp.ones((200, 300))

    def many() -> None:
        for _ in range(30):
            jax.block_until_ready(multiply(x, w))

    threads = [threading.Thread(target=many) for _ in range(3)]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert count() == 2
    finally:
        set_count(before)

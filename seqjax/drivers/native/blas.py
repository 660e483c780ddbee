"""Large products of ``native`` by the BLAS library that comes with scipy, where that is OpenBLAS.

It multiplies matrices of thousands of rows a fifth faster than XLA on CPU does (see
``experiments/results/speed.md``). jax cannot do without scipy, so that it is always there.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import importlib.machinery
import importlib.util
import itertools
import math
from pathlib import Path

import jax
import jax.numpy as jnp

from seqjax.basics import products, varying
from seqjax.basics.types import Array
from seqjax.drivers.native import build

CALLS = ("sgemm_", "openblas_get_num_threads", "openblas_set_num_threads")
LARGE = 1 << 31
"""Multiplications from which on it is asked; below, XLA is as fast."""


class Blas(ctypes.Structure):
    """What the kernels want of it: ``Blas`` of kernels/blas.h."""

    _fields_ = [(name.strip("_"), ctypes.c_void_p) for name in CALLS]


def _library() -> ctypes.CDLL | None:
    """scipy's door to its BLAS, in which the names of that are looked up, too."""
    spec = importlib.util.find_spec("scipy")  # which imports nothing
    places = (spec and spec.submodule_search_locations) or []
    for place, suffix in itertools.product(places, importlib.machinery.EXTENSION_SUFFIXES):
        path = Path(place) / "linalg" / f"cython_blas{suffix}"
        if path.exists():
            with contextlib.suppress(OSError):  # another linking of scipy
                return ctypes.CDLL(str(path))
    return None


def find() -> Blas | None:
    """The library's calls, None where scipy has another one."""
    library = _library()
    for prefix in ("scipy_", ""):
        with contextlib.suppress(AttributeError):
            calls = [getattr(library, prefix + name) for name in CALLS]
            return Blas(*(ctypes.cast(call, ctypes.c_void_p).value for call in calls))
    return None


@functools.cache
def is_there() -> bool:
    """Whether the library is there; the kernels know of it from now on."""
    blas = find()
    if blas is not None:
        build.kernels().use_blas(ctypes.byref(blas))
    return blas is not None


def _flat(x: Array) -> Array:
    return x.reshape(-1, x.shape[-1])


def is_served(*sizes: int) -> bool:
    """Whether it makes a product of these three, or four, sizes."""
    return math.prod(sizes) >= LARGE and max(sizes) < 1 << 31 and is_there()


def _product(x: Array, y: Array, transpose_x: bool, transpose_y: bool) -> Array:
    shape = (x.shape[1] if transpose_x else len(x), len(y) if transpose_y else y.shape[1])
    x, y = varying.alike((x, y))
    result = varying.shapes(varying.axes(x), jax.ShapeDtypeStruct(shape, jnp.float32))
    call = jax.ffi.ffi_call("seqjax_product", result, vmap_method="sequential")
    return call(x, y, transpose_x=transpose_x, transpose_y=transpose_y)


def matmul(x: Array, w: Array) -> Array:
    """``x @ w`` for x [T, B, n], w [n, m]."""
    if not is_served(*x.shape, w.shape[1]):
        return products.matmul(x, w)
    return _product(_flat(x), w, False, False).reshape(*x.shape[:-1], w.shape[1])


def matmul_transposed(x: Array, w: Array) -> Array:
    """``x @ w.T`` for x [T, B, m], w [n, m]."""
    if not is_served(*x.shape, len(w)):
        return products.matmul(x, w.T)
    return _product(_flat(x), w, False, True).reshape(*x.shape[:-1], len(w))


def recur_grad(h: Array, du: Array, w: Array) -> Array:
    """``products.recur_grad``, whose products of heads are never made there."""
    if w.ndim != 2 or not is_served(*h.shape, du.shape[-1]):
        return products.recur_grad(h, du, w)
    return _product(_flat(h), _flat(du), True, False)

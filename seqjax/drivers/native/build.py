"""The compiled parts of ``native``: what all walks share, and a library for each gate."""

from __future__ import annotations

import ctypes
import functools
import hashlib
from collections.abc import Sequence

import jax

from seqjax.drivers.native.compiler import shared_library

CALLS = {
    "forward": "forward", "backward": "backward", "product": "product_by_blas",
    "pack": "packed_weight",
}  # fmt: skip
"""Targets of XLA's custom calls, and the functions that they are."""

_known: set[str] = set()


@functools.cache
def kernels() -> ctypes.CDLL:
    """What does not depend on gates, known to JAX.

    The first call on a machine compiles it, which takes some ten seconds.

    Raises:
      ValueError: as ``compiler.shared_library``.
    """
    shared = shared_library(
        "calls", '#include "calls.cc"\n', "-isystem", str(jax.ffi.include_dir())
    )
    for name, function in CALLS.items():
        handler = jax.ffi.pycapsule(getattr(shared, function))
        jax.ffi.register_ffi_target(f"seqjax_{name}", handler, platform="cpu")
    return shared


def panel() -> int:
    """How many columns of a weight lie together in the kernels. Raises: as ``kernels``."""
    columns: int = kernels().panel()
    return columns


def gate_name(body: str) -> str:
    """The name of a gate: another one for every other body of its struct."""
    return f"gate_{hashlib.sha256(body.encode()).hexdigest()[:16]}"


def load_gates(bodies: Sequence[str], *options: str) -> None:
    """Makes gates known to the walks, by their names; those that are new become one library.

    Options are further ones for the compiler.

    Raises:
      ValueError: as ``compiler.shared_library``.
    """
    new = {name: body for body in bodies if (name := gate_name(body)) not in _known}
    if not new:
        return
    shared = kernels()
    parts = [f"struct {name} {body}\nWALKS({name})\n" for name, body in sorted(new.items())]
    gates = shared_library("gate", "\n".join(['#include "gate.h"\n', *parts]), *options)
    for name in new:
        walks = (getattr(gates, f"{name}_{way}") for way in ("forward", "backward"))
        shared.add_gate(name.encode(), *(ctypes.cast(walk, ctypes.c_void_p) for walk in walks))
    _known.update(new)

"""The part of the dense kernels that runs on the host: loads machine code, and starts it."""

from __future__ import annotations

import ctypes
import functools

import jax

from seqjax.drivers.fused.dense.call import TARGET
from seqjax.drivers.fused.dense.cubins import cubin
from seqjax.drivers.fused.dense.layouts import Layout, Sizes
from seqjax.drivers.fused.dense.source import KERNELS, Source
from seqjax.drivers.native.compiler import shared_library

PARTS = ("arguments.h", "cuda_driver.h", "call.h", "calls.cc")

_loaded: set[str] = set()


@functools.cache
def calls() -> ctypes.CDLL:
    """What XLA calls, known to JAX. It is compiled where it is not in the cache.

    Raises:
      ValueError: as ``shared_library``.
    """
    texts = [(KERNELS / part).read_text(encoding="utf-8") for part in PARTS]
    source = '#include "xla/ffi/api/ffi.h"\n' + "\n".join(texts).replace("#pragma once", "")
    include = ("-O0", "-isystem", str(jax.ffi.include_dir()))
    library = shared_library("dense_calls", source, *include, driver="fused")
    handler = jax.ffi.pycapsule(library.call_of_kernel)
    jax.ffi.register_ffi_target(TARGET, handler, platform="CUDA")
    return library


def load(source: Source, capability: float) -> None:
    """Makes the kernels of a source known to ``call``.

    Raises:
      ValueError: as ``cubin`` and ``calls``.
    """
    if source.name in _loaded:
        return
    code = cubin(source.name, source.text, capability)
    calls().add_cubin(source.name.encode(), ctypes.c_char_p(code), ctypes.c_size_t(len(code)))
    _loaded.add(source.name)


def room(source: Source, sizes: Sizes, layout: Layout) -> int:
    """How many blocks of a kernel that is loaded run at once on the device.

    Raises:
      ValueError: with the error of CUDA.
    """
    why = ctypes.create_string_buffer(512)
    way = "backward" if sizes.backward else "forward"
    device = getattr(jax.devices()[0], "local_hardware_id", 0) or 0
    found: int = calls().room(
        device, f"{source.name}:{way}".encode(), 32 * layout.warps, sizes.shared_bytes(layout),
        layout.cluster, why, ctypes.c_size_t(len(why)),
    )  # fmt: skip
    if found < 0:
        raise ValueError(why.value.decode())
    return found


def forget_fault() -> None:
    """A wait that took too long in a walk before is no error of the next call."""
    if _loaded:
        calls().take_fault()

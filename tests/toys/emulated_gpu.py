"""A GPU for the dense kernels of ``fused``: g++ and fibers in the place of nvcc and threads."""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import jax
import pytest

from seqjax.drivers.fused import self_check, support
from seqjax.drivers.fused.dense import device, host
from seqjax.drivers.fused.dense.call import TARGET
from seqjax.drivers.fused.dense.source import KERNELS, Source
from seqjax.drivers.native import compiler

TOYS = Path(__file__).parent
LAUNCH = """
extern "C" void run(void (*kernel)(const Arguments), const Arguments& a, const int* launch) {
  emulated::launch(launch, [&] { kernel(a); });
}
extern "C" void shuffle(unsigned seed, int mute, int slow) {
  emulated::seed = seed, emulated::mute = mute, emulated::slow = slow;
}
"""
OPTIONS = ("-O1", "-U_FORTIFY_SOURCE", "-DEMULATED", "-DPATIENCE=300", "-w")


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8").replace("#pragma once", "")


@functools.cache
def calls() -> ctypes.CDLL:
    """What XLA calls, known to JAX for CPUs."""
    parts = [
        "#include <cstring>\n#include \"xla/ffi/api/ffi.h\"",
        text_of(KERNELS / "arguments.h"),
        text_of(KERNELS / "call.h"),
        text_of(TOYS / "emulated_calls.cc"),
    ]  # fmt: skip
    include = ("-O0", "-isystem", str(jax.ffi.include_dir()))
    library = compiler.shared_library("emulated_calls", "\n".join(parts), *include)
    handler = jax.ffi.pycapsule(library.emulated_call)
    jax.ffi.register_ffi_target(TARGET, handler, platform="cpu")
    return library


loaded: dict[str, ctypes.CDLL] = {}


def load(source: Source, capability: float) -> None:
    """In the place of ``host.load``."""
    if source.name in loaded:
        return
    emulation = text_of(TOYS / "emulation.h")
    text = source.text.replace('#include "emulation.h"', emulation)
    library = compiler.shared_library("emulated", text + LAUNCH, *OPTIONS)
    for way in ("forward", "backward"):
        entries = (ctypes.cast(getattr(library, f), ctypes.c_void_p) for f in ("run", way))
        calls().add_kernel(f"{source.name}:{way}".encode(), *entries)
    loaded[source.name] = library


def shuffle(seed: int, mute: int = -1, slow: int = -1) -> None:
    """Another order of fibers; what the block ``mute`` writes to others is not seen."""
    for library in loaded.values():
        library.shuffle(seed, mute, slow)


def forget() -> None:
    """In the place of ``host.forget_fault``."""
    calls().take_fault()


@contextmanager
def emulated(multiprocessors: int = 132) -> Iterator[pytest.MonkeyPatch]:
    """Within the block a GPU is there, on which every dense w_h is walked by it.

    What else is changed there is to end with it: by what it gives.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(support, "WIDEST", 0)
        patch.setattr(device, "current", lambda: device.Device(9.0, multiprocessors, "emulated"))
        patch.setattr(host, "load", load)
        patch.setattr(host, "room", lambda *args: multiprocessors)
        patch.setattr(host, "forget_fault", forget)
        patch.setattr(self_check, "disagreement", lambda *args: "")
        yield patch

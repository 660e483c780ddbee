"""NVIDIA's compiler as a library: libnvrtc, which comes with jax's CUDA plugins."""

from __future__ import annotations

import ctypes
import ctypes.util
import functools
import importlib.util
from collections.abc import Iterator
from pathlib import Path


def nvidia_files(pattern: str) -> Iterator[Path]:
    """Files of NVIDIA's pip packages, such as "*/lib/libnvrtc.so.*", of the newest CUDA first."""
    spec = importlib.util.find_spec("nvidia")
    places = (spec and spec.submodule_search_locations) or []
    found = [path for place in places for path in Path(place).glob(pattern)]
    return iter(sorted(found, key=lambda path: path.as_posix(), reverse=True))


@functools.cache
def load() -> ctypes.CDLL | None:
    """The first that can be opened: of a pip package, else of the system."""
    names = [str(path) for path in nvidia_files("*/lib/libnvrtc.so.*")]
    names += filter(None, [ctypes.util.find_library("nvrtc")])
    for name in names:
        try:
            return ctypes.CDLL(name)
        except OSError:  # of another machine, or without what it needs
            continue
    return None


def version(nvrtc: ctypes.CDLL) -> str:
    """Such as "nvrtc 13.0"."""
    major, minor = ctypes.c_int(), ctypes.c_int()
    nvrtc.nvrtcVersion(ctypes.byref(major), ctypes.byref(minor))
    return f"nvrtc {major.value}.{minor.value}"


def compiled(nvrtc: ctypes.CDLL, text: str, options: list[str]) -> bytes:
    """Machine code of a source. Raises ValueError with what the compiler says."""
    program = ctypes.c_void_p()
    source = ctypes.c_char_p(text.encode())
    made = nvrtc.nvrtcCreateProgram(ctypes.byref(program), source, b"kernel.cu", 0, None, None)
    if made:
        raise ValueError(f"nvrtcCreateProgram gave {made}")
    try:
        given = (ctypes.c_char_p * len(options))(*(option.encode() for option in options))
        if nvrtc.nvrtcCompileProgram(program, len(options), given):
            raise ValueError(_read(nvrtc, "ProgramLog", program).rstrip(b"\0").decode())
        return _read(nvrtc, "CUBIN", program)
    finally:
        nvrtc.nvrtcDestroyProgram(ctypes.byref(program))


def _read(nvrtc: ctypes.CDLL, what: str, program: ctypes.c_void_p) -> bytes:
    size = ctypes.c_size_t()
    getattr(nvrtc, f"nvrtcGet{what}Size")(program, ctypes.byref(size))
    buffer = ctypes.create_string_buffer(size.value)
    getattr(nvrtc, f"nvrtcGet{what}")(program, buffer)
    return buffer.raw

"""Compiles the walks in ``kernels/`` for this machine, once, and registers them with JAX."""

from __future__ import annotations

import ctypes
import functools
import hashlib
import logging
import os
import platform
import shutil
import subprocess
import tempfile
from pathlib import Path

import jax

SOURCES = Path(__file__).parent / "kernels"
OPTIONS = (
    "-O3", "-march=native", "-std=c++17", "-fno-math-errno", "-fno-trapping-math", "-shared",
    "-fPIC", "-pthread",
)  # fmt: skip
KERNELS = ("lstm", "gru", "rnn")


def compiler() -> str | None:
    """The C++ compiler: $CXX, else the first of c++, g++ and clang++ that is there."""
    named = os.environ.get("CXX")
    return next(
        filter(None, map(shutil.which, [named] if named else ["c++", "g++", "clang++"])), None
    )


def folder() -> Path:
    """Where compiled walks are kept: seqjax/ in $XDG_CACHE_HOME, else in ~/.cache."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "seqjax"


def _name(command: list[str]) -> str:
    """Another one for other sources, compilers, headers or processors."""
    parts = [path.read_bytes() for path in sorted(SOURCES.iterdir())]
    parts += [" ".join(command).encode(), platform.machine().encode()]
    parts.append(subprocess.run([command[0], "--version"], capture_output=True).stdout)
    processor = Path("/proc/cpuinfo")
    if processor.exists():
        lines = processor.read_text(errors="replace").splitlines()
        parts.append(next((line for line in lines if line.startswith("flags")), "").encode())
    return f"walks_{hashlib.sha256(b'|'.join(parts)).hexdigest()[:16]}.so"


def _compile(command: list[str], path: Path) -> None:
    logging.getLogger("seqjax").info("compiling the native walks into %s, once", path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ValueError(
            f"driver: native cannot keep what it compiles in {path.parent} ({error.strerror}); name"
            " another folder in XDG_CACHE_HOME, or use hoisted"
        ) from error
    with tempfile.TemporaryDirectory(dir=path.parent) as scratch:
        library = Path(scratch) / path.name
        command = [*command, str(SOURCES / "walks.cc"), "-o", str(library)]
        result = subprocess.run(command, capture_output=True, text=True)
        if result.returncode:
            lines = [line for line in result.stderr.splitlines() if "error" in line]
            raise ValueError(
                f"driver: native could not be compiled by {command[0]}"
                f" ({lines[0] if lines else result.stderr.strip()[-200:]}); use hoisted"
            )
        os.replace(library, path)  # whole or not at all, also when several processes compile


@functools.cache
def kernels() -> ctypes.CDLL:
    """The compiled kernels, known to JAX.

    The first call on a machine compiles them, which takes some ten seconds.

    Raises:
      ValueError: without a C++ compiler, where it fails, or without a folder to write to.
    """
    program = compiler()
    if program is None:
        raise ValueError("driver: native wants a C++ compiler (c++, or CXX); use hoisted")
    command = [program, *OPTIONS, "-isystem", str(jax.ffi.include_dir())]
    path = folder() / _name(command)
    if not path.exists():
        _compile(command, path)
    shared = ctypes.CDLL(str(path))
    for name in KERNELS:
        for loop in ("forward", "backward"):
            handler = jax.ffi.pycapsule(getattr(shared, f"{name}_{loop}"))
            jax.ffi.register_ffi_target(f"seqjax_{name}_{loop}", handler, platform="cpu")
    for name, call in (("product", shared.product_by_blas), ("pack", shared.packed_weight)):
        jax.ffi.register_ffi_target(f"seqjax_{name}", jax.ffi.pycapsule(call), platform="cpu")
    return shared


def panel() -> int:
    """How many columns of a weight lie together in the kernels. Raises: as ``kernels``."""
    columns: int = kernels().panel()
    return columns

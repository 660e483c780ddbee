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
KINDS = ("lstm", "gru", "rnn")


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
        made = Path(scratch) / path.name
        source = str(SOURCES / "walks.cc")
        done = subprocess.run([*command, source, "-o", str(made)], capture_output=True, text=True)
        if done.returncode:
            lines = [line for line in done.stderr.splitlines() if "error" in line]
            raise ValueError(
                f"driver: native could not be compiled by {command[0]}"
                f" ({lines[0] if lines else done.stderr.strip()[-200:]}); use hoisted"
            )
        os.replace(made, path)  # whole or not at all, also when several processes compile


@functools.cache
def library() -> ctypes.CDLL:
    """The compiled kernels, known to JAX.

    The first call on a machine compiles them, which takes some ten seconds.

    Raises:
      ValueError: without a C++ compiler, where it fails, or without a folder to write to.
    """
    found = compiler()
    if found is None:
        raise ValueError("driver: native wants a C++ compiler (c++, or CXX); use hoisted")
    command = [found, *OPTIONS, "-isystem", str(jax.ffi.include_dir())]
    path = folder() / _name(command)
    if not path.exists():
        _compile(command, path)
    kernels = ctypes.CDLL(str(path))
    for kind in KINDS:
        for way in ("forward", "backward"):
            handler = jax.ffi.pycapsule(getattr(kernels, f"{kind}_{way}"))
            jax.ffi.register_ffi_target(f"seqjax_{kind}_{way}", handler, platform="cpu")
    for name, call in (("product", kernels.product_by_blas), ("pack", kernels.packed_weight)):
        jax.ffi.register_ffi_target(f"seqjax_{name}", jax.ffi.pycapsule(call), platform="cpu")
    return kernels


def panel() -> int:
    """How many columns of a weight lie together in the kernels. Raises: as ``library``."""
    return library().panel()

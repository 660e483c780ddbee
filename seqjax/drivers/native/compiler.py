"""Compiles C++ for this machine into a library in the user's cache, once for each source."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import hashlib
import logging
import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

SOURCES = Path(__file__).parent / "kernels"
OPTIONS = (
    "-O3", "-march=native", "-std=c++17", "-fno-math-errno", "-fno-trapping-math", "-shared",
    "-fPIC", "-pthread", "-I", str(SOURCES),
)  # fmt: skip

_failed: dict[Path, str] = {}
"""What went wrong, so that no walk tries again."""


def compiler() -> str | None:
    """The C++ compiler: $CXX, else the first of c++, g++ and clang++ that is there."""
    named = os.environ.get("CXX")
    return next(
        filter(None, map(shutil.which, [named] if named else ["c++", "g++", "clang++"])), None
    )


def folder() -> Path:
    """Where libraries are kept: seqjax/ in $XDG_CACHE_HOME, else in ~/.cache."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "seqjax"


@contextlib.contextmanager
def kept_in(folder: Path, driver: str) -> Iterator[None]:
    """Makes the folder of a cache; what is written to it stands within the block.

    Raises:
      ValueError: where it cannot be made or written to; names it, and what else can be done.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise ValueError(
            f"driver: {driver} cannot keep what it compiles in {folder} ({error.strerror}); name"
            " another folder in XDG_CACHE_HOME, or use hoisted"
        ) from error


def failure(driver: str, program: str, said: str) -> str:
    """One line on a compiler that failed: the first error of all that it has said.

    >>> failure("native", "c++", "x.cc:1: error: no such thing")
    'driver: native could not be compiled by c++ (x.cc:1: error: no such thing); use hoisted'
    """
    lines = [line for line in said.splitlines() if "error" in line]
    line = lines[0] if lines else said.strip()[-200:]
    return f"driver: {driver} could not be compiled by {program} ({line}); use hoisted"


@functools.cache
def _machine(program: str) -> bytes:
    """What libraries depend on besides their sources: the compiler and the processor."""
    parts = [platform.machine().encode()]
    parts.append(subprocess.run([program, "--version"], capture_output=True).stdout)
    processor = Path("/proc/cpuinfo")
    if processor.exists():
        lines = processor.read_text(errors="replace").splitlines()
        parts.append(next((line for line in lines if line.startswith("flags")), "").encode())
    return b"|".join(parts)


def shared_library(name: str, source: str, *options: str, driver: str = "native") -> ctypes.CDLL:
    """The library that a source compiles to, from the cache if it is there.

    Its file has the name and a hash of all that it depends on. ``driver`` is who asks for it.

    Raises:
      ValueError: without a C++ compiler, where it fails, or without a folder to write to.
    """
    program = compiler()
    if program is None:
        raise ValueError(f"driver: {driver} wants a C++ compiler (c++, or CXX); use hoisted")
    command = [program, *OPTIONS, *options]
    parts = [path.read_bytes() for path in sorted(SOURCES.iterdir())]
    parts += [source.encode(), " ".join(command).encode(), _machine(program)]
    path = folder() / f"{name}_{hashlib.sha256(b'|'.join(parts)).hexdigest()[:16]}.so"
    if path in _failed:
        raise ValueError(_failed[path])
    if not path.exists():
        _compile(command, source, path, driver)
    return ctypes.CDLL(str(path))


def _compile(command: list[str], source: str, path: Path, driver: str) -> None:
    logging.getLogger("seqjax").info("compiling %s for the driver %s, once", path, driver)
    with (
        kept_in(path.parent, driver),
        tempfile.TemporaryDirectory(dir=path.parent) as scratch,
    ):
        text, made = Path(scratch) / f"{path.stem}.cc", Path(scratch) / path.name
        text.write_text(source, encoding="utf-8")
        result = subprocess.run(
            [*command, str(text), "-o", str(made)], capture_output=True, text=True
        )
        if result.returncode:
            _failed[path] = failure(driver, command[0], result.stderr)
            raise ValueError(_failed[path])
        os.replace(made, path)  # whole or not at all, also when several processes compile

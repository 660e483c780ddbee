"""Machine code of kernels, compiled at first use and kept beside the libraries of ``native``."""

from __future__ import annotations

import functools
import hashlib
import logging
import shutil
import subprocess
import tempfile
from pathlib import Path

from seqjax.basics.whole_file import whole_file
from seqjax.drivers.fused.dense import nvrtc
from seqjax.drivers.native.compiler import failure, folder, kept_in

OPTIONS = ("-std=c++17",)
WANTED = "pip install nvidia-cuda-nvrtc"

_failed: dict[Path, str] = {}
"""What went wrong, so that no walk tries again."""


def architecture(capability: float) -> str:
    """That of a device and of no other: "sm_90a" for 9.0."""
    return f"sm_{round(10 * capability)}a"


@functools.cache
def nvcc() -> str | None:
    """NVIDIA's compiler as a program: that of the path, else of a pip package."""
    found = shutil.which("nvcc")
    return found or next((str(p) for p in nvrtc.nvidia_files("*/bin/nvcc")), None)


@functools.cache
def compiler() -> str:
    """Which compiler there is, with its version; "" where there is none."""
    library = nvrtc.load()
    if library is not None:
        return nvrtc.version(library)
    program = nvcc()
    if program is None:
        return ""
    said = subprocess.run([program, "--version"], capture_output=True, text=True).stdout
    return f"nvcc {said}"


def cubin(name: str, text: str, capability: float) -> bytes:
    """What a source compiles to, from the cache if it is there.

    Its file has the name and a hash of all that it depends on.

    Raises:
      ValueError: without a compiler, where it fails, or without a folder to write to.
    """
    if not compiler():
        raise ValueError(
            f"driver: fused wants NVIDIA's compiler for a dense w_h, libnvrtc ({WANTED}) or nvcc;"
            " use hoisted"
        )
    options = [f"-arch={architecture(capability)}", *OPTIONS]
    parts = [text, " ".join(options), compiler()]
    key = hashlib.sha256("|".join(parts).encode()).hexdigest()[:16]
    path = folder() / f"{name}_{key}.cubin"
    if path in _failed:
        raise ValueError(_failed[path])
    if path.exists():
        return path.read_bytes()
    logging.getLogger("seqjax").info("compiling %s for the driver fused, once", path)
    try:
        code = _compiled(text, options)
    except ValueError as error:
        _failed[path] = failure("fused", compiler().partition(" ")[0], str(error))
        raise ValueError(_failed[path]) from error
    with kept_in(path.parent, "fused"), whole_file(path) as temporary:
        temporary.write_bytes(code)
    return code


def _compiled(text: str, options: list[str]) -> bytes:
    library = nvrtc.load()
    if library is not None:
        return nvrtc.compiled(library, text, options)
    program = nvcc()
    assert program is not None
    with tempfile.TemporaryDirectory() as scratch:
        source, made = Path(scratch) / "kernel.cu", Path(scratch) / "kernel.cubin"
        source.write_text(text, encoding="utf-8")
        command = [program, "-cubin", *options, "-o", str(made), str(source)]
        result = subprocess.run(command, capture_output=True, text=True)
        if result.returncode:
            raise ValueError(result.stderr)
        return made.read_bytes()

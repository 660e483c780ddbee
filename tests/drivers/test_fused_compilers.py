"""How dense kernels of fused are compiled and kept: NVIDIA's compilers, and stand-ins for them."""

from __future__ import annotations

import ctypes
import functools
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import pytest
from emulated_gpu import emulated
from invented_cell import invented

from seqjax.cells import gru, lstm
from seqjax.drivers.fused.dense import cubins, host, nvrtc
from seqjax.drivers.fused.dense.device import Device
from seqjax.drivers.fused.dense.layouts import MEASURED, Sizes, choose
from seqjax.drivers.fused.dense.plan import plan
from seqjax.drivers.fused.dense.source import FACTORS, Source, source
from seqjax.drivers.fused.options import Options
from seqjax.drivers.inputs import prepare
from seqjax.drivers.native import compiler

pytestmark = pytest.mark.skipif(compiler.compiler() is None, reason="there is no C++ compiler")


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A cache of its own, and nothing known of compilers."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(cubins, "_failed", {})
    known = (cubins.compiler, cubins.nvcc, nvrtc.load)
    for function in known:
        function.cache_clear()
    yield tmp_path / "cache" / "seqjax"
    monkeypatch.undo()
    for function in known:
        function.cache_clear()


def program(monkeypatch: pytest.MonkeyPatch, folder: Path, lines: str) -> Path:
    """A script in the place of nvcc, whose calls are the lines of a file."""
    script, calls = folder / "nvcc", folder / "calls"
    script.write_text(f'#!/bin/sh\n[ "$1" = --version ] && exit\necho "$@" >> {calls}\n{lines}\n')
    script.chmod(0o755)
    calls.touch()
    monkeypatch.setattr(nvrtc, "load", lambda: None)
    monkeypatch.setattr(cubins, "nvcc", lambda: str(script))
    return calls


def test_without_a_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    """One line that says what to install."""
    monkeypatch.setattr(nvrtc, "load", lambda: None)
    monkeypatch.setattr(cubins, "nvcc", lambda: None)
    with pytest.raises(ValueError, match=r"^driver: fused wants .*pip install .*; use hoisted$"):
        cubins.cubin("mine", "text", 9.0)


def test_what_was_compiled_is_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cache: Path
) -> None:
    """In a file of the cache, one for every source and device."""
    calls = program(monkeypatch, tmp_path, 'echo "code for $2" > "$5"; cat "$6" >> "$5"')
    code = cubins.cubin("mine", "text", 9.0)
    assert code == cubins.cubin("mine", "text", 9.0) and code.endswith(b"text")
    assert len(calls.read_text().splitlines()) == 1 and "-arch=sm_90a" in calls.read_text()
    (kept,) = cache.iterdir()
    assert kept.suffix == ".cubin" and kept.read_bytes() == code
    cubins.cubin("mine", "other text", 9.0)
    cubins.cubin("mine", "text", 10.0)
    assert "-arch=sm_100a" in calls.read_text() and len([*cache.iterdir()]) == 3


def test_a_failing_compiler_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With the first error, and it is not asked again."""
    calls = program(
        monkeypatch, tmp_path, "echo 'note\nkernel.cu(3): error: want a ;\nmore' >&2; exit 1"
    )
    for _ in range(2):
        with pytest.raises(ValueError) as error:
            cubins.cubin("mine", "text", 9.0)
        assert str(error.value) == (
            "driver: fused could not be compiled by nvcc (kernel.cu(3): error: want a ;);"
            " use hoisted"
        )
    assert len(calls.read_text().splitlines()) == 1


def test_a_folder_that_cannot_be_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program(monkeypatch, tmp_path, 'echo code > "$5"')
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(ValueError, match=r"fused cannot keep what it compiles in .*XDG_CACHE_HOME"):
        cubins.cubin("mine", "text", 9.0)


STUB = """
#include <string.h>
static const char* text; static int count; static const char* given;
int nvrtcVersion(int* a, int* b) { *a = 13; *b = 4; return 0; }
int nvrtcCreateProgram(void** p, const char* t, const char* n, int c, void* h, void* i) {
  *p = &text; text = t; return strcmp(t, "no program") ? 0 : 2; }
int nvrtcCompileProgram(void* p, int n, const char** o) {
  count = n; given = o[n - 1]; return p != &text || !strcmp(text, "bad") ? 6 : 0; }
int nvrtcGetCUBINSize(void* p, size_t* n) { *n = 4; return 0; }
int nvrtcGetCUBIN(void* p, char* c) { memcpy(c, "\\1\\0\\2", 3); c[3] = count; return 0; }
int nvrtcGetProgramLogSize(void* p, size_t* n) { *n = 40; return 0; }
int nvrtcGetProgramLog(void* p, char* c) {
  strncpy(c, "kernel.cu(1): error: ", 40); strncat(c, given, 10); return 0; }
int nvrtcDestroyProgram(void** p) { return 0; }
"""


def test_calls_of_nvrtc(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A library of the same names: options in, code with its zeros or the log out."""
    stub = compiler.shared_library("stub", f'extern "C" {{ {STUB} }}', "-O0", "-w")
    assert nvrtc.version(stub) == "nvrtc 13.4"
    assert nvrtc.compiled(stub, "good", ["-a", "-b"]) == b"\1\0\2\2"
    with pytest.raises(ValueError, match=r"^kernel.cu\(1\): error: -b$"):
        nvrtc.compiled(stub, "bad", ["-a", "-b"])
    with pytest.raises(ValueError, match="nvrtcCreateProgram gave 2"):
        nvrtc.compiled(stub, "no program", [])
    monkeypatch.setattr(nvrtc, "load", lambda: stub)
    assert cubins.cubin("mine", "good", 9.0) == b"\1\0\2\2"
    with pytest.raises(ValueError, match=r"compiled by nvrtc \(kernel.cu\(1\): error: -std=c"):
        cubins.cubin("mine", "bad", 9.0)


def test_a_library_is_found_among_pip_packages(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The newest that can be opened; what is no library is passed over."""
    folders = [tmp_path / "nvidia" / name / "lib" for name in ("cu13", "cuda_nvrtc")]
    for folder, number in zip(folders, (13, 12), strict=True):
        folder.mkdir(parents=True)
        (folder / f"libnvrtc.so.{number}").write_text("no library")
    stub = compiler.shared_library("stub", f'extern "C" {{ {STUB} }}', "-O0", "-w")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert [path.parent for path in nvrtc.nvidia_files("*/lib/libnvrtc.so.*")] == folders[::-1]
    shutil.copy(stub._name, folders[0] / "libnvrtc.so.13")
    library = nvrtc.load()
    assert library is not None and nvrtc.version(library) == "nvrtc 13.4"


def test_the_host_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its part is compiled without anything of CUDA, and finds no driver where there is none."""
    monkeypatch.setattr(host, "cubin", lambda *args: b"code")
    monkeypatch.setattr(host, "_loaded", set())
    if host.calls().take_fault() or shutil.which("nvidia-smi"):
        pytest.skip("there is a driver")
    made = Source("mine", "text")
    host.load(made, 9.0)
    host.forget_fault()
    sizes, layout = next(iter(MEASURED.items()))
    with pytest.raises(ValueError, match=r"driver: fused wants libcuda.so.1; use hoisted"):
        host.room(made, sizes, layout)


@functools.cache
def body(name: str) -> str:
    """The functor of a cell."""
    cell = {"lstm": lstm, "gru": gru, "invented": invented}[name](200)
    params = cell.init(jax.random.key(0), 3)
    with emulated():
        inputs = prepare(cell, params, jnp.zeros((2, 16, 3)))
        made = plan(Options("bfloat16", False), cell, inputs, Device(9.0, 132, "none"))
    return made.functor.body


MORE = [(4, 1200, 1), (4, 768, 2), (4, 768, 8), (3, 1280, 1), (4, 1536, 1)]
"""(gates, units, tiles) of layouts that nothing was measured of."""
PAIRS = sorted({(s.gates, s.units, s.tiles) for s in MEASURED} | {*MORE})


def options(library: ctypes.CDLL | None) -> list[str]:
    return [f"-arch={cubins.architecture(9.0)}", *cubins.OPTIONS]


@pytest.mark.cuda
@pytest.mark.parametrize("factor", FACTORS)
@pytest.mark.parametrize("sizes", PAIRS, ids=str)
def test_compiles_for_a_real_device(tmp_path: Path, sizes: Any, factor: str) -> None:
    """Both ways; with 16 bits little is spilled where weights leave enough registers."""
    ways = {}
    for backward in (False, True):
        each = Sizes(backward, *sizes, FACTORS[factor].numbers)
        layout = choose(each, 132)
        if layout is None and factor == "tf32":
            pytest.skip("twice the registers of 16 bits")
        assert layout is not None
        ways[each] = layout
    made = source(body({3: "gru", 4: "lstm"}[sizes[0]]), FACTORS[factor], ways)
    library = nvrtc.load()
    if library is not None:
        assert nvrtc.compiled(library, made.text, options(library)).startswith(b"\x7fELF")
    if cubins.nvcc() is None:
        assert library is not None, "want libnvrtc or nvcc"
        return
    (tmp_path / "kernel.cu").write_text(made.text)
    command = [cubins.nvcc(), "-cubin", *options(None), "-Xptxas", "-v", "-o", "/dev/null"]
    result = subprocess.run([*command, "kernel.cu"], cwd=tmp_path, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    spilled = [int(n) for n in re.findall(r"(\d+) bytes spill stores", result.stderr)]
    registers = re.findall(r"Used (\d+) registers", result.stderr)
    print(sizes, [tuple(layout) for layout in ways.values()], registers, spilled)
    crowded = sizes[2] > 4 or sizes[1] > 1300 or sizes == (4, 1024, 2)
    most = 1600 if factor == "tf32" else 1000 if crowded else 64
    assert len(spilled) == 2 and max(spilled) <= most


@pytest.mark.cuda
def test_an_invented_cell_compiles() -> None:
    """What its functor calls is there on the device."""
    ways = {sizes: layout for sizes, layout in MEASURED.items() if sizes[1:4] == (3, 768, 1)}
    two = {Sizes(s.backward, 2, 768, 1): choose(Sizes(s.backward, 2, 768, 1), 132) for s in ways}
    made = source(
        body("invented"), FACTORS["bfloat16"], {s: layout for s, layout in two.items() if layout}
    )
    assert len(cubins.cubin(made.name, made.text, 9.0)) > 10_000

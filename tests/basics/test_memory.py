"""Freed memory stays with the process; threads are counted before JAX begins."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

import seqjax
from seqjax.basics import memory


def test_it_is_public():
    assert seqjax.keep_memory is memory.keep_memory


def test_threads_are_set_from_outside_or_by_us(monkeypatch):
    monkeypatch.setenv("NPROC", "3")
    memory.threads(1)
    assert os.environ["NPROC"] == "3"
    monkeypatch.delenv("NPROC")
    memory.threads(0)
    assert "NPROC" not in os.environ
    memory.threads(2)
    assert os.environ["NPROC"] == "2"
    with pytest.raises(ValueError, match="threads: got -1"):
        memory.threads(-1)


KEEPING = """
import ctypes, resource, threading
import seqjax

seqjax.keep_memory()
c, size = ctypes.CDLL(None), 100 << 20
c.malloc.argtypes, c.malloc.restype = [ctypes.c_size_t], ctypes.c_void_p
c.memset.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t]
c.free.argtypes = [ctypes.c_void_p]

def use():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    block = c.malloc(size)
    c.memset(block, 1, size)
    c.free(block)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)

def twice():
    use()
    use()

thread = threading.Thread(target=twice)
thread.start()
thread.join()
areas = open("/proc/self/smaps").read().split("VmFlags:")
print(*(after.splitlines()[0] for area, after in zip(areas, areas[1:]) if "[heap]" in area))
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other libraries cannot be told")
def test_memory_is_kept_whichever_thread_freed_it_and_in_large_pages():
    done = subprocess.run([sys.executable, "-c", KEEPING], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    _, again, flags = done.stdout.splitlines()
    assert int(again) < 100  # 25,600 pages of 4 KiB if it had gone back to the system
    if Path("/sys/kernel/mm/transparent_hugepage").exists():
        assert "hg" in flags.split()

"""What a benchmark runs on: processor, devices, versions, threads, and the speed of its parts."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp

from experiments.benchmark.log import MEASURED, Job, Line
from seqjax.basics import checks, memory

PACKAGES = {
    "jax": "jax", "jaxlib": "jaxlib", "numpy": "numpy", "flax": "flax", "haiku": "dm-haiku",
    "equinox": "equinox", "keras": "keras", "torch": "torch",
}  # fmt: skip
"""Name on the package index, by name of the module."""
WIDTH = {"cpu": 2048}
"""Rows of a square product that is large enough to be fast, by platform; elsewhere 8192."""
STREAM = 1 << 26
"""Numbers of an array that fits into no cache: 256 MiB."""


def set_threads(count: int) -> int:
    """Gives XLA so many threads on CPU, 0 all cores, and returns how many; NPROC from outside wins.

    To be called before JAX is first used.
    """
    checks.natural("threads", count)
    memory.threads(count or cores())
    return int(os.environ.get("NPROC", count or cores()))


def describe(threads: int) -> dict[str, Any]:
    """All that two runs must have in common for their times to be comparable."""
    devices = jax.devices()
    return {
        "processor": _processor(),
        "cores": cores(),
        "threads": threads,
        "devices": [f"{len(devices)} x {devices[0].device_kind}"],
        "platform": devices[0].platform,
        "system": platform.system(),
        "python": platform.python_version(),
        "versions": {name: version for name in PACKAGES if (version := _version(PACKAGES[name]))},
        "xla_flags": os.environ.get("XLA_FLAGS", ""),
    }


def machine_text(machine: Mapping[str, Any]) -> str:
    """The machine in a sentence or two."""
    device = "no accelerator" if machine["platform"] == "cpu" else ", ".join(machine["devices"])
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    xla_flags = f" XLA_FLAGS: {machine['xla_flags']}." if machine["xla_flags"] else ""
    threads = f"{machine['threads']} thread{'s' * (machine['threads'] != 1)} for every library"
    return (
        f"{machine['processor']}, {machine['cores']} cores, {threads}, {device}."
        f" {machine['system']}, Python {machine['python']}, {versions}.{xla_flags}"
    )


def peak_job(dtype: str) -> Job:
    """GFLOP/s of a large square product in ``dtype``, and GB/s that a + 1 reads and writes."""

    def run() -> list[Line]:
        width = WIDTH.get(jax.devices()[0].platform, 8192)
        square, long = jnp.ones((width, width), dtype), jnp.ones(STREAM, jnp.float32)
        product = jax.jit(lambda a: a @ a)
        # In place: memory that is fetched anew at every call would be what is measured.
        add = jax.jit(lambda a: a + 1, donate_argnums=0)

        def stream() -> jax.Array:
            nonlocal long
            long = add(long)
            return long

        peaks = {
            "gflops": 2e-9 * width**3 / _shortest(lambda: product(square)),
            "gigabytes": 8e-9 * STREAM / _shortest(stream),
        }
        return [{"status": MEASURED, "note": "", "dtype": dtype} | peaks]

    return Job("peak", dtype, {}, run)


def _shortest(run: Callable[[], Any]) -> float:
    """Seconds: of three runs, and of more within half a second."""
    jax.block_until_ready(run())
    times: list[float] = []
    while len(times) < 3 or sum(times) < 0.5:
        start = time.perf_counter()
        jax.block_until_ready(run())
        times.append(time.perf_counter() - start)
    return min(times)


def cores() -> int:
    """Those that this process may use, where the system says it; else all."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _processor() -> str:
    """Its name, where Linux says it."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None

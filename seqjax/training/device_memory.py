"""Whether a compiled step fits into the memory of the device."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jax


class TooManyRuns(ValueError):
    """Members whose step does not fit into memory."""


def check_memory(program: Any, members: int, free: int | None = None) -> None:
    """Refuses a step that does not fit beside the states that are there.

    Args:
      program: compiled.
      members: it is of.
      free: bytes that are, on the device; None to ask it.

    Raises:
      TooManyRuns: says how much it takes, and how many members would fit.
    """
    free = free_bytes() if free is None else free
    found = program.memory_analysis()
    if found is None or free is None:
        return
    # What comes out takes the place of what went in, where it can.
    needed = found.temp_size_in_bytes + found.output_size_in_bytes - found.alias_size_in_bytes
    if needed > free:
        room = max(1, free * members // needed)
        raise TooManyRuns(
            f"seeds: got {members} runs together, whose step takes {needed / 2**30:.1f} GiB, but"
            f" {free / 2**30:.1f} are free; want at most {room} at a time"
        )


def free_bytes() -> int | None:
    """Of the device's memory, or of the machine's where the device is its processor."""
    device = jax.local_devices()[0]
    stats = device.memory_stats()
    if stats and "bytes_limit" in stats:
        return int(stats["bytes_limit"]) - int(stats.get("bytes_in_use", 0))
    path = Path("/proc/meminfo")  # of Linux
    lines = path.read_text("ascii").splitlines() if path.exists() else []
    free = [line.split()[1] for line in lines if line.startswith("MemAvailable:")]
    return 1024 * int(free[0]) if free else None

"""Which flags the installed XLA knows: one that it does not know ends the process at its start."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence

QUICK = (
    "--xla_backend_optimization_level=0",
    "--xla_llvm_disable_expensive_passes=true",
    "--xla_cpu_use_fusion_emitters=false",
    "--xla_cpu_parallel_codegen_split_count=1",
)
"""Machine code that is made in a third of the time, in one piece as all cores have tests; all that
XLA does to a program is there."""
START = "from jaxlib import xla_client; xla_client.make_cpu_client()"
"""All that reads the flags, without the import of jax."""


def known(flags: Sequence[str]) -> list[str]:
    """Those of ``flags`` with which XLA starts: all, or else those with which it does alone."""
    return list(flags) if starts(flags) else [flag for flag in flags if starts([flag])]


def starts(flags: Sequence[str]) -> bool:
    """Whether a process of its own, which takes a quarter of a second, lives through them."""
    environment = {**os.environ, "XLA_FLAGS": " ".join(flags)}
    program = [sys.executable, "-c", START]
    return not subprocess.run(program, env=environment, capture_output=True, check=False).returncode

"""Workers that measure together, as processes of their own."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

WORKER = [sys.executable, "-m", "experiments.benchmark.scaling.worker"]


def started(job: Mapping[str, Any], environment: Mapping[str, str]) -> subprocess.Popen[str]:
    """A worker on a CPU that measures a job."""
    return subprocess.Popen(
        [*WORKER, json.dumps(job)],
        env={**os.environ, "JAX_PLATFORMS": "cpu", **environment},
        stdout=subprocess.PIPE,
        text=True,
    )


def gathered(worker: subprocess.Popen[str]) -> dict[str, Any]:
    """What a worker has found.

    Raises:
      ValueError: where it has failed; it has said why.
    """
    output = worker.communicate()[0]
    if worker.returncode:
        raise ValueError("a worker could not measure; what it said stands above")
    found: dict[str, Any] = json.loads(output.splitlines()[-1])
    return found


def measured(count: int, devices: int, **job: Any) -> dict[str, Any]:
    """What ``count`` processes with so many virtual devices each have measured of a job.

    Raises:
      ValueError: where one of them has failed; it has said why.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    environment = {"XLA_FLAGS": f"--xla_force_host_platform_device_count={devices}"}
    workers = [
        started({**job, "join": [address, count, number]} if count > 1 else job, environment)
        for number in range(count)
    ]
    results = [gathered(worker) for worker in workers]
    return results[0]

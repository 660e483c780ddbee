"""Workers that measure together, as processes of their own."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from typing import Any

WORKER = [sys.executable, "-m", "experiments.benchmark.scaling.worker"]


def measured(count: int, devices: int, **job: Any) -> dict[str, Any]:
    """What ``count`` processes with so many virtual devices each have measured of a job.

    Raises:
      ValueError: where one of them has failed; it has said why.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    count_flag = f"--xla_force_host_platform_device_count={devices}"
    environment = {**os.environ, "JAX_PLATFORMS": "cpu", "XLA_FLAGS": count_flag}
    running = []
    for number in range(count):
        join = {"join": [address, count, number]} if count > 1 else {}
        arguments = [*WORKER, json.dumps({**job, **join})]
        running.append(
            subprocess.Popen(arguments, env=environment, stdout=subprocess.PIPE, text=True)
        )
    outputs = [process.communicate()[0] for process in running]
    if any(process.returncode for process in running):
        raise ValueError(f"{job['case']}: could not be measured over {job['mesh']}")
    result: dict[str, Any] = json.loads(outputs[0].splitlines()[-1])
    return result

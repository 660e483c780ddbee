"""How processes start: one file, one function.

    python -m experiments.tag --coordinator=node1:8476 --processes=4 --process=0   # on node1
    python -m experiments.tag --coordinator=node1:8476 --processes=4 --process=1   # and so on

Started by ``srun`` of SLURM, by ``mpirun`` of Open MPI or on the hosts of a TPU pod they find each
other without these flags. Each takes the devices of its host; under SLURM and Open MPI, the GPU
of its number there. All devices of all processes are one mesh, by default ``--mesh=data``.
"""

from __future__ import annotations

import dataclasses
import glob
import importlib.util
import os
import re
import threading
from collections.abc import Mapping

import jax

from seqjax.basics.options import option
from seqjax.training.connection import TIMEOUT, VARIABLE, leave

ADDRESS = re.compile(r"(\[[0-9a-fA-F:]+\]|[^:\s]+):([0-9]{1,5})")
SLURM = ("SLURM_JOB_ID", "SLURM_STEP_NODELIST", "SLURM_NTASKS", "SLURM_PROCID", "SLURM_LOCALID")
OPEN_MPI = ("OMPI_MCA_orte_hnp_uri", "OMPI_COMM_WORLD_SIZE")
HEARTBEATS = 2
"""Times the timeout: then the service of JAX itself ends a process that waits elsewhere."""


@dataclasses.dataclass(frozen=True)
class ProcessConfig:
    """Several processes that train one model together, on one machine or on many."""

    coordinator: str = option("", "HOST:PORT of process 0, the same for all")
    processes: int = option(0, "how many there are; 1: this one alone, whatever started it")
    process: int = option(-1, "the number of this one, from 0")
    process_timeout: float = option(
        TIMEOUT, "seconds after which processes that give no sign are given up: all others stop"
    )


def join(config: ProcessConfig) -> None:
    """Joins the other processes, if there are any; nothing may have been computed before.

    Raises:
      ValueError: for flags that do not go together, or others that cannot be reached.
    """
    _check(config)
    if config.processes == 1 or not (config.coordinator or managed(os.environ)):
        return
    seconds = max(1, int(config.process_timeout))
    os.environ[VARIABLE] = str(config.process_timeout)
    refusal = (
        f"coordinator: the other processes could not be reached within {seconds} seconds; want all"
        " of them started, with one --coordinator"
    )
    # JAX would end this process by itself, with a trace of its own.
    timer = threading.Timer(seconds, leave, [f"error: {refusal}"])
    timer.daemon = True
    timer.start()
    try:
        jax.distributed.initialize(
            config.coordinator or None,
            config.processes or None,
            None if config.process < 0 else config.process,
            initialization_timeout=2 * seconds + 10,
            heartbeat_timeout_seconds=HEARTBEATS * seconds,
            # Others may still write, draw and report when this one is done.
            shutdown_timeout_seconds=24 * 3600,
        )
    except RuntimeError as error:
        raise ValueError(f"{refusal} ({str(error).splitlines()[0]})") from error
    finally:
        timer.cancel()


def _check(config: ProcessConfig) -> None:
    if not config.process_timeout > 0:
        raise ValueError(f"process_timeout: got {config.process_timeout}, want seconds above 0")
    if config.processes < 0:
        raise ValueError(f"processes: got {config.processes}, want 1 or more, or 0 to find out")
    given = [bool(config.coordinator), config.processes > 1, config.process >= 0]
    if any(given) and not all(given):
        raise ValueError(
            f"coordinator, processes, process: got {config.coordinator!r}, {config.processes} and"
            f" {config.process}, want all three, or none where the processes find each other"
        )
    if not any(given):
        return
    if config.process >= config.processes:
        raise ValueError(
            f"process: got {config.process}, want a number below {config.processes}, of processes"
        )
    match = ADDRESS.fullmatch(config.coordinator)
    if not match or not 0 < int(match[2]) < 1 << 16:
        raise ValueError(
            f"coordinator: got {config.coordinator!r}, want HOST:PORT, such as node1:8476"
        )


def managed(environment: Mapping[str, str]) -> bool:
    """Whether several processes were started together, as JAX can find out.

    >>> managed({"OMPI_MCA_orte_hnp_uri": "1.0;tcp://10.0.0.1:2", "OMPI_COMM_WORLD_SIZE": "4"})
    True
    >>> managed({})
    False
    """
    if all(name in environment for name in SLURM):
        return int(environment["SLURM_NTASKS"]) > 1
    if all(name in environment for name in OPEN_MPI):
        return int(environment["OMPI_COMM_WORLD_SIZE"]) > 1
    hosts = environment.get("TPU_WORKER_HOSTNAMES", "")
    # On a TPU JAX asks the machine which pod it belongs to; one that is alone costs nothing.
    return "," in hosts or _has_tpu()


def _has_tpu() -> bool:
    devices = glob.glob("/dev/accel[0-9]*") + glob.glob("/dev/vfio/[0-9]*")
    return bool(devices) and importlib.util.find_spec("libtpu") is not None

"""Flags of several processes, and how those that were started together are known."""

from __future__ import annotations

import pytest

from experiments.processes import ProcessConfig, join, managed

GOOD = {"coordinator": "localhost:8476", "processes": 2, "process": 1}


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"coordinator": "localhost:8476"}, "want all three"),
        ({"processes": 2}, "want all three"),
        ({"process": 0}, "want all three"),
        ({**GOOD, "process": 2}, "process: got 2, want a number below 2"),
        ({**GOOD, "coordinator": "localhost"}, "coordinator: got 'localhost', want HOST:PORT"),
        ({**GOOD, "coordinator": "localhost:99999"}, "coordinator: got 'localhost:99999'"),
        ({**GOOD, "coordinator": ":80"}, "coordinator: got ':80'"),
        ({"processes": -1}, "processes: got -1"),
        ({"process_timeout": 0.0}, "process_timeout: got 0.0"),
        ({"process_timeout": float("nan")}, "process_timeout: got nan"),
    ],
)
def test_what_does_not_go_together_is_refused(settings: dict, words: str) -> None:
    with pytest.raises(ValueError) as raised:
        join(ProcessConfig(**settings))
    assert words in str(raised.value)


SLURM = {
    "SLURM_JOB_ID": "7", "SLURM_STEP_NODELIST": "node[1-4]", "SLURM_NTASKS": "4",
    "SLURM_PROCID": "2", "SLURM_LOCALID": "0",
}  # fmt: skip
OPEN_MPI = {"OMPI_MCA_orte_hnp_uri": "1.0;tcp://10.0.0.1:9", "OMPI_COMM_WORLD_SIZE": "4"}


@pytest.mark.parametrize(
    ("environment", "want"),
    [
        (SLURM, True),
        ({**SLURM, "SLURM_NTASKS": "1"}, False),
        ({k: v for k, v in SLURM.items() if k != "SLURM_STEP_NODELIST"}, False),
        (OPEN_MPI, True),
        ({**OPEN_MPI, "OMPI_COMM_WORLD_SIZE": "1"}, False),
        ({"TPU_WORKER_HOSTNAMES": "10.0.0.1,10.0.0.2"}, True),
        ({"TPU_WORKER_HOSTNAMES": "10.0.0.1"}, False),
        ({}, False),
    ],
)
def test_who_was_started_together(environment: dict, want: bool) -> None:
    assert managed(environment) is want


def test_one_process_alone_joins_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SLURM.items():
        monkeypatch.setenv(name, value)
    join(ProcessConfig(processes=1))

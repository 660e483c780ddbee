"""Trials as jobs of submitit: its local executor, and what SLURM is asked for."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sweep_toys import WAITING

from experiments.sweeps import submitted
from experiments.sweeps.submitted import Submission, Submissions, Ticketed, parameters

submitit = pytest.importorskip("submitit", reason="submitit is not installed: seqjax[sweep]")


def program(text: str) -> list[str]:
    return [sys.executable, "-S", "-c", text]


def wait(ready: Callable[[], bool]) -> None:
    end = time.monotonic() + 120
    while not ready():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.fixture
def executor(tmp_path: Path) -> Iterator[Submissions]:
    signals = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield Submissions(tmp_path / "jobs", "submitit_local", {})
    assert {number: signal.getsignal(number) for number in signals} == signals


def test_jobs_end_fail_and_are_stopped(executor: Submissions, tmp_path: Path) -> None:
    """Three at once: one does well, one does not, one is asked to end and saves."""
    texts = {"0001": "print('well')", "0002": "import sys; sys.exit('error: no')", "0003": WAITING}
    logs = {name: tmp_path / f"{name}.log" for name in texts}
    jobs = {name: executor.start(name, program(texts[name]), logs[name]) for name in texts}
    wait(lambda: logs["0003"].exists() and logs["0003"].read_text() == "ready\n")
    assert jobs["0003"].poll() is None
    # Ctrl-C of a terminal reaches all processes of a group: those of jobs are deaf to it.
    for job in jobs.values():
        assert isinstance(job, Submission)
        if job.poll() is None:
            job._job._process.send_signal(signal.SIGINT)
    jobs["0003"].stop()
    wait(lambda: all(job.poll() is not None for job in jobs.values()))
    assert [job.poll() for job in jobs.values()] == [0, 1, 143]
    texts = {name: log.read_text() for name, log in logs.items()}
    assert texts == {"0001": "well\n", "0002": "error: no\n", "0003": "ready\nsaved\n"}


def test_a_job_that_was_submitted_again_or_stopped_is_not_begun(tmp_path: Path) -> None:
    """Nor goes on: a sweep that was killed has left it in a queue."""
    log, ticket = tmp_path / "log", tmp_path / "ticket"
    old = Ticketed(program("print('begun')"), log, ticket, "old")
    assert old() == 143  # no ticket
    ticket.write_text("new")
    assert old() == 143
    assert not log.exists()
    ticket.write_text("old")
    assert old() == 0
    assert log.read_text() == "begun\n"


def test_a_job_whose_time_is_up_saves_and_is_to_be_resumed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, ticket = tmp_path / "log", tmp_path / "ticket"
    ticket.write_text("mark")
    trial = Ticketed(program(WAITING), log, ticket, "mark")
    again: list[Any] = []

    def time_is_up(seconds: float) -> None:
        if not again and log.exists() and log.read_text() == "ready\n":
            again.append(None)  # the pauses of ``checkpoint`` come here too
            again[0] = trial.checkpoint()

    monkeypatch.setattr(submitted.time, "sleep", time_is_up)
    assert trial() == 143
    assert log.read_text() == "ready\nsaved\n"
    assert isinstance(again[0], submitit.helpers.DelayedSubmission)
    assert vars(again[0].function) == vars(Ticketed(program(WAITING), log, ticket, "mark"))


def test_a_job_that_is_lost_has_failed(tmp_path: Path) -> None:
    """As one is whose node goes down: the log says so."""

    class Lost:
        job_id, state = "12", "NODE_FAIL"

        def done(self) -> bool:
            return True

        def exception(self) -> Exception:
            return submitit.core.utils.UncompletedJobError("no output")

    log = tmp_path / "log"
    assert Submission(Lost(), tmp_path / "ticket", log).poll() == 1
    assert log.read_text() == "no output\nerror: the job 12 ended without a result\n"


def test_a_job_that_waits_in_a_queue_is_cancelled(tmp_path: Path) -> None:
    """One that has begun is not: it would be killed before it has saved."""
    cancelled: list[str] = []

    class Queued:
        def __init__(self, state: str) -> None:
            self.state = state

        def cancel(self, check: bool) -> None:
            cancelled.append(self.state)

    for state in ("PENDING", "RUNNING"):
        Submission(Queued(state), tmp_path / "ticket", tmp_path / "log").stop()
    begun = Submission(Queued("PENDING"), tmp_path / "ticket", tmp_path / "log")
    (tmp_path / "log").write_text("compiling")
    begun.stop()
    assert cancelled == ["PENDING"]


def test_what_slurm_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = parameters("timeout_min=240; slurm_partition=gpu; gpus_per_node=1")
    assert found == {"timeout_min": 240, "slurm_partition": "gpu", "gpus_per_node": 1}
    for text, message in (
        ("timeout_min", "slurm: got 'timeout_min', want NAME=VALUE"),
        ("timeout_min=9; nodes=2", "slurm: got nodes=2, want 1"),
        ("slurm_partition=gpu", "slurm: got 'slurm_partition=gpu', want timeout_min=MINUTES"),
    ):
        with pytest.raises(ValueError, match=message):
            parameters(text)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ValueError, match="executor: got 'slurm': Could not detect \"srun\""):
        Submissions(tmp_path / "jobs", "slurm", found)
    (tmp_path / "srun").write_text("")
    (tmp_path / "srun").chmod(0o755)
    made = Submissions(tmp_path / "jobs", "slurm", found)._executor._executor.parameters
    assert (made["time"], made["partition"], made["gpus_per_node"]) == (240, "gpu", 1)
    for wrong in ({"timeout_min": "long"}, {"queue": "gpu"}, {"slurm_color": "red"}):
        with pytest.raises(ValueError, match="slurm: "):
            Submissions(tmp_path / "jobs", "slurm", found | wrong)


def test_without_submitit_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "submitit", None)
    with pytest.raises(ImportError, match=r"submitit is not installed; pip install 'seqjax\[sweep"):
        Submissions(tmp_path / "jobs", "submitit_local", {})

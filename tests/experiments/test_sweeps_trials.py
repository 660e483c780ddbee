"""Trials are run, resumed, stopped and retried; a small program stands in for a launch."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from paths import ROOT
from sweep_toys import WAITING, Sweeps, wait, with_a_program

from experiments.sweeps import state, work
from experiments.sweeps.failures import reason
from seqjax.runs import compare
from seqjax.runs.lock import hold


@pytest.fixture
def sweeps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Sweeps:
    return with_a_program(tmp_path, monkeypatch, capfd)


def test_all_trials_are_run_once(sweeps: Sweeps) -> None:
    """The table is sorted by the figure monitored; the same command does nothing more."""
    status, out, error = sweeps("hidden=3,1,2")
    assert status == 0
    assert [line.split() for line in out.splitlines()] == [
        ["trial", "hidden", "status", "step", "loss", "test_loss"],
        ["2", "1", "ended", "20", "0.6", "1"],
        ["3", "2", "ended", "20", "0.7", "2"],
        ["1", "3", "ended", "20", "0.8", "3"],
    ]
    assert "trial 1 (hidden=3) begins" in error
    assert "[3/3] trial 3 (hidden=2) has ended" in error and "loss 0.7" in error
    assert sweeps.begun() == [1, 2, 3]
    assert not (sweeps.folder / "held").exists()
    log = (sweeps.folder / "logs" / "0002.log").read_text()
    assert log.startswith("$ ") and "--hidden=1" in log
    compared = compare(sorted((sweeps.folder / "trials").iterdir()))
    assert [group.name for group in compared.groups] == ["hidden=3", "hidden=1", "hidden=2"]
    assert sweeps("hidden=3,1,2")[:2] == (0, out)
    assert sweeps.begun() == []


def test_a_failure_is_listed_and_run_again_where_asked(sweeps: Sweeps) -> None:
    """Its last words and its log are named; the others are run all the same."""
    status, out, error = sweeps("hidden=13,1,666")
    assert status == 1
    assert [line.split()[:3] for line in out.splitlines()[1:]] == [
        ["2", "1", "ended"], ["1", "13", "failed"], ["3", "666", "failed"],
    ]  # fmt: skip
    logs = sweeps.folder / "logs"
    first = f"trial 1 (hidden=13): error: data: got none; {logs / '0001.log'}"
    second = f"trial 3 (hidden=666): RuntimeError: a mistake of the program's; {logs / '0003.log'}"
    listed = ["2 of 3 trials failed; --retry runs them again", f"  {first}", f"  {second}"]
    assert error.splitlines()[-3:] == listed
    assert sweeps.begun() == [1, 2, 3]
    status, _, error = sweeps("hidden=13,1,666")
    assert (status, sweeps.begun()) == (1, [])
    assert error.splitlines()[-3:] == listed
    assert sweeps("hidden=13,1,666", retry=True)[0] == 1
    assert sweeps.begun() == [1, 3]
    assert (logs / "0001.log").read_text().count("reading") == 2


def test_a_trial_that_is_killed_or_leaves_no_run(sweeps: Sweeps, tmp_path: Path) -> None:
    status, _, error = sweeps("hidden=9,1")
    assert status == 1
    assert "trial 1 (hidden=9): killed by SIGKILL, for want of memory perhaps" in error
    (tmp_path / "program.py").write_text("")
    status, _, error = sweeps("hidden=9,1", retry=True)
    assert status == 1
    assert "got no metrics there" in error.splitlines()[-1]


def test_a_trial_that_diverged_comes_last(sweeps: Sweeps) -> None:
    status, out, error = sweeps("hidden=404,1")
    assert status == 0
    assert re.search(r"trial 1 \(hidden=404\) has ended, \d+ s: loss no number", error)
    assert [line.split()[:2] for line in out.splitlines()[1:]] == [["2", "1"], ["1", "404"]]
    assert state.read(sweeps.folder).trials[0].figures == [None]


def test_so_many_at_once_and_no_more(sweeps: Sweeps) -> None:
    assert sweeps("seed=1,2,3,4,5", words=["--dropout=0.3"], jobs=2)[0] == 0
    running, most = 0, 0
    for line in sweeps.calls:
        running += 1 if line.endswith("begins") else -1
        most = max(most, running)
    assert (running, most) == (0, 2)


def test_trials_that_all_fail_before_they_train_end_the_sweep(sweeps: Sweeps) -> None:
    assert sweeps("seed=1,2,3,4,5", words=["--hidden=13"])[0] == 1
    assert sweeps.begun() == [1, 2, 3]
    # One of which training was begun shows that others may.
    assert sweeps("seed=1,2,3,4,5", words=["--hidden=13"], retry=True)[0] == 1
    assert sweeps.begun() == [1, 2, 3]
    other = Sweeps(sweeps.folder.with_name("other"), sweeps._capfd)
    assert other("hidden=666,13,1,9,2")[0] == 1
    assert other.begun() == [1, 2, 3, 4, 5]


def test_a_folder_that_an_earlier_process_has_is_waited_for(
    sweeps: Sweeps, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("experiments.sweeps.running.AGAIN", 0.3)
    sweeps("hidden=1,2")
    sweeps.begun()
    saved = state.read(sweeps.folder)
    saved.trials[1].figures.clear()
    saved.save()
    (sweeps.folder / "before").write_text("0002")
    status, _, error = sweeps("hidden=1,2")
    assert (status, sweeps.begun()) == (0, [2, 2])
    assert error.count("trial 2 (hidden=2) waits: an earlier process still has its folder") == 1
    assert error.count("begins") == 1


def test_a_sweep_that_is_stopped_lets_its_trials_save(sweeps: Sweeps) -> None:
    """They get one SIGTERM; the same command goes on there. A second sweep is kept out."""
    log = sweeps.folder / "logs" / "0002.log"
    refused: list[str] = []

    def signal_once() -> None:
        wait(lambda: log.exists() and "ready" in log.read_text())
        with pytest.raises(ValueError, match="in use") as error, state.held(sweeps.folder):
            pass
        refused.append(str(error.value))
        os.kill(os.getpid(), signal.SIGINT)

    begin = work.Running.run

    def run(running: Any, stop: Callable[[], bool]) -> None:
        begin(running, lambda: stop() or (log.exists() and (signal_once() or stop())))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(work.Running, "run", run)
        status, out, error = sweeps("hidden=1,60,2", jobs=1)
    assert (status, out) == (130, "")
    assert refused == [f"out: {sweeps.folder} is in use by another process"]
    assert (sweeps.folder / "trials" / "0002" / "saved").exists()
    assert "trial 2 (hidden=60) was stopped; the same command resumes it" in error
    assert error.splitlines()[-1].startswith("Stopped; the same command resumes")
    assert sweeps.begun() == [1, 2]
    assert [len(trial.figures) for trial in state.read(sweeps.folder).trials] == [1, 0, 0]
    status, out, error = sweeps("hidden=1,60,2", jobs=1)
    assert (status, sweeps.begun()) == (0, [2, 3])
    assert "Sweep of 3 trials" in error and "1 of them run before" in error


def test_a_trial_that_somebody_stops_is_left_to_the_next_command(sweeps: Sweeps) -> None:
    """It is no failure, but not all is done."""
    log = sweeps.folder / "logs" / "0001.log"
    pids: list[int] = []
    start = work.Processes.start

    def recorded(executor: Any, *arguments: Any) -> Any:
        job = start(executor, *arguments)
        if "0001" in arguments[0]:
            wait(lambda: "ready" in log.read_text())
            pids.append(job._process.pid)
            job.stop()
        return job

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(work.Processes, "start", recorded)
        status, out, _ = sweeps("hidden=60,2")
    assert status == 1 and len(pids) == 1
    assert out.splitlines()[-1].split()[:3] == ["1", "60", "unfinished"]
    assert sweeps("hidden=60,2")[0] == 0


BOUND = """
import pathlib, sys, os, signal
from experiments.sweeps.processes import Process
log = pathlib.Path(sys.argv[1])
job = Process([sys.executable, "-S", "-c", sys.argv[2]], log)
while "ready" not in log.read_text():
    assert job.poll() is None
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone tells a process of its parent")
def test_a_sweep_that_is_killed_takes_its_trials_along(tmp_path: Path) -> None:
    log = tmp_path / "log"
    done = subprocess.run([sys.executable, "-c", BOUND, str(log), WAITING], cwd=ROOT)
    assert done.returncode == -signal.SIGKILL
    wait(lambda: log.read_text() == "ready\nsaved\n")


def test_a_trial_has_one_device_where_some_are_named(tmp_path: Path) -> None:
    executor = work.Processes(["3", "5"])
    program = "import os, time; print(os.environ['CUDA_VISIBLE_DEVICES']); time.sleep(1)"
    command = [sys.executable, "-S", "-c", program]
    logs = [tmp_path / name for name in "abc"]
    jobs = [executor.start(log.name, command, log) for log in logs[:2]]
    jobs[0].stop()
    wait(lambda: jobs[0].poll() is not None)
    jobs.append(executor.start("c", command, logs[2]))
    wait(lambda: jobs[1].poll() == 0 and jobs[2].poll() == 0)
    assert [log.read_text() for log in logs[1:]] == ["5\n", "3\n"]


def test_what_a_trial_said_last(tmp_path: Path) -> None:
    log = tmp_path / "log"
    for text, want in (
        ("error: old\nTraceback\nValueError: new\nmore\n", "ValueError: new"),
        ("jaxlib._jax.XlaRuntimeError: RESOURCE_EXHAUSTED\n", "jaxlib._jax.XlaRuntimeError: RES"),
        ("an error: of mine\nthe end\n\n", "the end"),
        ("", "exit status 1, nothing said"),
    ):
        log.write_text(text)
        assert reason(1, log).startswith(want)
    log.write_text("error: of an earlier time\n")
    assert reason(1, log, log.stat().st_size) == "exit status 1, nothing said"
    with hold(tmp_path / "run"), pytest.raises(ValueError) as error, hold(tmp_path / "run"):
        pass
    log.write_text(f"error: {error.value}\n")
    assert "is in use by another process" in reason(1, log)  # which a sweep waits for

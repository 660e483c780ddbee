"""Several processes train what one trains; where one stops, all do, and the run can go on."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest
from scaled_runs import SETTINGS, command, finished, group, reached, same_curve, write_data

import seqjax

TASK = "language_model"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run of one process, whose curve all others have to have."""
    workdir = tmp_path_factory.mktemp("processes") / "one"
    alone(workdir)
    return workdir


def alone(workdir: Path) -> None:
    """This process makes the run, or goes on with it."""
    data = write_data(workdir.parent, TASK)
    seqjax.train(TASK, data=str(data), workdir=str(workdir), **SETTINGS[TASK])


def test_one_of_two_is_killed_and_one_alone_goes_on(whole: Path, tmp_path: Path, capsys) -> None:
    workdir = tmp_path / "run"
    with group(2, TASK, workdir) as processes:
        reached(workdir, 13, processes)
        processes.processes[1].kill()
        killed = time.monotonic()
        assert processes.wait()[0] == 1
        assert time.monotonic() - killed < 30
        assert "another one has stopped" in processes.said(0)
        assert "the same command in all processes resumes" in processes.said(0)
    alone(workdir)
    assert "after step" in capsys.readouterr().err
    same_curve(workdir, whole)


@pytest.mark.scaling
@pytest.mark.parametrize("count", [2, 4])
@pytest.mark.parametrize("task", SETTINGS)
def test_processes_give_the_loss_curve_of_one(task: str, count: int, tmp_path: Path) -> None:
    done = finished(command(task, tmp_path / "one"))
    assert done.returncode == 0, done.stderr
    with group(count, task, tmp_path / "many") as processes:
        assert processes.wait() == [0] * count, processes.said(0)
        assert [processes.said(k).count("Training in") for k in range(count)] == [1] + [0] * (
            count - 1
        )
    same_curve(tmp_path / "many", tmp_path / "one")


@pytest.mark.scaling
def test_four_then_two_then_one(whole: Path, tmp_path: Path) -> None:
    workdir = tmp_path / "run"
    with group(4, TASK, workdir) as processes:
        reached(workdir, 8, processes)
        processes.processes[2].kill()
        assert [processes.wait()[k] for k in (0, 1, 3)] == [1, 1, 1]
    with group(2, TASK, workdir) as processes:
        reached(workdir, 18, processes)
        processes.processes[1].send_signal(signal.SIGTERM)
        assert processes.wait() == [143, 143]
        assert "Stopped at step" in processes.said(0)
    done = finished(command(TASK, workdir))
    assert done.returncode == 0, done.stderr
    same_curve(workdir, whole)


@pytest.mark.scaling
def test_one_that_hangs_is_given_up(tmp_path: Path) -> None:
    workdir = tmp_path / "run"
    with group(2, TASK, workdir, process_timeout=4) as processes:
        reached(workdir, 8, processes)
        processes.processes[1].send_signal(signal.SIGSTOP)
        stopped = time.monotonic()
        assert processes.processes[0].wait(30) != 0
        assert time.monotonic() - stopped < 20
        said = processes.said(0)
        assert "gave no sign for 4 seconds" in said or "stopped sending heartbeats" in said


@pytest.mark.scaling
@pytest.mark.parametrize(
    ("settings", "other", "words"),
    [
        (
            {},
            {"rate": 0.5},
            "rate: got 0.002 in process 0, but 0.5 in process 1; want the same flags",
        ),
        ({"batch": 15}, {}, "batch: got 15, want a multiple of 2"),
        ({"mesh": "data:4"}, {}, "mesh: got 'data:4', which are 4 devices, but there are 2"),
        ({"mesh": "rows:2"}, {}, "mesh: got the axis 'rows'"),
        ({"nonfinite": "back"}, {}, "nonfinite: got back"),
        ({}, {"data": "missing.txt"}, "data: got"),
    ],
)
def test_what_does_not_go_together_is_refused_by_all(
    settings: dict, other: dict, words: str, tmp_path: Path
) -> None:
    with group(2, TASK, tmp_path / "run", other=other, **settings) as processes:
        assert processes.wait() == [1, 1]
        for number in (0, 1):
            assert processes.said(number).count("error:") == 1, processes.said(number)
        assert words in processes.said(0) + processes.said(1)
    assert not (tmp_path / "run" / "checkpoints").exists()


@pytest.mark.scaling
@pytest.mark.parametrize("number", [0, 1])
def test_a_signal_at_the_end_of_a_run_is_that_of_all(number: int, tmp_path: Path) -> None:
    """Behind the last step no step tells the others who was asked to stop."""
    workdir, steps = tmp_path / "run", 11
    settings = {"epochs": 1, "evaluation_batch": 2, "process_timeout": 20}
    with group(2, TASK, workdir, **settings) as processes:
        reached(workdir, steps, processes)
        processes.processes[number].send_signal(signal.SIGTERM)
        ended = [status == 0 for status in processes.wait(90)]
    assert ended in ([True, True], [False, False])
    done = finished(command(TASK, workdir, **settings))
    assert done.returncode == 0, done.stderr


@pytest.mark.scaling
def test_a_folder_that_is_not_shared_is_refused(tmp_path: Path) -> None:
    cwds = [tmp_path / "first", tmp_path / "second"]
    for folder in cwds:
        folder.mkdir()
    with group(2, TASK, tmp_path / "run", cwds=cwds) as processes:
        assert processes.wait(120) == [1, 1]
        for number in (0, 1):
            assert "workdir: process 1 does not see" in processes.said(number)
    assert not (cwds[0] / "run" / "checkpoints").exists()


@pytest.mark.scaling
def test_one_that_never_comes(tmp_path: Path) -> None:
    more = ["--coordinator=127.0.0.1:45999", "--processes=2", "--process=0"]
    done = finished(command(TASK, tmp_path / "run", *more, process_timeout=3))
    assert done.returncode == 1
    assert done.stderr.count("error:") == 1
    assert "could not be reached within 3 seconds" in done.stderr


@pytest.mark.scaling
def test_one_is_killed_while_it_reads(tmp_path: Path) -> None:
    with group(2, TASK, tmp_path / "run", process_timeout=10) as processes:
        while not (tmp_path / "run" / "lock").exists():
            time.sleep(0.02)
        processes.processes[1].kill()
        assert processes.wait(60)[0] == 1
        assert processes.said(0).count("error:") == 1
        assert "another one has stopped" in processes.said(0)

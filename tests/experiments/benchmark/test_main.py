"""A tiny benchmark as a whole: what it is asked for, its jobs, what it prints and writes."""

from __future__ import annotations

import dataclasses
import json
import re
import subprocess
import sys

import pytest
from benchmarks import ONE, Counted
from launches import call, quick
from paths import ROOT

from experiments.benchmark import floor, log, machine, measure, row
from experiments.benchmark.cases import Case, Shape, columns
from experiments.benchmark.main import BenchmarkConfig, main, row_jobs
from experiments.benchmark.problem import make_problem
from experiments.benchmark.row import FLOOR
from seqjax.cells import CELLS

pytestmark = pytest.mark.usefixtures("frozen")


@pytest.fixture(autouse=True)
def threads(monkeypatch):
    """The benchmark sets NPROC, unless it is set; here it is put back."""
    monkeypatch.setenv("NPROC", "2")


@pytest.fixture
def sooner(monkeypatch):
    """Small measurements of the machine, short turns, quick compilation, no torch in the floor."""
    quick(monkeypatch)
    monkeypatch.setattr(measure, "TURN", 1e-4)
    real = floor.importlib.util.find_spec
    monkeypatch.setattr(
        floor.importlib.util, "find_spec",
        lambda name, *rest: None if name == "torch" else real(name, *rest),
    )  # fmt: skip
    monkeypatch.setattr(machine, "WIDTH", {"cpu": 8})
    monkeypatch.setattr(machine, "STREAM", 8)


@pytest.mark.usefixtures("sooner")
def test_a_tiny_benchmark(tmp_path, monkeypatch, capsys):
    given = ("--shapes=2x3x4,2x5x4", "--cells=rnn", "--drivers=hoisted,sequential", "--peers=none",
             "--modes=gradient", "--seconds=0.01", "--noplots",
             f"--workdir={tmp_path}")  # fmt: skip

    def run():
        return call(monkeypatch, main, *given, configs=[BenchmarkConfig])

    assert run() == 0
    out, err = capsys.readouterr()
    assert "[3/3" in err and "for every library" in out
    lines = [json.loads(each) for each in (tmp_path / log.RESULTS).read_text().splitlines()]
    assert lines[0]["kind"] == "start" and lines[0]["described"]["versions"]["jax"]
    assert lines[1]["kind"] == "peak" and lines[1]["gflops"] > 0
    measured = [each for each in lines if each["kind"] == "row"]
    assert [each["side"] for each in measured] == ["seqjax hoisted", "seqjax sequential", FLOOR] * 2
    for each in measured:
        assert each["status"] == log.MEASURED and each["milliseconds"] > 0
        if each["side"] != FLOOR:
            assert 0 < each["output_error"] < 1e-6 and 0 < each["gradient_error"] < 1e-6
            assert each["temporary_bytes"] > 0 and each["ratio"] > 0
    assert "| rnn | 2x5x4 | float32 | seqjax hoisted |" in (tmp_path / "report.md").read_text()
    assert run() == 0
    assert "3 of 3 were measured before" in capsys.readouterr().out


def test_the_exit_status_says_that_something_failed(tmp_path, monkeypatch, capsys):
    def make_problem(case):
        raise MemoryError("too large")

    monkeypatch.setattr(row.problem, "make_problem", make_problem)
    monkeypatch.setattr(machine, "peak_job", lambda dtype: Counted(ONE).jobs[0])
    given = ("--shapes=2x3x4", "--cells=rnn,gru", "--peers=none", "--modes=forward", "--noplots",
             f"--workdir={tmp_path}")  # fmt: skip
    assert call(monkeypatch, main, *given, configs=[BenchmarkConfig]) == 1
    err = capsys.readouterr().err
    assert "failed: gru 2x3x4 float32 forward, seqjax auto: MemoryError: too large" in err


def test_all_stands_for_every_cell():
    jobs = row_jobs(BenchmarkConfig(cells="all", shapes="2x3x4:heads=2", modes="forward"), [], 1)
    assert [job.title for job in jobs[1:]] == [
        f"{cell} 2x3x4:heads=2 float32 forward" for cell in CELLS
    ]


def test_a_cell_of_ones_own(tmp_path, monkeypatch):
    """MODULE:FUNCTION is measured like any other; the module lies where the launch is started."""
    (tmp_path / "my_cells.py").write_text(
        "from seqjax.cells.template import leaky as mine\n"
        "def wide(hidden):\n    return mine(2 * hidden)\n"
        "def number(hidden):\n    return hidden\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    cells = "gru,my_cells:mine"
    jobs = row_jobs(BenchmarkConfig(cells=cells, shapes="2x3x4", modes="forward"), [], 1)
    assert [job.title.split()[0] for job in jobs[1:]] == cells.split(",")
    assert columns("my_cells:mine") == (1, 1)
    case = Case("my_cells:mine", Shape(2, 3, 4, 5), "float32", "forward")
    assert make_problem(case).params[0][0]["leak"].shape == (5,)
    for wrong, message in (
        ("my_cells:number", "makes a int, want a cell"),
        ("my_cells:wide", "outputs of 16 from 8 units"),
        ("my_cells:other", "AttributeError"),
        ("my_sells:mine", "No module named 'my_sells'"),
        ("my_cells", "want one of"),
    ):
        with pytest.raises(ValueError, match=f"cells: got '{wrong}', .*{message}"):
            row_jobs(BenchmarkConfig(cells=wrong, shapes="2x3x4"), [], 1)


def test_rows_by_default():
    """The set small, its modes, one base; drivers and modes of a set hold for that set alone."""
    jobs = row_jobs(BenchmarkConfig(cells="lstm"), [], 1)
    assert [job.title for job in jobs[:2]] == ["float32", "lstm 20x35x200 float32 forward"]
    assert len(jobs) == 1 + 2 * 3
    config = BenchmarkConfig(set="long,streaming", cells="lstm", dtypes="bfloat16")
    settings = {job.title: job.settings for job in row_jobs(config, ["torch", "flax"], 1)}
    assert settings["lstm 8x4096x64 bfloat16 gradient"]["base"] == "seqjax sequential"
    assert settings["lstm 1x16x650:layers=2 bfloat16 latency"]["sides"] == [
        "flax LSTMCell", "flax OptimizedLSTMCell", "seqjax auto", "seqjax sequential", "torch"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("flag", "message"),
    [
        ("--set=tiny", "set: got 'tiny'"), ("--shapes=2x3", "shapes: got '2x3'"),
        ("--cells=lstm,elman", "cells: got 'elman'"), ("--drivers=quick", "drivers: got 'quick'"),
        ("--peers=jax", "peers: got 'jax'"), ("--dtypes=int8", "dtypes: got 'int8'"),
        ("--modes=backward", "modes: got 'backward'"), ("--seconds=0", "seconds: got 0.0"),
        ("--extras=power", "extras: got 'power'"), ("--threads=-1", "threads: got -1"),
    ],
)  # fmt: skip
def test_refuses(flag, message, tmp_path, monkeypatch, capsys):
    given = [flag, f"--workdir={tmp_path / 'new'}"]
    with pytest.raises(SystemExit):
        call(monkeypatch, main, *given, configs=[BenchmarkConfig])
    error = capsys.readouterr().err
    assert error.startswith("error: ") and error.count("\n") == 1 and message in error
    assert not (tmp_path / "new").exists()


def test_help_lists_the_flags():
    """As a program: what a launch lists depends on the module that defines its flags."""
    command = [sys.executable, "-m", "experiments.benchmark", "--help"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    for field in dataclasses.fields(BenchmarkConfig):
        assert re.search(rf"--(\[no\])?{field.name}\b", done.stdout), field.name
    assert done.stdout.startswith("Times seqjax and other libraries on recurrent networks")

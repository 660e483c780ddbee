"""The benchmark: its shapes and sets, what it is asked for, a tiny one as a whole."""

from __future__ import annotations

import json

import pytest
from benchmarks import ONE, Counted
from launches import call, quick

from experiments.benchmark import benchmark as benchmark
from experiments.benchmark import floor as benchmark_floor
from experiments.benchmark import log as log
from experiments.benchmark import machine as benchmark_machine
from experiments.benchmark import measure as benchmark_measure
from experiments.benchmark import row as benchmark_row
from experiments.benchmark.cases import Case, Shape
from experiments.benchmark.row import FLOOR
from experiments.benchmark.shapes import SETS, shape, shape_sets, shapes, words
from experiments.benchmark.work import work

pytestmark = pytest.mark.usefixtures("frozen")


@pytest.mark.parametrize(
    ("word", "wanted"),
    [
        ("20x35x200", Shape(20, 35, 200, 200)),
        ("20x35x100x200", Shape(20, 35, 100, 200)),
        ("2x3x4:layers=2", Shape(2, 3, 4, 4, layers=2)),
        ("2x3x4x5:bidirectional:padded", Shape(2, 3, 4, 5, 1, True, True)),
        ("2x3x4:layers=12:padded", Shape(2, 3, 4, 4, 12, False, True)),
    ],
)
def test_a_word_names_a_shape_and_the_shape_names_the_word(word, wanted):
    assert shape(word) == wanted
    assert words(wanted) == word


def test_the_order_of_words_and_equal_widths_do_not_matter():
    assert shape("2x3x4x4:padded:bidirectional:layers=1") == shape("2x3x4:bidirectional:padded")
    assert shapes("2x3x4,2x3x4x4,3x3x4") == [Shape(2, 3, 4, 4), Shape(3, 3, 4, 4)]


@pytest.mark.parametrize(
    "word",
    ["", "20x35", "20x35x0", "1x2x3x4x5", "ax2x3", "2x3x4:layers=0", "2x3x4:deep", "2x3x4:",
     "2x3x4:padded:padded", "2x3x4:layers=1:layers=2", "2x3x4 "],
)  # fmt: skip
def test_refuses_other_words(word):
    with pytest.raises(ValueError, match="shapes: got"):
        shape(word)


def test_the_sets():
    assert len(SETS) == 8
    for each in SETS.values():
        assert ",".join(map(words, shapes(each.shapes))) == each.shapes
        assert set(each.modes.split(",")) <= set(benchmark.MODES)
    assert shapes(SETS["flashrnn"].shapes) == [Shape(16, 1024, 768, 768)]
    sizes = [(s.batch, s.steps, s.hidden) for s in shapes(SETS["cpu"].shapes)]
    assert sizes == [
        (20, 35, 200), (20, 35, 650), (64, 128, 512), (32, 256, 64), (8, 1024, 32), (1, 512, 256)
    ]  # fmt: skip
    assert shape_sets("cpu,long") == [SETS["cpu"], SETS["long"]]


def test_work_by_hand():
    """RNN, B=2 T=3 D=4 H=5: w_x 20 numbers, w_h 25 each step, and 4 + 5 + 5 + 5 for each token."""
    case = Case("rnn", Shape(2, 3, 4, 5), "bfloat16", "forward")
    assert work(case) == (3, 6, 2 * 6 * (4 + 5) * 5, 2 * (20 + 3 * 25 + 6 * 19))
    found = work(case._replace(mode="gradient"))
    assert found.bytes == 3 * work(case).bytes and found.operations == 3 * work(case).operations
    latency = work(case._replace(mode="latency"))
    assert latency == (1, 2, 2 * 2 * (4 + 5) * 5, 2 * (20 + 25 + 2 * 19))
    deep = work(Case("lstm", Shape(1, 1, 2, 3, 2, bidirectional=True), "float32", "forward"))
    first, second = 2 * 12 + 3 * 12 + 2 + 24 + 3, 6 * 12 + 3 * 12 + 6 + 24 + 3
    assert deep.bytes == 4 * 2 * (first + second)


@pytest.fixture
def sooner(monkeypatch):
    """Small measurements of the machine, short turns, quick compilation, no torch in the floor."""
    quick(monkeypatch)
    monkeypatch.setattr(benchmark_measure, "TURN", 1e-4)
    real = benchmark_floor.importlib.util.find_spec
    monkeypatch.setattr(
        benchmark_floor.importlib.util, "find_spec",
        lambda name, *rest: None if name == "torch" else real(name, *rest),
    )  # fmt: skip
    monkeypatch.setattr(benchmark_machine, "WIDTH", {"cpu": 8})
    monkeypatch.setattr(benchmark_machine, "STREAM", 8)


@pytest.mark.usefixtures("sooner")
def test_a_tiny_benchmark(tmp_path, monkeypatch, capsys):
    given = ("--shapes=2x3x4,2x5x4", "--cells=rnn", "--drivers=hoisted,sequential", "--peers=none",
             "--modes=gradient", "--seconds=0.01", "--noplots",
             f"--workdir={tmp_path}")  # fmt: skip

    def run():
        return call(monkeypatch, benchmark.main, *given, configs=[benchmark.BenchmarkConfig])

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
    def problem(case):
        raise MemoryError("too large")

    monkeypatch.setattr(benchmark_row.problems, "problem", problem)
    monkeypatch.setattr(benchmark_machine, "peak_job", lambda dtype: Counted(ONE).jobs[0])
    given = ("--shapes=2x3x4", "--cells=rnn,gru", "--peers=none", "--modes=forward", "--noplots",
             f"--workdir={tmp_path}")  # fmt: skip
    assert call(monkeypatch, benchmark.main, *given, configs=[benchmark.BenchmarkConfig]) == 1
    err = capsys.readouterr().err
    assert "failed: gru 2x3x4 float32 forward, seqjax auto: MemoryError: too large" in err


def test_rows_by_default():
    """The set small, its modes, one base; drivers and modes of a set hold for that set alone."""
    jobs = benchmark.rows(benchmark.BenchmarkConfig(cells="lstm"), [], 1)
    assert [job.title for job in jobs[:2]] == ["float32", "lstm 20x35x200 float32 forward"]
    assert len(jobs) == 1 + 2 * 3
    config = benchmark.BenchmarkConfig(set="long,streaming", cells="lstm", dtypes="bfloat16")
    settings = {job.title: job.settings for job in benchmark.rows(config, ["torch", "flax"], 1)}
    assert settings["lstm 8x4096x64 bfloat16 gradient"]["base"] == "seqjax sequential"
    assert settings["lstm 1x16x650:layers=2 bfloat16 latency"]["sides"] == [
        "flax LSTMCell", "flax OptimizedLSTMCell", "seqjax auto", "seqjax sequential", "torch"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("flag", "message"),
    [
        ("--set=tiny", "set: got 'tiny'"), ("--shapes=2x3", "shapes: got '2x3'"),
        ("--cells=lstm,elman", "cells: got 'elman'"), ("--drivers=quick", "drivers: got 'quick'"),
        ("--peers=jax", "peers: got 'jax'"), ("--dtypes=float16", "dtypes: got 'float16'"),
        ("--modes=backward", "modes: got 'backward'"), ("--seconds=0", "seconds: got 0.0"),
        ("--extras=power", "extras: got 'power'"), ("--threads=-1", "threads: got -1"),
    ],
)  # fmt: skip
def test_refuses(flag, message, tmp_path, monkeypatch, capsys):
    given = [flag, f"--workdir={tmp_path / 'new'}"]
    with pytest.raises(SystemExit):
        call(monkeypatch, benchmark.main, *given, configs=[benchmark.BenchmarkConfig])
    error = capsys.readouterr().err
    assert error.startswith("error: ") and error.count("\n") == 1 and message in error
    assert not (tmp_path / "new").exists()

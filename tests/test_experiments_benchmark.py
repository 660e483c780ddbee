"""The benchmark apart from its sides: shapes, measuring, resuming, tables, files, pictures."""

from __future__ import annotations

import csv
import gc
import json
import sys

import numpy as np
import pytest
from launches import call, quick

from experiments import (
    benchmark,
    benchmark_floor,
    benchmark_machine,
    benchmark_results,
    benchmark_row,
)  # fmt: skip
from experiments import benchmark_log as log
from experiments.benchmark_cases import Case, Shape
from experiments.benchmark_floor import Floor
from experiments.benchmark_lines import block, table
from experiments.benchmark_measure import PAUSE, ROUNDS, TURN, Clock, measure, ratio, summary
from experiments.benchmark_problem import Problem, Results, Side, Unsupported
from experiments.benchmark_report import fastest, report
from experiments.benchmark_row import FLOOR, Sides, row
from experiments.benchmark_shapes import SETS, shape, shape_sets, shapes, words
from experiments.benchmark_tables import markdown, number, text
from experiments.benchmark_work import work

MACHINE = {"processor": "P", "cores": 2, "threads": 1, "platform": "cpu", "devices": ["1 x cpu"],
           "system": "S", "python": "3", "versions": {"jax": "0.10"}, "xla_flags": ""}  # fmt: skip
CASE = Case("lstm", Shape(2, 3, 4, 4), "float32", "gradient")


# Shapes.


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


# Measuring.


class Time:
    """A clock that moves when it is told to, and sides that move it."""

    def __init__(self):
        self.now, self.pauses, self.order = 0.0, 0, []

    def sleep(self, seconds):
        assert seconds == PAUSE
        self.pauses += 1
        self.now += seconds

    @property
    def clock(self):
        return Clock(lambda: self.now, self.sleep)

    def side(self, name, *seconds):
        """The times of its runs, the last again and again; an exception is raised."""
        left = list(seconds)

        def run():
            self.order.append(name)
            took = left.pop(0) if len(left) > 1 else left[0]
            if isinstance(took, Exception):
                raise took
            self.now += took

        return run


def test_measures_by_turns():
    time = Time()
    ours, theirs = [0.01, 0.02, 0.04, 0.01, 0.01, 0.01, 0.01], [0.03, 0.02, 0.04]
    runs = {"a": time.side("a", 9, 9, *ours), "b": time.side("b", 9, 9, *theirs)}
    found = measure(runs, 0.0, time.clock)
    assert not found.failed
    np.testing.assert_allclose(found.seconds["a"], ours)
    np.testing.assert_allclose(found.seconds["b"], [0.03, 0.02] + [0.04] * 5)
    # Two first runs of each, then rounds that begin with another side each time.
    assert "".join(time.order) == "aabb" + "abba" * 3 + "ab"
    assert time.pauses == 2 * ROUNDS
    assert ratio(found.seconds["b"], found.seconds["a"]) == pytest.approx(4.0)
    assert summary(found.seconds["a"])[0] == pytest.approx(0.01)


def test_measures_until_the_time_is_over():
    time = Time()
    found = measure({"a": time.side("a", 0.095)}, 1.95, time.clock)
    assert len(found.seconds["a"]) == 20  # with the pauses a tenth of a second each


def test_short_runs_are_repeated_until_they_can_be_measured():
    time = Time()
    found = measure({"a": time.side("a", TURN / 4), "b": time.side("b", 0.0)}, 0.0, time.clock)
    assert time.order.count("a") == 2 + 4 * ROUNDS
    np.testing.assert_allclose(found.seconds["a"], TURN / 4)
    assert time.order.count("b") == 2 + 1000 * ROUNDS


def test_a_side_that_fails_is_left_out():
    time = Time()
    late = time.side("late", 1, 1, 1, ValueError("out of\nmemory"))
    runs = {"first": time.side("first", RuntimeError("no")), "late": late, "a": time.side("a", 1)}
    found = measure(runs, 0.0, time.clock)
    assert found.failed == {"first": "RuntimeError: no", "late": "ValueError: out of memory"}
    assert list(found.seconds) == ["a"] and len(found.seconds["a"]) == ROUNDS


def test_all_sides_fail():
    found = measure({"a": Time().side("a", ValueError("no"))}, 0.0)
    assert found == ({}, {"a": "ValueError: no"})


def test_no_rubbish_is_collected_meanwhile():
    seen = []
    measure({"a": lambda: seen.append(gc.isenabled())}, 0.0, Clock(lambda: 0.0, lambda s: None))
    assert seen and not any(seen) and gc.isenabled()


def test_percentiles_by_hand():
    assert summary(np.arange(11.0)) == (5.0, 1.0, 9.0)


def test_the_ratio_is_the_median_of_those_of_each_round():
    assert ratio(np.array([1.0, 4.0, 9.0]), np.array([1.0, 1.0, 3.0])) == 3.0


# A row.


def fake(time, name, seconds, off=0.0, results=True, broken=None):
    """A builder of a side that takes so long and is wrong by ``off``."""

    def build(case, given):
        if broken:
            raise broken
        outputs, gradient = np.full((3, 2, 4), 1.0 + off), {"xs": np.full(3, 2.0 + 4 * off)}
        answer = lambda: Results(outputs, gradient if case.mode == "gradient" else {})  # noqa: E731
        return Side(name, time.side(name, seconds), answer if results else None, 1.5, 2**20, "")

    return build


@pytest.fixture
def exercise(monkeypatch):
    """No problem at all, and a reference of ones (outputs) and twos (gradients)."""
    given = Problem([], np.zeros((3, 2, 4)), None)
    monkeypatch.setattr(benchmark_row.problems, "problem", lambda case: given)
    truth = Results(np.ones((3, 2, 4)), {"xs": np.full(3, 2.0)})
    monkeypatch.setattr(benchmark_row.problems, "reference", lambda case, given: truth)


def measured(sides, case=CASE, floor=0.25, time=None):
    time = time or Time()
    made = {name: fake(time, name, **options) for name, options in sides.items()}
    what = {"recurrence": {"layout": "XLA", "seconds": floor, "times": 1}}
    lines = row(
        case, Sides(made, "seqjax auto", lambda case: Floor(floor, 1, what)), 0.0, time.clock
    )
    return {line["side"]: line for line in lines}


@pytest.mark.usefixtures("exercise")
def test_a_row_in_figures():
    found = measured({"seqjax auto": {"seconds": 0.5}, "torch": {"seconds": 1.0, "off": 1e-3}})
    ours, theirs = found["seqjax auto"], found["torch"]
    assert list(found) == ["seqjax auto", "torch", FLOOR]
    assert (ours["cell"], ours["shape"], ours["batch"], ours["mode"]) == (
        "lstm", "2x3x4", 2, "gradient"
    )  # fmt: skip
    assert ours["milliseconds"] == pytest.approx(500) and ours["rounds"] == ROUNDS
    assert ours["microseconds_per_step"] == pytest.approx(5e5 / 3)
    assert ours["tokens_per_second"] == pytest.approx(12)
    # 6 tokens, (4 + 4) x 16 products of two operations, three times.
    assert ours["teraflops"] == pytest.approx(1e-12 * 6 * 8 * 16 * 2 * 3 / 0.5)
    assert (ours["share_of_floor"], theirs["share_of_floor"]) == pytest.approx((0.5, 0.25))
    assert (ours["ratio"], theirs["ratio"]) == pytest.approx((1.0, 2.0))
    assert (ours["output_error"], ours["gradient_error"]) == (0, 0)
    assert (theirs["output_error"], theirs["gradient_error"]) == pytest.approx((1e-3, 2e-3))
    assert (ours["compile_seconds"], ours["temporary_bytes"]) == (1.5, 2**20)
    assert found[FLOOR]["milliseconds"] == 250 and "XLA" in found[FLOOR]["note"]
    assert not ours["wrong"] and not theirs["wrong"]


@pytest.mark.usefixtures("exercise")
def test_a_fast_wrong_answer_does_not_count():
    sides = {
        "seqjax auto": {"seconds": 1.0},
        "flax A": {"seconds": 0.9},
        "flax B": {"seconds": 0.1, "off": 0.1},
        "keras": {"seconds": 0.1, "off": np.nan},
        "torch": {"seconds": 0.5, "results": False},
    }
    found = measured(sides)
    assert [found[name]["wrong"] for name in sides] == [False, False, True, True, False]
    assert found["keras"]["output_error"] is None and found["torch"]["output_error"] is None
    json.dumps(list(found.values()), allow_nan=False)
    best = fastest(list(found.values()))
    assert best["flax"]["side"] == "flax A"
    assert set(best) == {"seqjax auto", "flax", "torch", FLOOR}
    assert "WRONG" in block([{"kind": "row", "title": ""} | line for line in found.values()])


@pytest.mark.usefixtures("exercise")
def test_sides_that_cannot_or_fail_leave_the_others():
    broken = {"seconds": 1.0, "broken": RuntimeError("no\nmemory")}
    unable = {"seconds": 1.0, "broken": Unsupported("has no lengths")}
    found = measured({"seqjax auto": {"seconds": 1.0}, "haiku": unable, "torch": broken})
    assert found["seqjax auto"]["status"] == log.MEASURED
    assert (found["haiku"]["status"], found["haiku"]["note"]) == (log.UNSUPPORTED, "has no lengths")
    assert (found["torch"]["status"], found["torch"]["note"]) == (
        log.FAILED, "RuntimeError: no memory"
    )  # fmt: skip
    alone = measured({"seqjax auto": broken, "torch": {"seconds": 1.0}})
    assert alone["torch"]["ratio"] is None and alone["torch"]["milliseconds"] == pytest.approx(1e3)


def test_a_row_without_a_problem(monkeypatch):
    for error, status in [(Unsupported("no"), log.UNSUPPORTED), (MemoryError("no"), log.FAILED)]:

        def problem(case, error=error):
            raise error

        monkeypatch.setattr(benchmark_row.problems, "problem", problem)
        found = measured({"seqjax auto": {"seconds": 1.0}})
        assert {line["status"] for line in found.values()} == {status} and FLOOR in found
        assert found["seqjax auto"]["cell"] == "lstm"


@pytest.mark.usefixtures("exercise")
def test_a_floor_that_fails():
    time = Time()

    def floor(case):
        raise RuntimeError("no")

    lines = row(CASE, Sides({"a": fake(time, "a", 1.0)}, "a", floor), 0.0, time.clock)
    assert [line["status"] for line in lines] == [log.MEASURED, log.FAILED]
    assert lines[0]["share_of_floor"] is None


# Resuming.


def line(title, side, status=log.MEASURED, **more):
    """A line of a row, as ``row`` gives it."""
    given = {"side": side, "status": status, "note": "" if status == log.MEASURED else "why"}
    cell, word, dtype, mode = title.split()
    given |= {"cell": cell, "shape": word, **shape(word)._asdict(), "dtype": dtype, "mode": mode}
    given |= {"base": "seqjax auto"}
    if status == log.MEASURED:
        given |= dict.fromkeys(["output_error", "gradient_error", "share_of_floor"], 0.5)
        given |= {"milliseconds": 1.0, "milliseconds_p10": 0.9, "milliseconds_p90": 1.1,
                  "microseconds_per_step": 1.0, "tokens_per_second": 1e6, "teraflops": 0.1,
                  "temporary_bytes": None, "compile_seconds": 2.0, "ratio": 1.0, "wrong": False,
                  "operations": 100, "bytes": 10}  # fmt: skip
    return given | more


class Counted:
    """Jobs that count their runs; a title in ``broken`` fails in this way."""

    def __init__(self, *titles, settings=1):
        self.runs, self.broken = [], {}
        self.jobs = [
            log.Job("row", title, {"seconds": settings}, lambda title=title: self.run(title))
            for title in titles
        ]

    def run(self, title):
        self.runs.append(title)
        if error := self.broken.get(title):
            if isinstance(error, Exception):
                raise error
            return [line(title, "seqjax auto"), line(title, "torch", error)]
        return [line(title, "seqjax auto"), line(title, "torch", ratio=2.0)]


ONE, TWO = "lstm 2x3x4 float32 gradient", "gru 2x3x4 float32 gradient"


def through(folder, counted, machine=MACHINE, restart=False, stop=lambda: False):
    """What failed, and the titles that were measured."""
    counted.runs.clear()
    lines = log.begin(folder, restart)
    failed = benchmark_results.work_through(counted.jobs, folder, lines, machine, stop)
    return failed, list(counted.runs)


def test_the_same_again_measures_nothing(tmp_path):
    counted = Counted(ONE, TWO)
    assert through(tmp_path, counted) == ([], [ONE, TWO])
    before = (tmp_path / log.RESULTS).read_bytes()
    assert through(tmp_path, counted) == ([], [])
    assert (tmp_path / log.RESULTS).read_bytes() == before
    for other in (MACHINE | {"threads": 2}, MACHINE | {"versions": {"jax": "0.11"}}):
        assert through(tmp_path, counted, other) == ([], [ONE, TWO])
    assert through(tmp_path, Counted(ONE, settings=2)) == ([], [ONE])
    assert through(tmp_path, counted) == ([], [])
    assert through(tmp_path, counted, restart=True) == ([], [ONE, TWO])


@pytest.mark.parametrize("error", [log.FAILED, RuntimeError("no")])
def test_what_failed_is_tried_again(error, tmp_path, capsys):
    counted = Counted(ONE, TWO)
    counted.broken[ONE] = error
    failed, runs = through(tmp_path, counted)
    assert runs == [ONE, TWO]
    assert len(failed) == 1 and failed[0].startswith(ONE)
    assert through(tmp_path, counted) == (failed, [ONE])
    counted.broken.clear()
    assert through(tmp_path, counted) == ([], [ONE])
    assert through(tmp_path, counted) == ([], [])
    assert "[1/2] row lstm" in capsys.readouterr().err


def test_what_a_library_does_not_have_is_not_tried_again(tmp_path):
    counted = Counted(ONE)
    counted.broken[ONE] = log.UNSUPPORTED
    assert through(tmp_path, counted) == ([], [ONE])
    assert through(tmp_path, counted) == ([], [])


@pytest.mark.parametrize("cut", [1, 200, 900])
def test_a_run_that_was_killed_while_it_wrote(cut, tmp_path):
    """Whole lines stay, a row of which lines are missing is measured again."""
    counted = Counted(ONE, TWO)
    through(tmp_path, counted)
    path = tmp_path / log.RESULTS
    path.write_bytes(path.read_bytes()[:-cut])
    assert through(tmp_path, counted) == ([], [TWO])
    lines = log.begin(tmp_path, False)
    assert [each[0]["title"] for each in log.newest(lines, MACHINE)] == [ONE, TWO]


def test_stops_between_rows(tmp_path):
    counted = Counted(ONE, TWO)
    assert through(tmp_path, counted, stop=lambda: bool(counted.runs)) == ([], [ONE])
    assert through(tmp_path, counted) == ([], [TWO])


def test_the_time_that_is_left(tmp_path, capsys):
    counted = Counted(ONE, TWO, "rnn 2x3x4 float32 gradient")
    now = lambda: 60.0 * len(counted.runs)  # noqa: E731
    lines = log.begin(tmp_path, False)
    benchmark_results.work_through(counted.jobs, tmp_path, lines, MACHINE, lambda: False, now)
    said = capsys.readouterr().err
    assert "[2/3, 2 min left] row gru" in said and "[3/3, 60 s left] row rnn" in said


@pytest.mark.parametrize("content", ["no json\n", "[1]\n", '{"a": 1}\n'])
def test_a_file_that_is_no_log_is_left_alone(content, tmp_path):
    (tmp_path / log.RESULTS).write_text(content)
    with pytest.raises(ValueError, match="no log of benchmarks"):
        log.begin(tmp_path, False)
    assert (tmp_path / log.RESULTS).read_text() == content


# Files.


def results():
    """Three rows of a mode: flax with two cells, torch missing in one, seqjax's two drivers."""
    rows = []
    for word, sequential, flax, torch in [
        ("2x3x4", 1.5, 2.0, 3.0), ("2x30x4", 0.9, 1.0, 0.8), ("2x30x40", 1.0, 4.0, None)
    ]:  # fmt: skip
        title = f"lstm {word} float32 gradient"
        lines = [
            line(title, "seqjax auto", share_of_floor=0.7),
            line(title, "seqjax sequential", milliseconds=sequential, ratio=sequential),
            line(title, "flax A", milliseconds=flax, ratio=flax),
            line(title, "flax B", milliseconds=9.0, ratio=9.0),
            line(title, "torch", milliseconds=torch, ratio=torch)
            if torch
            else line(title, "torch", log.UNSUPPORTED),
            line(title, FLOOR, milliseconds=0.5),
        ]
        job = log.Job("row", title, {}, lambda: [])
        rows.append(log.stamped(job, MACHINE, lines))
    return rows


def test_the_report():
    extra = log.Job("sampling", "batch 1", {}, lambda: [])
    figures = {"status": log.MEASURED, "note": "", "batch": 1, "tokens_per_second": 12.5}
    found = log.stamped(extra, MACHINE, [figures])
    said = report([*results(), found], MACHINE, ["python -m x --a", "python -m x --b"])
    lines = said.splitlines()
    assert "Machine: P, 2 cores, 1 thread for every library, no accelerator." in said
    assert "    python -m x --a" in lines and "    python -m x --b" in lines
    assert "| cell | shape | dtype | base | ms | p10 to p90 | floor | outputs | gradients |" \
           " seqjax sequential | flax | torch |" in lines  # fmt: skip
    assert "| lstm | 2x3x4 | float32 | seqjax auto | 1.00 | 0.900 to 1.10 | 70% | 5.0e-01 |" \
           " 5.0e-01 | 1.50x | 2.00x | 3.00x |" in lines  # fmt: skip
    # Medians of 2, 1, 4 and of 3, 0.8.
    assert "| flax | 2.00x | 1.00x | 3 |" in lines
    assert "| torch | 1.90x | 0.80x | 2 |" in lines
    assert "| seqjax sequential | 1.00x | 0.90x | 3 |" in lines
    assert "The base is within 5 % of the fastest driver in 2 of 3 rows." in lines
    assert "| 1 | 12.50 |" in lines
    assert "- lstm 2x30x40 float32 gradient: torch: unsupported: why" in lines
    assert sum(each.startswith("| lstm |") for each in lines) == 3 + 3 * 6


def test_only_the_newest_of_one_machine_is_reported(tmp_path):
    lines = log.begin(tmp_path, False)
    job = Counted(ONE).jobs[0]
    other = job._replace(settings={"seconds": 9})
    lines += log.stamped(job, MACHINE, [line(ONE, "seqjax auto", milliseconds=1.0)])
    lines += log.stamped(other, MACHINE, [line(ONE, "seqjax auto", milliseconds=5.0)])
    elsewhere = MACHINE | {"cores": 4}
    lines += log.stamped(job, elsewhere, [line(ONE, "seqjax auto", milliseconds=7.0)])
    lines += [log.start(MACHINE, "here"), log.start(elsewhere, "there")]
    said = benchmark_results.write(tmp_path, lines, MACHINE, plots=False)
    assert said == f"{tmp_path}: report.md, results.csv, results.jsonl"
    with (tmp_path / "results.csv").open() as file:
        (only,) = csv.DictReader(file)
    assert only["milliseconds"] == "5.0" and only["side"] == "seqjax auto"
    assert "key" not in only and "machine" not in only
    written = (tmp_path / "report.md").read_text()
    assert "    here\n" in written and "there" not in written


def test_columns_of_all_lines_are_in_the_csv():
    (head, *rows) = csv.reader(table([{"a": 1, "kind": "row"}, {"b": "x,y"}]).splitlines())
    assert (head, rows) == (["a", "b"], [["1", ""], ["", "x,y"]])


def test_tables():
    assert text(["", "ms"], [["a", "1"], ["bcd", "10"]]).splitlines() == [
        "     ms", "a     1", "bcd  10"
    ]  # fmt: skip
    assert markdown(["a", "b"], [["x", "1"]]).splitlines() == [
        "| a | b |",
        "| --- | --: |",
        "| x | 1 |",
    ]
    shown = [number(x) for x in (None, 0, 0.001234, 0.5, 1.234, 12.34, 123.4, 12345.6)]
    assert shown == ["-", "0", "0.00123", "0.500", "1.23", "12.3", "123", "12,346"]


def test_pictures(tmp_path):
    pytest.importorskip("matplotlib")
    from experiments import benchmark_plots

    names = benchmark_plots.draw(tmp_path, results(), {"float32": {"gflops": 9, "gigabytes": 3}})
    assert names == ["ratio_gradient.png", "time_gradient.png", "roofline.png"]
    for name in names:
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")
    lines = results()
    assert benchmark_plots.curves(lines, "steps")["flax lstm float32 B=2 H=4 D=H"] == [
        (3, 2.0), (30, 1.0)
    ]  # fmt: skip
    assert benchmark_plots.curves(lines, "hidden")["seqjax auto lstm float32 B=2 T=30 D=H"] == [
        (4, 1.0), (40, 1.0)
    ]  # fmt: skip
    assert benchmark_plots.against(lines[:1]) is None
    assert benchmark_plots.draw(tmp_path, [], {}) == []
    assert not (tmp_path / "roofline.png").exists()  # there is none of what was measured


def test_no_pictures_without_matplotlib(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    lines = [each for lines in results() for each in lines]
    said = benchmark_results.write(tmp_path, lines, MACHINE, plots=True)
    assert "no pictures: matplotlib is not installed; pip install 'seqjax[plots]'" in said
    assert (tmp_path / "report.md").exists()


# The launch.


@pytest.fixture
def sooner(monkeypatch):
    """Small measurements of the machine, quick compilation, no torch in the floor."""
    quick(monkeypatch)
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

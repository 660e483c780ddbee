"""The report and the files of a benchmark, from made-up lines."""

from __future__ import annotations

import csv
import sys

from benchmarks import MACHINE, ONE, Counted, line, measured_rows

from experiments.benchmark import log
from experiments.benchmark.lines import block
from experiments.benchmark.report import report
from experiments.benchmark.results import write_results


def test_the_report():
    extra = log.Job("sampling", "batch 1", {}, lambda: [])
    figures = {"status": log.MEASURED, "note": "", "batch": 1, "tokens_per_second": 12.5}
    found = log.keyed(extra, MACHINE, [figures])
    said = report([*measured_rows(), found], MACHINE, ["python -m x --a", "python -m x --b"])
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
    assert "| seqjax sequential | 0.96x | 0.90x | 3 |" in lines
    assert "The base is within 5 % of the fastest driver in 2 of 3 rows." in lines
    assert "| 1 | 12.50 |" in lines
    assert "- lstm 2x30x40 float32 gradient: torch: unsupported: why" in lines
    assert sum(each.startswith("| lstm |") for each in lines) == 3 + 3 * 6


def test_a_floor_above_a_side_is_said_and_shown_as_it_was_measured():
    rows = measured_rows()
    rows[0][0]["share_of_floor"], rows[0][1]["share_of_floor"] = 1.2, 3.26
    rows[0][2] |= {"share_of_floor": 9.0, "wrong": True}
    rows[1][0]["share_of_floor"] = 1.004
    note = (
        "floor: took 326% of the time of seqjax sequential: disturbed, or slower, calls included,"
    )
    lines = report(rows, MACHINE, []).splitlines()
    (said,) = [each for each in lines if each.startswith("- ") and "floor" in each]
    assert said.startswith(f"- lstm 2x3x4 float32 gradient: {note}")
    (row,) = [each for each in lines if each.startswith("| lstm | 2x3x4 | float32 | seqjax auto |")]
    assert "| 120%? |" in row
    assert sum("| 100% |" in each for each in lines) == 2, "in both tables, and without a mark"
    assert note in block(rows[0]) and "326%?" in block(rows[0])
    assert "floor: took" not in block(rows[1])


def test_a_peak_that_a_side_exceeds_is_said():
    """All sides made 0.1 TFLOP/s."""
    for gflops, count in ((99.0, 1), (100.0, 0)):
        figures = {"status": log.MEASURED, "note": "", "dtype": "float32", "gflops": gflops}
        peak = log.keyed(log.Job("peak", "float32", {}, lambda: []), MACHINE, [figures])
        lines = report([peak, *measured_rows()], MACHINE, []).splitlines()
        said = "- peak float32: 99.0 GFLOP/s, but seqjax auto made 100 in lstm 2x3x4"
        assert sum(each.startswith(said) for each in lines) == count


def test_a_peak_that_failed_is_reported(tmp_path):
    job = log.Job("peak", "float32", {}, lambda: [])
    lines = log.keyed(job, MACHINE, [{"status": log.FAILED, "note": "no memory"}])
    lines += [each for row in measured_rows() for each in row]
    write_results(tmp_path, lines, MACHINE, draw=False)
    assert "no memory" in (tmp_path / "report.md").read_text()


def test_only_the_newest_of_one_machine_is_reported(tmp_path):
    lines = log.open_log(tmp_path, False)
    job = Counted(ONE).jobs[0]
    other = job._replace(settings={"seconds": 9})
    lines += log.keyed(job, MACHINE, [line(ONE, "seqjax auto", milliseconds=1.0)])
    lines += log.keyed(other, MACHINE, [line(ONE, "seqjax auto", milliseconds=5.0)])
    elsewhere = MACHINE | {"cores": 4}
    lines += log.keyed(job, elsewhere, [line(ONE, "seqjax auto", milliseconds=7.0)])
    lines += [log.start_line(MACHINE, "here"), log.start_line(elsewhere, "there")]
    said = write_results(tmp_path, lines, MACHINE, draw=False)
    assert said == f"{tmp_path}: report.md, results.csv, results.jsonl"
    with (tmp_path / "results.csv").open() as file:
        (only,) = csv.DictReader(file)
    assert only["milliseconds"] == "5.0" and only["side"] == "seqjax auto"
    assert "key" not in only and "machine" not in only
    written = (tmp_path / "report.md").read_text()
    assert "    here\n" in written and "there" not in written


def test_no_pictures_without_matplotlib(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    lines = [each for lines in measured_rows() for each in lines]
    said = write_results(tmp_path, lines, MACHINE, draw=True)
    assert "no pictures: matplotlib is not installed; pip install 'seqjax[plots]'" in said
    assert (tmp_path / "report.md").exists()

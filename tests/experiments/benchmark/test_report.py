"""The files and pictures of a benchmark, from made-up lines."""

from __future__ import annotations

import csv
import sys

import pytest
from benchmarks import MACHINE, ONE, Counted, line

from experiments.benchmark import log as log
from experiments.benchmark import results as benchmark_results
from experiments.benchmark.lines import table
from experiments.benchmark.report import report
from experiments.benchmark.row import FLOOR
from experiments.benchmark.tables import markdown, number, text


def results():
    """Three rows of a mode: flax with two cells, torch missing in one, seqjax's two drivers."""
    rows = []
    for word, sequential, flax, torch in [
        ("2x3x4", 1.5, 2.0, 3.0), ("2x30x4", 0.9, 1.0, 0.8), ("2x30x40", 0.96, 4.0, None)
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
    assert "| seqjax sequential | 0.96x | 0.90x | 3 |" in lines
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
    from experiments.benchmark import plots as benchmark_plots

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

"""Tables of iterations and pictures of time against T, at toy size."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from experiments.benchmark.log import MEASURED, RESULTS, Job, append, keyed
from experiments.parallel_time import benchmarked, learning, picture, start


def test_a_line_at_initial_weights() -> None:
    """Its cells are those of the heading; a row that converges needs a few iterations."""
    (row,) = start.measure("ind_rnn", 4, 30, 1.0, 2)
    line = dict(zip(start.HEADING, row, strict=True))
    assert line["cell"] == "ind_rnn" and line["step by step"] == "0 of 2"
    assert 1 <= float(line["iterations"]) <= int(line["most"]) < 30
    assert float(line["difference"]) < 1e-5 and float(line["residual"]) < 1e-5


def test_a_cell_whose_outputs_grow_beyond_float32() -> None:
    """They are told from those that are equal."""
    (row,) = start.measure("ind_rnn", 4, 300, 4.0, 2)
    line = dict(zip(start.HEADING, row, strict=True))
    most, share = line["difference"].split(", ")
    assert float(most) == 0 and re.fullmatch(r"[1-9]\d? % not finite", share)


def test_lines_while_it_learns(monkeypatch: pytest.MonkeyPatch) -> None:
    """One before the first update, one at the end, and those between."""
    monkeypatch.setattr(learning, "STEPS", 12)
    monkeypatch.setattr(learning, "HIDDEN", 4)
    monkeypatch.setattr(learning, "RATE", 0.05)
    rows = learning.measure("ind_rnn", 2, 40)
    lines = [dict(zip(learning.HEADING, row, strict=True)) for row in rows]
    assert [line["updates"] for line in lines] == ["0", "10", "20", "30", "40"]
    error = [float(line["error, guessing = 1"]) for line in lines]
    assert error[-1] < error[0] / 2


def written(folder: Path, faster: float = 1.0, **more: Any) -> Path:
    """A benchmark of two drivers and a peer at two lengths, and of a driver that failed."""
    for steps in (64, 128):
        job = Job("row", f"gru {steps}", {"faster": faster}, list)
        lines = [
            {"side": side, "status": status, "cell": "gru", "steps": steps, "mode": "gradient",
             "milliseconds": ratio * 2 * steps / faster, "ratio": ratio, "temporary_bytes": size,
             **more}
            for side, status, ratio, size in (
                ("seqjax sequential", MEASURED, 1.0, 2**20 * steps),
                ("seqjax newton", MEASURED, 1.5, 0), ("seqjax fused", "failed", 0.5, 1),
                ("flax", MEASURED, 0.5, None), ("floor", MEASURED, 0.05, None),
            )
        ]  # fmt: skip
        append(folder, keyed(job, {}, lines))
    return folder


def test_curves_of_a_benchmark(tmp_path: Path) -> None:
    """Milliseconds and MiB by driver; what failed is not there, nor what takes no memory."""
    lines = benchmarked.read(written(tmp_path))
    time, memory = (picture.curves(lines, "gru", value) for value in picture.VALUES)
    assert time == {
        "sequential": [(64, 128.0), (128, 256.0)], "newton": [(64, 192.0), (128, 384.0)],
    }  # fmt: skip
    assert memory == {"sequential": [(64, 64.0), (128, 128.0)]}


def test_a_table_of_a_benchmark(tmp_path: Path) -> None:
    """Of the newest measurement; a line that was torn is none."""
    written(tmp_path)
    with (written(tmp_path, faster=2) / RESULTS).open("a", encoding="utf-8") as file:
        file.write('{"kind": "row", "ti')
    assert benchmarked.tables(benchmarked.read(tmp_path)).splitlines() == [
        "### gru",
        "",
        "| T | sequential, ms | newton | flax | sequential, MiB | newton, MiB | flax, MiB |",
        "| --: | --: | --: | --: | --: | --: | --: |",
        "| 64 | 64.0 | 1.50x | 0.50x | 64.0 | 0 | - |",
        "| 128 | 128 | 1.50x | 0.50x | 128 | 0 | - |",
    ]


def test_a_picture(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    image = picture.draw(benchmarked.read(written(tmp_path)))
    assert b"<svg" in image and b"<title" in image


def test_a_folder_without_results(tmp_path: Path) -> None:
    for more, message in (({"status": "failed"}, "nothing was measured"), ({}, "has no")):
        folder = tmp_path / message.replace(" ", "_")
        folder.mkdir()
        with pytest.raises(ValueError, match=f"benchmark: got .*{message}"):
            benchmarked.read(written(folder, **more) if more else folder)

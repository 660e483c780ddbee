"""A benchmark that is stopped, killed or fails goes on where it was."""

from __future__ import annotations

import pytest
from benchmarks import MACHINE, ONE, TWO, Counted

from experiments.benchmark import log
from experiments.benchmark.results import run_jobs, write_results


def through(folder, counted, machine=MACHINE, restart=False, stop=lambda: False):
    """What failed, and the titles that were measured."""
    counted.runs.clear()
    lines = log.open_log(folder, restart)
    failed = run_jobs(counted.jobs, folder, lines, machine, stop)
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


def test_a_row_that_fails_as_a_whole_is_in_the_report(tmp_path):
    """Beside others, with the reason; the files are written all the same."""
    counted = Counted(ONE, TWO)
    counted.broken[ONE] = RuntimeError("no such thing")
    lines = log.open_log(tmp_path, False)
    run_jobs(counted.jobs, tmp_path, lines, MACHINE, lambda: False)
    write_results(tmp_path, lines, MACHINE, draw=False)
    text = (tmp_path / "report.md").read_text()
    assert "RuntimeError: no such thing" in text and TWO.split()[1] in text


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
    lines = log.open_log(tmp_path, False)
    assert [each[0]["title"] for each in log.newest(lines, MACHINE)] == [ONE, TWO]


def test_stops_between_rows(tmp_path):
    counted = Counted(ONE, TWO)
    assert through(tmp_path, counted, stop=lambda: bool(counted.runs)) == ([], [ONE])
    assert through(tmp_path, counted) == ([], [TWO])


def test_the_time_that_is_left(tmp_path, capsys):
    counted = Counted(ONE, TWO, "rnn 2x3x4 float32 gradient")
    now = lambda: 60.0 * len(counted.runs)  # noqa: E731
    lines = log.open_log(tmp_path, False)
    run_jobs(counted.jobs, tmp_path, lines, MACHINE, lambda: False, now)
    said = capsys.readouterr().err
    assert "[2/3, 2 min left] row gru" in said and "[3/3, 60 s left] row rnn" in said


@pytest.mark.parametrize("content", ["no json\n", "[1]\n", '{"a": 1}\n'])
def test_a_file_that_is_no_log_is_left_alone(content, tmp_path):
    (tmp_path / log.RESULTS).write_text(content)
    with pytest.raises(ValueError, match="no log of benchmarks"):
        log.open_log(tmp_path, False)
    assert (tmp_path / log.RESULTS).read_text() == content

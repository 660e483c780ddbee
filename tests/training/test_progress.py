"""Progress on a terminal and elsewhere, with a clock of the test's own."""

from __future__ import annotations

import io

from seqjax.training.progress import Progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


class Figure:
    """Counts how often it is looked at."""

    looks = 0

    def __float__(self):
        Figure.looks += 1
        return 1.25


def walk(stream, steps, seconds, total=100_000, **options):
    """Each step takes ``seconds`` and 1,000 tokens; the first takes 60 s more."""
    clock = Clock()
    with Progress(total, stream=stream, clock=clock, **options) as progress:
        for step in range(1, steps + 1):
            clock.now += seconds + 60 * (step == 1)
            progress.update(step, 1000, {"loss": Figure()})
    return stream.getvalue()


def test_plain_lines_early_then_every_thirty_seconds_and_the_last():
    lines = walk(io.StringIO(), steps=50, seconds=2.0).splitlines()
    # 5 s after step 1 is step 4, 30 s are 15 steps
    steps = [int(line.split(",")[0].split()[-1]) for line in lines]
    assert steps == [1, 4, 19, 34, 49, 50]
    assert lines[0] == "  1% step 1, loss 1.25"


def test_the_rate_leaves_out_the_first_step():
    lines = walk(io.StringIO(), steps=50, seconds=2.0).splitlines()
    assert lines[-1] == " 50% step 50, 500 tokens/s, 01:40 left, loss 1.25"


def test_compiling_is_not_in_the_time_left():
    """A batch of another shape at step 5 compiles for 100 s: rate and time left do not know it."""
    clock, stream, spent = Clock(), io.StringIO(), [0.0]
    with Progress(100_000, stream=stream, clock=clock, compiled=lambda: spent[0]) as progress:
        progress.compiling()
        for step in range(1, 11):
            if step in (1, 5):
                clock.now, spent[0] = clock.now + 100, spent[0] + 100
            clock.now += 2.0
            progress.update(step, 1000, {"loss": 1.0})
    lines = stream.getvalue().splitlines()
    assert lines[0] == "compiling the first step ..."
    assert lines[-1] == " 10% step 10, 500 tokens/s, 03:00 left, loss 1"


def test_a_resumed_run_counts_what_was_done_but_not_in_its_rate():
    out = walk(io.StringIO(), steps=10, seconds=1.0, start=80_000, unit="characters")
    assert out.splitlines()[-1] == " 90% step 10, 1,000 characters/s, 00:10 left, loss 1.25"


def test_the_time_of_evaluations_is_in_the_time_left_and_their_compilation_is_not():
    """Of a run that was resumed: each fifth step is followed by 10 s, the first by 60 more."""
    clock, stream, spent = Clock(), io.StringIO(), [0.0]
    with Progress(
        100_000, start=50_000, stream=stream, clock=clock, compiled=lambda: spent[0]
    ) as progress:
        for step in range(51, 62):
            clock.now += 2.0
            progress.update(step, 1000, {})
            if step % 5 == 0:
                clock.now += 10.0
            if step == 55:
                clock.now, spent[0] = clock.now + 60, spent[0] + 60
    # 10 steps of 2 s and 2 evaluations of 10 s for 10,000 of the 39,000 that are left
    assert stream.getvalue().splitlines()[-1] == " 61% step 61, 250 tokens/s, 02:36 left"


def test_going_back_takes_back_what_was_counted():
    clock, stream = Clock(), io.StringIO()
    with Progress(20_000, stream=stream, clock=clock) as progress:
        for step in (1, 2, 3, 4, 5, 4, 5):
            clock.now += 1.0
            progress.update(step, 1000, {})
            if step == 3:
                progress.mark()
            if step == 5 and clock.now == 5:
                progress.rewind(3)
        progress.compiling()  # it is all compiled by now
    assert stream.getvalue().splitlines()[-1] == " 25% step 5, 1,000 tokens/s, 00:15 left"


def test_the_last_line_comes_once_and_an_idle_run_says_nothing():
    assert len(walk(io.StringIO(), steps=1, seconds=1.0).splitlines()) == 1
    assert walk(io.StringIO(), steps=0, seconds=1.0) == ""


def test_figures_are_looked_at_only_when_shown():
    Figure.looks = 0
    walk(io.StringIO(), steps=1000, seconds=0.001)
    assert Figure.looks == 2
    Figure.looks = 0
    walk(Terminal(), steps=1000, seconds=0.001)
    assert Figure.looks <= 12


def test_a_bar_on_a_terminal():
    out = walk(Terminal(), steps=50, seconds=2.0)
    last = out.rstrip().split("\r")[-1]
    assert last.startswith(" 50%|")
    assert last.endswith("| step 50, 500 tokens/s, 01:40 left, loss 1.25")


def test_a_bar_beyond_its_total_stays_a_bar():
    last = walk(Terminal(), steps=5, seconds=2.0, total=4000).rstrip().split("\r")[-1]
    assert last.startswith("100%|")
    assert "step 5" in last


def test_a_line_of_text_stands_alone():
    for stream in (io.StringIO(), Terminal()):
        with Progress(10_000, stream=stream, clock=Clock()) as progress:
            progress.update(1, 1000, {})
            progress.line("valid loss 2.5")
            progress.update(2, 1000, {})
        assert "valid loss 2.5\n" in stream.getvalue()
        before = stream.getvalue().split("valid loss")[0]
        assert before.endswith(("\n", "\r"))

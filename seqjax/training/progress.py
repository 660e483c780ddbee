"""What a long run says on the terminal, or in a file that stands in for one."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TextIO

from tqdm import tqdm

from seqjax.training.compile_time import compile_seconds

BAR = 0.1
"""seconds between two looks of the bar"""
EARLY, LINE = 5.0, 30.0
"""seconds from the first plain line to the second, and between later ones"""


class Progress:
    """A bar on a terminal, elsewhere a plain line now and then; a context manager.

    Both say: share of ``total``, step, figures, units/s, time left. The clock of the rate starts
    after the first step, and stands still while programs are compiled, for batches of further
    shapes say: nothing of it is in the time left. Evaluations are in it, as those to come will take
    time too. Plain lines come after the first step, 5 seconds later, then every 30 seconds, and at
    the end.

    Args:
      total: units in the whole run.
      start: units done before, by the run that this one resumes.
      unit: what is counted.
      stream: standard error if None.
      clock: seconds, rising.
      compiled: of these, the seconds in which programs were compiled.
    """

    def __init__(
        self,
        total: int,
        *,
        start: int = 0,
        unit: str = "tokens",
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.perf_counter,
        compiled: Callable[[], float] = compile_seconds,
    ) -> None:
        self._total, self._done, self._unit, self._clock = total, start, unit, clock
        self._compiled = compiled
        self._stream = sys.stderr if stream is None else stream
        self._bar: tqdm | None = None
        if self._stream.isatty():
            shape = "{percentage:3.0f}%|{bar:20}|{desc}"
            self._bar = tqdm(
                total=total, initial=start, file=self._stream, bar_format=shape, dynamic_ncols=True
            )
        self._step = 0
        self._figures: Mapping[str, float] = {}
        self._began: tuple[float, float, int] | None = None
        compiled()  # from here on
        self._marked = start
        self._due = 0.0
        self._shown = -1

    def update(self, step: int, amount: int, figures: Mapping[str, float]) -> None:
        """Counts ``amount`` units of a step; ``figures`` are looked at when they are shown."""
        self._done += amount
        self._step, self._figures = step, figures
        now = self._clock()
        if self._began is None:
            self._began = now, self._compiled(), self._done
            self._show(now)
            self._due = now + (BAR if self._bar else EARLY)
        elif now >= self._due:
            self._show(now)
            self._due = now + (BAR if self._bar else LINE)

    def mark(self) -> None:
        """What was counted up to now is saved: ``rewind`` leads back here."""
        self._marked = self._done

    def rewind(self, step: int) -> None:
        """Back to the last ``mark``, or the start, of that step; the speed is still that of all."""
        lost, self._done, self._step = self._done - self._marked, self._marked, step
        if self._began is not None:
            since, compiled, done = self._began
            self._began = since, compiled, done - lost

    def compiling(self) -> None:
        """Says that the first step is being compiled, which may take long; nothing after it."""
        if self._began is not None:
            return
        if self._bar is None:
            self.line("compiling the first step ...")
        else:
            self._bar.set_description_str(" compiling the first step ...")

    def line(self, text: str) -> None:
        """Prints a line of its own, above the bar if there is one."""
        if self._bar is None:
            print(text, file=self._stream, flush=True)
        else:
            self._bar.write(text, file=self._stream)

    def close(self) -> None:
        """Shows where the run stands; leaving the ``with`` block does the same."""
        if self._began is not None and self._shown != self._step:
            self._show(self._clock())
        if self._bar is not None:
            self._bar.close()

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _show(self, now: float) -> None:
        self._shown = self._step
        if self._bar is None:
            share = f"{self._done / max(self._total, 1):4.0%}"
            self.line(f"{share} {self._text(now)}")
        else:
            self._bar.n = min(self._done, self._total)
            self._bar.set_description_str(f" {self._text(now)}")

    def _text(self, now: float) -> str:
        parts, rate = [f"step {self._step}"], self._rate(now)
        if rate:  # before the figures: a narrow terminal cuts the end off
            left = max(0, self._total - self._done) / rate
            parts += [f"{rate:,.0f} {self._unit}/s", f"{tqdm.format_interval(left)} left"]
        parts += [f"{name} {float(value):.4g}" for name, value in self._figures.items()]
        return ", ".join(parts)

    def _rate(self, now: float) -> float:
        """Units per second since the end of the first step, 0 if there is none yet."""
        if self._began is None:
            return 0.0
        since, compiled, done = self._began
        seconds = now - since - (self._compiled() - compiled)
        return (self._done - done) / seconds if seconds > 0 else 0.0

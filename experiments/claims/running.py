"""Measures claims one after the other, keeps what was found, goes on where it was stopped."""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from experiments.claims import catalogue, records
from experiments.claims.claim import Claim, Verdict
from experiments.claims.fingerprint import fingerprint
from experiments.claims.records import Record


class Outcome(NamedTuple):
    """What the report says of a claim: either all of it, or why it failed."""

    name: str
    claim: Claim | None = None
    record: Record | None = None
    verdict: Verdict | None = None
    failure: str = ""
    """the last line of the traceback"""


class Progress:
    """Lines on standard output, each with the seconds since the launch began."""

    def __init__(self, write: Callable[[str], None] | None = None) -> None:
        self._write = write or (lambda line: print(line, flush=True))
        self._start = time.perf_counter()

    def __call__(self, words: str) -> None:
        self._write(f"{time.perf_counter() - self._start:6.0f} s  {words}")


def run(
    names: Sequence[str],
    seeds: Sequence[int],
    folder: Path,
    machine: dict[str, Any],
    *,
    redo: bool = False,
    files: Mapping[str, Path] | None = None,
    say: Callable[[str], None],
    source: Callable[[str], str] = lambda name: fingerprint(catalogue.module(name)),
) -> list[Outcome]:
    """Measures what is not kept yet, with these seeds and by this code; an outcome a name.

    One that raises is told of on standard error, and the others go on.

    Args:
      names: of claims, in order.
      seeds: of every claim.
      folder: where results are kept.
      machine: what is kept beside them.
      redo: measure again what is kept, too.
      files: of the user's, by the name of the claim that is tried on them too.
      say: is told what happens.
      source: name -> fingerprint of the code.
    """
    outcomes = []
    for number, name in enumerate(names, 1):
        place, claim = f"[{number} of {len(names)}] {name}", None
        try:
            claim, file = catalogue.load(name), (files or {}).get(name)
            code = source(name) + (records.mark(file) if file else "")
            record = records.read(folder, name)
            if redo or record is None or not records.is_current(record, code, seeds):
                say(place)
                start = time.perf_counter()
                results = dict(claim.measure(seeds, say))
                if file and claim.measure_file:
                    results["file"] = dict(claim.measure_file(file, seeds, say))
                seconds = round(time.perf_counter() - start, 1)
                record = records.write(
                    folder, Record(name, list(seeds), seconds, machine, code, results)
                )
            else:
                say(f"{place}: measured before, in {record.seconds:.0f} s")
            outcomes.append(judged(claim, record))
        except Exception as error:
            outcomes.append(failed(name, error, claim))
            continue
        verdict = outcomes[-1].verdict
        assert verdict is not None
        say(f"{name} {verdict.kind}: {verdict.reason.en}")
    return outcomes


def kept(
    names: Sequence[str],
    folder: Path,
    source: Callable[[str], str] = lambda name: fingerprint(catalogue.module(name)),
) -> list[Outcome]:
    """Outcomes of those claims that the folder has results of, by the code that is there now."""
    outcomes = []
    for name in names:
        try:
            record = records.read(folder, name)
            if record is not None and records.is_current(record, source(name)):
                outcomes.append(judged(catalogue.load(name), record))
        except Exception as error:
            outcomes.append(failed(name, error))
    return outcomes


def judged(claim: Claim, record: Record) -> Outcome:
    """With the verdict that follows from the results."""
    return Outcome(claim.name, claim, record, claim.verdict(record.results))


def failed(name: str, error: Exception, claim: Claim | None = None) -> Outcome:
    """With the last line of the traceback, which is told on standard error as a whole."""
    traceback.print_exception(error, file=sys.stderr)
    return Outcome(name, claim, failure=last_line(error))


def last_line(error: Exception) -> str:
    """What a traceback ends with, in one line.

    >>> last_line(ValueError("steps: got 0"))
    'ValueError: steps: got 0'
    """
    return " ".join("".join(traceback.format_exception_only(error)).split())

"""Readers tried with inputs of both kinds."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tests.fuzz import property_based
from tests.fuzz.readers import READERS

ROOT = Path(__file__).resolve().parents[2]
MEMORY = Path("/dev/shm")
"""Files that are in memory alone, where there are such: to write them is quick."""


class Tried(NamedTuple):
    """What came of a reader."""

    reader: str
    by_pieces: int
    by_coverage: int
    """inputs that were tried"""
    faults: dict[str, tuple[str, bytes]]
    """of each kind what it says, and the first file"""


def campaign(names: Sequence[str], inputs: int) -> Iterator[Tried]:
    """Tries each reader with so many inputs of either kind.

    Raises:
      RuntimeError: if the program that is guided by coverage does not start.
    """
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        command = [sys.executable, "-m", "tests.fuzz.coverage_guided", str(inputs), folder, *names]
        log = Path(folder) / "log"
        (Path(folder) / "by pieces").mkdir()
        with log.open("w") as errors:
            program = subprocess.Popen(
                command, cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True
            )
        for name in names:
            by_pieces, faults = property_based.faults(
                READERS[name], inputs, Path(folder) / "by pieces"
            )
            line = _report(program, log)
            guided = {k: (text, bytes.fromhex(v)) for k, (text, v) in line["faults"].items()}
            yield Tried(name, by_pieces, line["tried"], faults | guided)
        program.wait()


def _report(program: subprocess.Popen[str], log: Path) -> dict[str, Any]:
    """The next line of JSON; libFuzzer may print others."""
    assert program.stdout is not None
    for line in program.stdout:
        if line.startswith('{"tried"'):
            report: dict[str, Any] = json.loads(line)
            return report
    raise RuntimeError(log.read_text(errors="replace")[-2000:])

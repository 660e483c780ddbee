"""What a trial that failed has said, and whether another process still had its folder."""

from __future__ import annotations

import re
import signal
from pathlib import Path

BUSY = "is in use by another process"
ERROR = re.compile(r"^(error: |\w+(\.\w+)*(Error|Exception|Interrupt)\b)")
KEPT = 300
"""Characters of a line that are kept."""
TAIL = 1 << 16
"""Bytes at the end of a log that are looked at."""


def stopped(status: int) -> bool:
    """Whether SIGINT or SIGTERM ended a process, or it ended itself because of them.

    >>> stopped(143), stopped(-9)
    (True, False)
    """
    numbers = (signal.SIGINT, signal.SIGTERM)
    return status in [128 + number for number in numbers] + [-number for number in numbers]


def reason(status: int, log: Path, begin: int = 0) -> str:
    """In one line, why a trial ended with that status.

    It is the last line that names an error; of a process that was killed, the signal.

    Args:
      begin: where in the log the trial began to print.
    """
    if status < 0:
        name = signal.Signals(-status).name
        return f"killed by {name}" + (", for want of memory perhaps" if status == -9 else "")
    lines = said(log, begin)
    errors = [line for line in lines if ERROR.match(line)]
    last = [*errors, *([] if errors else lines)][-1:]
    return last[0][:KEPT] if last else f"exit status {status}, nothing said"


def said(log: Path, begin: int = 0) -> list[str]:
    """The last lines of a log that are not blank, without those before an offset."""
    if not log.exists():
        return []
    with log.open("rb") as file:
        file.seek(max(begin, log.stat().st_size - TAIL))
        text = file.read().decode("utf-8", "backslashreplace")
    return [line.strip() for line in text.splitlines() if line.strip()]

"""results.jsonl: what was measured, a line for each side of a row, and what need not be run again.

A job is what is measured at once: a row with all its sides, or a point of an extra measurement. Its
lines share a key, made of all that two runs must have in common to be the same measurement. A job
is done if all its lines are there and none has failed; the newest measurement of a title counts.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

RESULTS = "results.jsonl"
START = "start"
MEASURED, UNSUPPORTED, FAILED = "measured", "unsupported", "failed"

Line = dict[str, Any]


class Job(NamedTuple):
    """Something to measure."""

    kind: str
    """row, peak, or the name of an extra measurement"""
    title: str
    """what is measured, in a few words; no other job of the kind has it"""
    settings: dict[str, Any]
    """how: part of the key"""
    run: Callable[[], list[Line]]
    """Measures; lines are flat, fit for JSON, and have a status: one of the three above."""


def digest(*parts: Any) -> str:
    """Sixteen hexadecimal digits of SHA-256 that tell one thing from another."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def job_key(job: Job, machine: Mapping[str, Any]) -> str:
    """What a job's lines are found by."""
    return digest(job.kind, job.title, job.settings, machine)


def keyed(job: Job, machine: Mapping[str, Any], lines: list[Line]) -> list[Line]:
    """The lines of a job as they are written."""
    head: Line = {"kind": job.kind, "title": job.title, "machine": digest(machine)}
    head |= {"key": job_key(job, machine), "lines": len(lines)}
    return [head | {"line": number} | line for number, line in enumerate(lines)]


def open_log(folder: Path, restart: bool) -> list[Line]:
    """Makes the folder and reads what is there; a torn last line is cut off.

    Raises:
      ValueError: for a file of that name which is no such log.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / RESULTS
    if restart or not path.exists():
        path.write_text("", encoding="utf-8")
        return []
    content = path.read_bytes()
    whole_lines = content[: content.rfind(b"\n") + 1]
    try:
        lines = [json.loads(line) for line in whole_lines.splitlines()]
    except ValueError:
        lines = [None]
    if not all(isinstance(line, dict) and "kind" in line for line in lines):
        raise ValueError(f"{path}: is no log of benchmarks; want another --workdir, or --restart")
    os.truncate(path, len(whole_lines))
    return lines


def start_line(machine: Mapping[str, Any], command: str) -> Line:
    """A line that says on what, and how, the measurements after it were made."""
    return {"kind": START, "machine": digest(machine), "command": command, "described": machine}


def commands(lines: Iterable[Line], machine: Mapping[str, Any]) -> list[str]:
    """What was called on that machine, each once."""
    starts = [line for line in lines if line["kind"] == START]
    here = [line["command"] for line in starts if line["machine"] == digest(machine)]
    return list(dict.fromkeys(here))


def append(folder: Path, lines: Iterable[Line]) -> None:
    """Adds the lines, and has them written down before it returns."""
    text = "".join(json.dumps(line, allow_nan=False) + "\n" for line in lines)
    with (folder / RESULTS).open("a", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def measurements(lines: Iterable[Line]) -> list[list[Line]]:
    """The lines of each whole measurement, in the order of writing."""
    groups: list[list[Line]] = []
    for line in lines:
        if line.get("line") == 0:
            groups.append([])
        if "line" in line:
            groups[-1].append(line)
    return [group for group in groups if len(group) == group[0]["lines"]]


def done(lines: Iterable[Line], key: str) -> bool:
    """Whether the newest measurement with that key has no failure."""
    same = [group for group in measurements(lines) if group[0]["key"] == key]
    return bool(same) and all(line["status"] != FAILED for line in same[-1])


def newest(lines: Iterable[Line], machine: Mapping[str, Any]) -> list[list[Line]]:
    """The newest measurement of each title on that machine."""
    here = [group for group in measurements(lines) if group[0]["machine"] == digest(machine)]
    return list({(group[0]["kind"], group[0]["title"]): group for group in here}.values())

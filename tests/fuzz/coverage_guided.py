"""Files whose bytes are changed, and kept where they reach new lines of the reader, by atheris.

A program of its own, as libFuzzer ends the process: INPUTS FOLDER NAME NAME ... It prints a line of
JSON for each reader: how many inputs were tried, and of each kind of fault what it says and the
first file, in hex.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from pathlib import Path

import atheris

from tests.fuzz.contract import Reader, broken

logging.disable()
with atheris.instrument_imports(include=["seqjax.data", "seqjax.tasks.run_record"]):
    from tests.fuzz.readers import READERS

LONGEST = 4096
"""Bytes of a file."""


def main() -> None:
    """Tries the readers, each in a process of its own, and prints what came of it."""
    inputs, folder, names = int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]
    for name in names:
        own_folder = folder / name
        own_folder.mkdir()
        child = os.fork()
        if not child:
            guided(READERS[name], inputs, own_folder)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if status:
            reader = READERS[name]
            last = (own_folder / f"{reader.stem}{reader.suffix}").read_bytes()
            report(0, {"end": (f"the process ended with {status}", last.hex())})


def guided(reader: Reader, inputs: int, folder: Path) -> None:
    """Tries a reader, prints the report and ends the process."""
    tried = 0
    found: dict[str, tuple[str, str]] = {}

    def try_one(data: bytes) -> None:
        nonlocal tried
        tried += 1
        if fault := broken(reader, data, folder):
            found.setdefault(fault.kind, (fault.message, data.hex()))
        if tried == inputs:
            # At its own end libFuzzer leaves without Python's.
            report(tried, found)
            os._exit(0)

    seeds = folder / "seeds"
    seeds.mkdir()
    for number, seed in enumerate(reader.seeds):
        (seeds / str(number)).write_bytes(seed)
    words = folder / "words"
    words.write_text("".join(f'"{_escaped(piece)}"\n' for piece in reader.pieces if piece))
    # Time and memory are the contract's: libFuzzer's own limits would end the process.
    options = ["-seed=1", "-verbosity=0", "-timeout=0", "-rss_limit_mb=0", "-len_control=0"]
    options += [f"-max_len={LONGEST}", f"-dict={words}", f"-artifact_prefix={folder}/"]
    atheris.Setup([sys.argv[0], *options, str(seeds)], try_one)
    atheris.Fuzz()


def report(tried: int, faults: dict[str, tuple[str, str]]) -> None:
    """Prints a line."""
    print(json.dumps({"tried": tried, "faults": faults}), flush=True)


def _escaped(piece: bytes) -> str:
    return "".join(f"\\x{byte:02X}" for byte in piece[:60])


if __name__ == "__main__":
    main()

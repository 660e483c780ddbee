"""Files joined from the pieces of a format, by Hypothesis."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.fuzz.contract import Reader, broken

MOST = 60
"""Bytes that a file is made by."""


def files(reader: Reader) -> st.SearchStrategy[bytes]:
    """Files that bytes stand for; one draw a file, as draws take longer than most readers."""
    return st.binary(max_size=MOST).map(lambda choices: file_of(reader, choices))


def file_of(reader: Reader, choices: bytes) -> bytes:
    """Pieces joined, a byte a piece; or, if the first byte is odd, a good file cut with them.

    >>> file_of(Reader(Path.read_bytes, (b"seed",), (b"a", b"b")), bytes([0, 0, 1, 0]))
    b'aba'
    """
    if not choices or not choices[0] % 2:
        return joined(reader, choices[1:])
    seed = reader.seeds[choices[0] // 2 % len(reader.seeds)]
    begin, length = (int.from_bytes(choices[n : n + 2], "big") for n in (1, 3))
    begin %= len(seed) + 1
    end = begin + length % 9 if length % 2 else begin + length % (len(seed) + 1)
    return seed[:begin] + joined(reader, choices[5:10]) + seed[end:]


def joined(reader: Reader, choices: bytes) -> bytes:
    """A piece for each byte, or the byte itself above those that all pieces have."""
    count = len(reader.pieces)
    rounds = 240 // count * count
    return b"".join(
        reader.pieces[choice % count] if choice < rounds else bytes([choice]) for choice in choices
    )


def faults(reader: Reader, inputs: int, folder: Path) -> tuple[int, dict[str, tuple[str, bytes]]]:
    """(how many were tried, of each kind of fault the first: what it says, and the file)."""
    tried = 0
    found: dict[str, tuple[str, bytes]] = {}

    @settings(
        max_examples=inputs,
        database=None,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(files(reader))
    def try_one(data: bytes) -> None:
        nonlocal tried
        tried += 1
        if fault := broken(reader, data, folder):
            found.setdefault(fault.kind, (fault.message, data))

    try_one()
    return tried, found

"""Polyphonic music as frames: which of the 88 keys of a piano sound at each step."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from seqjax.basics.whole_file import whole_file
from seqjax.data.json_text import parse
from seqjax.data.text import NAMES, read

LOWEST, KEYS = 21, 88
"""MIDI pitches 21 (A0) to 108 (C8) are keys 0 to 87."""
SILENCE = -1
"""Stands for a voice that rests, in files with one entry a voice."""
WHOLE = ""
"""The name of a part where a file is not divided into parts."""


def frames(steps: Iterable[Iterable[int]], where: str = "steps") -> np.ndarray:
    """bool [T, 88] of steps, each the MIDI pitches that sound; -1 and nothing are silence.

    Raises:
      ValueError: for no steps, or a pitch that no piano has; names ``where`` and the step from 0.

    >>> piece = frames([[60, 64], [60]])
    >>> piece.shape, piece.sum(axis=1).tolist()
    ((2, 88), [2, 1])
    """
    rows = [list(_pitches(step, f"{where}, step {t}")) for t, step in enumerate(steps)]
    if not rows:
        raise ValueError(f"{where}: got no steps, want one or more")
    sounding = np.zeros((len(rows), KEYS), bool)
    for t, row in enumerate(rows):
        sounding[t, [pitch - LOWEST for pitch in row]] = True
    return sounding


def _pitches(step: Any, where: str) -> Iterable[int]:
    if not isinstance(step, Iterable) or isinstance(step, str):
        raise ValueError(f"{where}: got {step!r}, want a list of MIDI pitches")
    for pitch in step:
        if pitch == SILENCE:
            continue
        is_integer = isinstance(pitch, int | np.integer) and not isinstance(pitch, bool)
        if not is_integer or not LOWEST <= pitch < LOWEST + KEYS:
            raise ValueError(
                f"{where}: got pitch {pitch!r}, want integers of {LOWEST} to {LOWEST + KEYS - 1},"
                f" the keys of a piano, or {SILENCE} for silence"
            )
        yield pitch


def pitches(piece: np.ndarray) -> list[list[int]]:
    """The MIDI pitches of each step of frames [T, 88], rising; the inverse of ``frames``.

    >>> pitches(frames([[64, 60], [-1]]))
    [[60, 64], []]
    """
    return [(np.flatnonzero(frame) + LOWEST).tolist() for frame in piece]


def notes(piece: np.ndarray) -> list[tuple[int, int, int]]:
    """(first step, step after the last, MIDI pitch) of each note of frames [T, 88].

    By first step, then pitch. A key that sounds in steps that follow each other is one held note.

    >>> notes(frames([[60], [60, 64], [64]]))
    [(0, 2, 60), (1, 3, 64)]
    """
    padded = np.pad(np.asarray(piece, np.int8), [(1, 1), (0, 0)])
    change = np.diff(padded, axis=0)
    keys, begins = np.nonzero(change.T == 1)
    _, ends = np.nonzero(change.T == -1)  # in the same order: key after key, along time
    return sorted(zip(begins.tolist(), ends.tolist(), (keys + LOWEST).tolist(), strict=True))


def read_pieces(path: str | Path) -> dict[str, list[np.ndarray]]:
    """The pieces of a JSON file, plain or gzip, by part: bool [T, 88] each.

    The file holds {"train": pieces, "valid": pieces, "test": pieces}, or pieces alone, whose part
    is then ``WHOLE``. Pieces are lists of steps, a step the list of the MIDI pitches that sound.

    Raises:
      ValueError: names the file; for a pitch that no piano has, also part, sequence and step.
    """
    content = parse(read(path), str(path))
    if isinstance(content, list):
        content = {WHOLE: content}
    names = {word: part for part, words in NAMES.items() for word in words} | {WHOLE: WHOLE}
    if not isinstance(content, dict) or not content or not set(content) <= set(names):
        got = ", ".join(content) if isinstance(content, dict) else type(content).__name__
        raise ValueError(
            f"{path}: got {got or 'nothing'}, want lists of pieces under train, valid and test, or"
            " one list of pieces"
        )
    return {names[part]: _pieces(pieces, f"{path}: {part}") for part, pieces in content.items()}


def _pieces(pieces: Any, where: str) -> list[np.ndarray]:
    where = where.removesuffix(": ")
    if not isinstance(pieces, list) or not pieces:
        raise ValueError(f"{where}: got no list of pieces, want one piece or more")
    for n, piece in enumerate(pieces):
        if not isinstance(piece, list):
            raise ValueError(f"{where}, sequence {n}: got {piece!r}, want a list of steps")
    return [frames(piece, f"{where}, sequence {n}") for n, piece in enumerate(pieces)]


def write_pieces(path: str | Path, pieces: Sequence[np.ndarray]) -> None:
    """Writes pieces, bool [T, 88] each, as JSON that ``read_pieces`` reads, a piece a line."""
    lines = ",\n".join(json.dumps(pitches(piece)) for piece in pieces)
    with whole_file(path) as temporary:
        temporary.write_text(f"[{lines}]\n", encoding="utf-8")

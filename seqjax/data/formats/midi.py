"""Frames of music from MIDI files and to them, by the library mido."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np

from seqjax.data.formats.music import KEYS, LOWEST, notes

DRUMS = 9
"""The channel whose pitches are instruments of percussion."""
LONGEST = 25_000
"""Quarter notes that are read at most: a short file may claim any number."""
TICKS = 480
"""Of a quarter note, in files that are written."""


def _library() -> Any:
    try:
        import mido
    except ModuleNotFoundError as error:
        raise ImportError("mido is not installed; pip install 'seqjax[music]'") from error
    return mido


def read_midi(path: str | Path, *, per_quarter: int = 4) -> np.ndarray:
    """bool [T, 88]: the keys that sound at each step, ``per_quarter`` steps to a quarter note.

    Notes of all tracks and channels but percussion. Begin and end of a note go to the nearest step;
    each lasts one step or more. Tempo and loudness are not looked at.

    Raises:
      ValueError: names the file if it is no MIDI, holds no note, a pitch that no piano has, or
        over LONGEST quarter notes.
      OSError: if the file cannot be opened.
      ImportError: without mido.
    """
    mido = _library()
    try:
        # From memory: of a file, mido would make room for as many bytes as a chunk claims to have.
        file = mido.MidiFile(file=io.BytesIO(Path(path).read_bytes()))
        track, ticks = list(file.merged_track), file.ticks_per_beat
    except OSError as error:
        # mido raises a bare OSError for content; a real one has a number and names the file.
        raise error if error.errno else ValueError(f"{path}: is no MIDI file ({error})") from None
    # What bytes say that are no MIDI, mido finds out by whatever its steps raise.
    except Exception as error:
        raise ValueError(f"{path}: is no MIDI file that can be read ({error!r})") from None
    if not 0 < ticks < 0x8000:
        raise ValueError(f"{path}: counts time in video frames, want ticks of a quarter note")
    played = _sounding(track, ticks / per_quarter)
    if not played:
        raise ValueError(f"{path}: got no notes, want one or more")
    steps = max(end for _, end, _ in played)
    if steps > LONGEST * per_quarter:
        raise ValueError(
            f"{path}: got {steps / per_quarter:,.0f} quarter notes, want {LONGEST:,} at most, which"
            " is over three hours"
        )
    return _frames(path, played, steps)


def _frames(path: str | Path, played: list[tuple[int, int, int]], steps: int) -> np.ndarray:
    """bool [T, 88]: a key sounds where more of its notes have begun than ended."""
    begins, ends, pitches = map(np.array, zip(*played, strict=True))
    keys = pitches - LOWEST
    wrong = np.flatnonzero((keys < 0) | (keys >= KEYS))
    if wrong.size:
        first = wrong[np.argmin(begins[wrong])]
        raise ValueError(
            f"{path}, step {begins[first]}: got pitch {pitches[first]}, want {LOWEST} to"
            f" {LOWEST + KEYS - 1}, the keys of a piano"
        )
    changes = np.zeros((steps + 1, KEYS), np.int32)
    np.add.at(changes, (begins, keys), 1)
    np.add.at(changes, (ends, keys), -1)
    sounding: np.ndarray = np.cumsum(changes, axis=0, out=changes)[:-1] > 0
    return sounding


def _sounding(track: Any, step: float) -> list[tuple[int, int, int]]:
    """(first step, step after the last, pitch) of each note of a merged track."""
    time, finished = 0, []
    begins: dict[tuple[int, int], list[int]] = {}

    def close(channel: int, pitch: int) -> None:
        if open_ := begins.get((channel, pitch)):
            begin = round(open_.pop(0) / step)
            finished.append((begin, max(begin + 1, round(time / step)), pitch))

    for message in track:
        time += message.time
        if message.type not in {"note_on", "note_off"} or message.channel == DRUMS:
            continue
        if message.type == "note_on" and message.velocity:
            begins.setdefault((message.channel, message.note), []).append(time)
        else:
            close(message.channel, message.note)
    for (channel, pitch), unfinished in begins.items():  # never ended: sound until the track does
        for _ in list(unfinished):
            close(channel, pitch)
    return finished


def write_midi(
    path: str | Path, piece: np.ndarray, *, per_quarter: int = 4, tempo: float = 90.0
) -> None:
    """Writes frames [T, 88] as a MIDI file of one track, ``tempo`` quarter notes a minute.

    A key that sounds in steps that follow each other is one held note.

    Raises:
      ImportError: without mido.
    """
    mido = _library()
    step = TICKS // per_quarter
    # At one time notes end before others begin.
    events = sorted(
        event
        for begin, end, pitch in notes(piece)
        for event in ((begin, 1, pitch), (end, 0, pitch))
    )
    track = mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(tempo))])
    before = 0
    for time, on, pitch in events:
        kind = "note_on" if on else "note_off"
        track.append(mido.Message(kind, note=pitch, velocity=64, time=(time - before) * step))
        before = time
    track.append(mido.MetaMessage("end_of_track", time=(len(piece) - before) * step))
    mido.MidiFile(type=0, ticks_per_beat=TICKS, tracks=[track]).save(str(path))

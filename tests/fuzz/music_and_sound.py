"""Readers of music and audio: MIDI, JSON, WAV and what else soundfile knows."""

from __future__ import annotations

import io
from pathlib import Path

import mido
import numpy as np
import scipy.signal  # noqa: F401  as an input is tried, importing it would take a minute
import soundfile

from seqjax.data.formats.audio import samples
from seqjax.data.formats.midi import read_midi
from seqjax.data.formats.music import read_pieces
from tests.fuzz.contract import Reader
from tests.fuzz.text_readers import JSON, ODD


def _midi(*messages: mido.Message) -> bytes:
    file = io.BytesIO()
    mido.MidiFile(type=0, tracks=[mido.MidiTrack(messages)]).save(file=file)
    return file.getvalue()


def _sound(format: str, subtype: str | None = None) -> bytes:
    file = io.BytesIO()
    tone = np.sin(np.arange(400) / 9).astype(np.float32) / 2
    soundfile.write(file, tone, 8000, format=format, subtype=subtype)
    return file.getvalue()


def _samples(path: Path) -> object:
    sound = samples(path, 8000)
    if not np.abs(sound).max() <= 1:
        raise AssertionError(f"got samples up to {np.abs(sound).max()}, want them in [-1, 1]")
    return sound


NOTES = (
    _midi(mido.Message("note_on", note=60, time=480), mido.Message("note_off", note=60, time=480)),
    _midi(mido.MetaMessage("key_signature", key="Eb"), mido.Message("note_on", note=72, time=9)),
)
EVENTS = (b"MThd\x00\x00\x00\x06\x00\x00\x00\x01\x01\xe0", b"MTrk\x00\x00\x00\x10", b"\xff\x2f\x00")
EVENTS += (b"\x00\x90\x3c\x40", b"\x60\x80\x3c\x40", b"\xff\x59\x02\xf7\x00", b"\xff\xff\xff\x7f")
EVENTS += (
    b"\xff\x51\x03\x00\x00\x00",
    b"\xf0\x01\xf7",
    b"\xff\x54\x05",
    b"\x00\x3c\x00",
    b"\xc0\x01",
)
EVENTS += (
    b"\x00\x01",
    b"\xff\xff",
    b"\xff\x58\x04\x00\x00\x00\x00",
    b"\xff\x00\x02",
    b"\xff\x7f\x81",
)
CHUNKS = (
    b"RIFF",
    b"WAVE",
    b"fmt ",
    b"data",
    b"\x10\x00\x00\x00",
    b"\x01\x00",
    b"\x02\x00",
    b"LIST",
)
CHUNKS += (
    b"\x40\x1f\x00\x00",
    b"\xff\xff\xff\xff",
    b"\x03\x00",
    b"\x20\x00",
    b"\x00" * 16,
    b"fLaC",
)
CHUNKS += (b"FORM", b"AIFF", b"OggS", b".snd", b"\x7f\xc0\x00\x00", b"\x00\x00\xc0\x7f", b"caff")

MUSIC_AND_SOUND = {
    "midi": Reader(read_midi, NOTES, EVENTS, suffix=".mid", allowance=1 << 26),
    "json_music": Reader(
        read_pieces,
        (b'{"train": [[[60, 64], [-1]]], "valid": [[[60]]]}', b"[[[21], []]]"),
        (*ODD, *JSON, b'"train"', b'"test"', b"[[[60]]]", b"108", b"109", b"60.0"),
        suffix=".json",
    ),
    "wav": Reader(
        _samples,
        (_sound("WAV"), _sound("WAV", "FLOAT"), _sound("WAV", "IMA_ADPCM"), _sound("AIFF")),
        CHUNKS,
        suffix=".wav",
        allowance=1 << 26,
    ),
    "other_audio": Reader(
        _samples,
        (_sound("FLAC"), _sound("OGG"), _sound("AU"), _sound("CAF")),
        CHUNKS,
        suffix=".x",
        allowance=1 << 26,
    ),
}

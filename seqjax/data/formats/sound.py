"""Frames of music as sound that can be listened to, with nothing but NumPy."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

from seqjax.basics.whole_file import whole_file
from seqjax.data.formats.music import notes

PARTIALS = (1.0, 0.5, 0.3, 0.15, 0.08)
"""Loudness of the fundamental and of the overtones above it."""
ATTACK, RELEASE, HALF_LIFE = 0.01, 0.06, 1.5
"""Seconds that a note takes to begin and to end, and in which it becomes half as loud."""


def sound(piece: np.ndarray, *, seconds: float = 0.25, rate: int = 22_050) -> np.ndarray:
    """float32 [N] in [-1, 1] of frames [T, 88]: each held key a decaying sum of sines.

        y(t) = Σ_notes envelope(t) Σ_n a_n sin(2π n f t),   f = 440 · 2^((pitch - 69) / 12) Hz

    Overtones that ``rate`` cannot hold are left out; the loudest moment is 0.9.

    Args:
      seconds: of one step.
      rate: samples a second.

    Raises:
      ValueError: for a step of less than a sample.

    >>> from seqjax.data.formats.music import frames
    >>> sound(frames([[69], [69]]), seconds=0.5, rate=8000).shape  # a second, and its release
    (8480,)
    """
    if not seconds * rate >= 1:
        raise ValueError(f"seconds: got {seconds}, want {1 / rate:.2g} or more, one sample")
    signal = np.zeros(round(len(piece) * seconds * rate) + round(RELEASE * rate), np.float64)
    for begin, end, pitch in notes(piece):
        tone = _tone(pitch, (end - begin) * seconds, rate)
        start = round(begin * seconds * rate)
        signal[start : start + len(tone)] += tone[: len(signal) - start]
    loudest = np.abs(signal).max(initial=0)
    return (signal * (0.9 / loudest if loudest else 1)).astype(np.float32)


def _tone(pitch: int, seconds: float, rate: int) -> np.ndarray:
    """One note of that length, and its release after it."""
    time = np.arange(round((seconds + RELEASE) * rate)) / rate
    frequency = 440 * 2 ** ((pitch - 69) / 12)
    tone = np.zeros_like(time)
    for n, loudness in enumerate(PARTIALS, 1):
        if n * frequency < rate / 2:
            tone += loudness * np.sin(2 * np.pi * n * frequency * time)
    ends = np.minimum(1, time / ATTACK) * np.clip((seconds + RELEASE - time) / RELEASE, 0, 1)
    decay: np.ndarray = 0.5 ** (time / HALF_LIFE)
    decayed: np.ndarray = tone * ends * decay
    return decayed


def write_wav(path: str | Path, samples: np.ndarray, *, rate: int = 22_050) -> None:
    """Writes samples, float [N] in [-1, 1], ``rate`` a second, as mono WAV of 16 bits."""
    quantised = np.round(np.clip(samples, -1, 1) * 32767).astype("<i2")
    with whole_file(path) as temporary, wave.open(str(temporary), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(quantised.tobytes())

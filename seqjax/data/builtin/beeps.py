"""Generated sounds: beeps of different pitch and length in noise, as frames of band energies."""

from __future__ import annotations

import numpy as np

PITCHES = "CDEFGAB"
BANDS = 16
DRAWN = {"train": 600, "valid": 100, "test": 100}


def beeps(seed: int = 0) -> dict[str, list[tuple[np.ndarray, list[str]]]]:
    """By part: (frames float32 [t, 16], the pitches heard), two to eight beeps each.

    A beep fills three to eight frames, one to four frames of noise lie between two beeps; equal
    pitches may follow each other. A pitch is a bump over its bands and a weaker one an octave (in
    bands: eight) above it, its loudness drawn.

    >>> frames, pitches = beeps()["test"][0]
    >>> frames.shape[1], pitches
    (16, ['F', 'F', 'A', 'G', 'C'])
    """
    random = np.random.default_rng(seed)
    return {part: [_sequence(random) for _ in range(count)] for part, count in DRAWN.items()}


def _sequence(random: np.random.Generator) -> tuple[np.ndarray, list[str]]:
    pitches = random.integers(len(PITCHES), size=random.integers(2, 9))
    pieces = [_silence(random)]
    for pitch in pitches:
        pieces += [_beep(pitch, random), _silence(random)]
    frames = np.concatenate(pieces)
    noise = 0.35 * random.normal(size=frames.shape)
    return (frames + noise).astype(np.float32), [PITCHES[pitch] for pitch in pitches]


def _silence(random: np.random.Generator) -> np.ndarray:
    return np.zeros((random.integers(1, 5), BANDS))


def _beep(pitch: int, random: np.random.Generator) -> np.ndarray:
    bands, fundamental = np.arange(BANDS), pitch + 0.5
    bump = sum(
        loudness * np.exp(-0.5 * ((bands - peak) / 0.7) ** 2)
        for loudness, peak in ((1.0, fundamental), (0.5, fundamental + 8))
    )
    beep: np.ndarray = random.uniform(0.6, 1.4) * np.ones((random.integers(3, 9), 1)) * bump
    return beep

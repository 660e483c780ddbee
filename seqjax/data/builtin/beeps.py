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
    """
    random = np.random.default_rng(seed)
    return {part: [_sequence(random) for _ in range(count)] for part, count in DRAWN.items()}


def _sequence(random: np.random.Generator) -> tuple[np.ndarray, list[str]]:
    heard = random.integers(len(PITCHES), size=random.integers(2, 9))
    pieces = [_silence(random)]
    for pitch in heard:
        pieces += [_beep(pitch, random), _silence(random)]
    frames = np.concatenate(pieces)
    noise = 0.35 * random.normal(size=frames.shape)
    return (frames + noise).astype(np.float32), [PITCHES[pitch] for pitch in heard]


def _silence(random: np.random.Generator) -> np.ndarray:
    return np.zeros((random.integers(1, 5), BANDS))


def _beep(pitch: int, random: np.random.Generator) -> np.ndarray:
    bands, centre = np.arange(BANDS), pitch + 0.5
    bump = sum(
        loud * np.exp(-0.5 * ((bands - place) / 0.7) ** 2)
        for loud, place in ((1.0, centre), (0.5, centre + 8))
    )
    return random.uniform(0.6, 1.4) * np.ones((random.integers(3, 9), 1)) * bump

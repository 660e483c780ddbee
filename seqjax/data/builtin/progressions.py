"""Generated music: four voices that move through the chords of a key."""

from __future__ import annotations

from itertools import permutations

import numpy as np

from seqjax.data.formats.music import frames

SCALE = (0, 2, 4, 5, 7, 9, 11)
"""Semitones of the major scale above its first note."""
NEXT = {0: (3, 4, 5, 1), 1: (4, 6), 2: (5, 3), 3: (4, 1, 0), 4: (0, 0, 5), 5: (3, 1, 4), 6: (0,)}
"""Degree of a chord -> those that may follow it: I to IV, V, vi or ii, and so on."""
VOICES = (48, 55, 62, 69)
"""Pitches that bass, tenor, alto and soprano stay near."""
DRAWN = {"train": 160, "valid": 40, "test": 40}


def progressions(seed: int = 0) -> dict[str, list[np.ndarray]]:
    """Pieces of 24 to 48 steps by part, bool [T, 88] each, in all twelve keys.

    A chord is held for one, two or four steps. The bass has its root; the other voices share its
    three notes so that they move as little as they can.

    >>> progressions()["test"][0].shape
    (36, 88)
    """
    random = np.random.default_rng(seed)
    return {part: [_piece(random) for _ in range(count)] for part, count in DRAWN.items()}


def _piece(random: np.random.Generator) -> np.ndarray:
    key, steps = int(random.integers(12)), int(random.integers(6, 13)) * 4
    voices: tuple[int, ...] = VOICES
    chords: list[tuple[int, ...]] = []
    degree = 0
    while len(chords) < steps:
        chord = [(key + SCALE[(degree + third) % 7]) % 12 for third in (0, 2, 4)]
        voices = _voices(chord, voices)
        chords += [voices] * int(random.choice([1, 2, 2, 4]))
        degree = int(random.choice(NEXT[degree]))
    return frames(chords[:steps])


def _voices(chord: list[int], before: tuple[int, ...]) -> tuple[int, ...]:
    """The notes of a chord (the root again in the bass) with the least movement of the others."""
    choices = [
        tuple(map(_nearest, (chord[0], *upper), before, VOICES)) for upper in permutations(chord)
    ]
    return min(choices, key=lambda c: sum(abs(a - b) for a, b in zip(c, before, strict=True)))


def _nearest(name: int, last: int, middle: int) -> int:
    """The pitch of that name which is nearest to the last one and not far from the middle."""
    pitch = last + (name - last + 6) % 12 - 6
    return pitch + 12 * (pitch < middle - 9) - 12 * (pitch > middle + 9)

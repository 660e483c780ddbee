"""A pure tone, as samples."""

from __future__ import annotations

import numpy as np

RATE = 8000


def tone(frequency=440.0, seconds=0.3, rate=RATE):
    time = np.arange(round(seconds * rate)) / rate
    return (0.5 * np.sin(2 * np.pi * frequency * time)).astype(np.float32)

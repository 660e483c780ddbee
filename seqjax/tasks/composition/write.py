"""Composed music as files: MIDI, sound to listen to, or JSON."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from seqjax.basics import checks
from seqjax.data.formats.midi import write_midi
from seqjax.data.formats.music import write_pieces
from seqjax.data.formats.sound import sound, write_wav
from seqjax.tasks.composition.config import MUSIC
from seqjax.tasks.loaded import Loaded

if TYPE_CHECKING:
    from seqjax.tasks.composition.predict import ComposedPiece


def write(loaded: Loaded, piece: ComposedPiece, path: str | Path, *, tempo: float = 90.0) -> None:
    """Writes a piece: .mid, .wav or .json, by the name of the file.

        run.write(run.predict([(60, 64, 67)])[0], "piece.wav")

    Args:
      tempo: quarter notes a minute; JSON has none.

    Raises:
      ValueError: for another name, a tempo that is not above 0, or a run that makes texts.
      ImportError: for MIDI without mido.
    """
    writer(loaded, path, tempo=tempo)(piece.frames)


def writer(loaded: Loaded, path: str | Path, *, tempo: float) -> Callable[[np.ndarray], None]:
    """What writes frames bool [T, 88] to a file, by its name; made before there is music.

    Raises:
      ValueError: as ``write`` does.
    """
    if loaded.record["config"]["task"] != MUSIC:
        raise ValueError(f"out: got {str(path)!r}, but this run makes texts")
    if not 0 < tempo < float("inf"):
        raise ValueError(f"tempo: got {tempo}, want a number above 0")
    per_quarter = loaded.record["config"]["per_quarter"]
    seconds = 60 / (tempo * per_quarter)
    writers: dict[str, Callable[[np.ndarray], None]] = {
        ".mid": lambda frames: write_midi(path, frames, per_quarter=per_quarter, tempo=tempo),
        ".wav": lambda frames: write_wav(path, sound(frames, seconds=seconds)),
        ".json": lambda frames: write_pieces(path, [frames]),
    }
    return checks.lookup("out", writers, Path(path).suffix)

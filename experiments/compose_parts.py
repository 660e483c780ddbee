"""Which pieces of music, or texts, are for training, for validation and for the test."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from seqjax.data.builtin.catalogue import DATASETS, dataset
from seqjax.data.formats.midi import read_midi
from seqjax.data.formats.music import WHOLE, read_pieces
from seqjax.data.formats.passages import FILES, Columns, Passage, passages
from seqjax.data.partition import partition
from seqjax.data.text import NAMES

PARTS = ("train", "valid", "test")
MIDI = {".mid", ".midi"}
LINES = Columns("2", "1", header=False)
"""A label, a tab and a text."""


def music_parts(
    data: str, per_quarter: int, shares: Mapping[str, float]
) -> dict[str, list[np.ndarray]]:
    """The pieces of a data set by name, a JSON file or a folder of MIDI files, by part.

    What has no parts, in the file or as folders, is cut at random by ``shares``.

    Raises:
      ValueError: for what cannot be read, or a part without pieces.
    """
    path = Path(data)
    if data in DATASETS or not path.exists():
        return dataset("compose music", data).load()
    if path.suffix.lower() in MIDI:
        raise ValueError(f"data: got one piece, {path}, want a folder of MIDI files")
    found = _folders(path, per_quarter) if path.is_dir() else read_pieces(path)
    return _parts(found, shares, keys=range(len(found.get(WHOLE, ()))))


def text_parts(data: str, shares: Mapping[str, float]) -> dict[str, list[Passage]]:
    """The texts of a data set by name, a file of label, tab, text, or a file for each label.

    Cut at random by ``shares``; equal texts of one label are in one part.

    Raises:
      ValueError: for what cannot be read, or a part without texts.
    """
    path = Path(data)
    if data in DATASETS or not path.exists():
        return dataset("compose text", data).load()
    rows = passages(path, LINES, layout=FILES if path.is_dir() else "tsv")
    return _parts({WHOLE: rows}, shares, keys=[passage[:2] for passage in rows])


def _folders(path: Path, per_quarter: int) -> dict[str, list[np.ndarray]]:
    """MIDI files by part where there is a folder for each, or all under ``WHOLE``."""
    inside = {part: [path / word for word in sorted(words)] for part, words in NAMES.items()}
    folders = {part: [f for f in found if f.is_dir()] for part, found in inside.items()}
    if folders["train"]:
        return {part: _midi(found[0], per_quarter) for part, found in folders.items() if found}
    return {WHOLE: _midi(path, per_quarter)}


def _midi(folder: Path, per_quarter: int) -> list[np.ndarray]:
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in MIDI)
    if not files:
        raise ValueError(f"data: got no MIDI files (.mid) in {folder}, want one or more")
    return [read_midi(file, per_quarter=per_quarter) for file in files]


def _parts(
    found: dict[str, list[Any]], shares: Mapping[str, float], keys: Any
) -> dict[str, list[Any]]:
    if WHOLE in found:
        cut = partition(keys, shares, rest="train", seed=0)
        found = {part: [found[WHOLE][n] for n in places] for part, places in cut.items()}
    for part in ("train", "valid"):
        if part not in found:
            raise ValueError(f"{part}: got no pieces for it, want some: it decides what is kept")
    return {part: found[part] for part in PARTS if part in found}

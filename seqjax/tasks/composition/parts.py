"""Which pieces of music, or texts, are for training, for validation and for the test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from seqjax.data.builtin.catalogue import dataset
from seqjax.data.formats.midi import read_midi
from seqjax.data.formats.music import WHOLE, read_pieces
from seqjax.data.formats.passages import FILES, Columns, Passage, passages
from seqjax.data.text import NAMES
from seqjax.tasks.composition.config import SETS, CompositionData, builtin, source
from seqjax.tasks.part_files import cut_parts
from seqjax.tasks.settings import unused

MIDI = {".mid", ".midi"}
LINES = Columns("2", "1", header=False)
"""A label, a tab and a text."""
SEED = 0
"""Of the cut: the parts of a file do not depend on the seed of the run."""


def music_parts(config: CompositionData) -> dict[str, list[np.ndarray]]:
    """The pieces of a data set by name, a JSON file or a folder of MIDI files, by part.

    What has no parts, in the file or as folders, is cut at random by the shares.

    Raises:
      ValueError: for what cannot be read, or a part without pieces.
    """
    if builtin(config):
        return dataset(SETS[config.task], source(config)).load()
    path = Path(source(config))
    if path.suffix.lower() in MIDI:
        raise ValueError(f"data: got one piece, {path}, want a folder of MIDI files")
    pieces = read_music(path, config.per_quarter)
    return _parts(pieces, config, keys=range(len(pieces.get(WHOLE, ()))))


def text_parts(config: CompositionData) -> dict[str, list[Passage]]:
    """The texts of a data set by name, a file of label, tab, text, or a file for each label.

    Cut at random by the shares; equal texts of one label are in one part.

    Raises:
      ValueError: for what cannot be read, or a part without texts.
    """
    if builtin(config):
        return dataset(SETS[config.task], source(config)).load()
    texts = read_texts(Path(source(config)), config.encoding)
    return _parts({WHOLE: texts}, config, keys=[passage[:2] for passage in texts])


def read_music(path: Path, per_quarter: int) -> dict[str, list[np.ndarray]]:
    """Pieces of a JSON file, a MIDI file or a folder of them, by part, or all under ``WHOLE``.

    Args:
      per_quarter: steps of a quarter note, in which MIDI is read.

    Raises:
      ValueError: for what cannot be read, or a folder without MIDI files.
    """
    if path.suffix.lower() in MIDI:
        return {WHOLE: [read_midi(path, per_quarter=per_quarter)]}
    return _folders(path, per_quarter) if path.is_dir() else read_pieces(path)


def read_texts(path: Path, encoding: str) -> list[Passage]:
    """Texts with their labels: of a file of label, tab, text, or a folder with a file a label.

    Raises:
      ValueError: for what cannot be read; it names file and line.
    """
    return passages(path, LINES, layout=FILES if path.is_dir() else "tsv", encoding=encoding)


def _folders(path: Path, per_quarter: int) -> dict[str, list[np.ndarray]]:
    """MIDI files by part where there is a folder for each, or all under ``WHOLE``."""
    candidates = {part: [path / word for word in sorted(words)] for part, words in NAMES.items()}
    folders = {part: [p for p in paths if p.is_dir()] for part, paths in candidates.items()}
    if folders["train"]:
        return {part: _midi(paths[0], per_quarter) for part, paths in folders.items() if paths}
    return {WHOLE: _midi(path, per_quarter)}


def _midi(folder: Path, per_quarter: int) -> list[np.ndarray]:
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in MIDI)
    if not files:
        raise ValueError(f"data: got no MIDI files (.mid) in {folder}, want one or more")
    return [read_midi(file, per_quarter=per_quarter) for file in files]


def _parts(
    parts: Mapping[str, list[Any]], config: CompositionData, keys: Sequence[Any]
) -> dict[str, list[Any]]:
    if WHOLE in parts:
        shares = {"test": config.test, "valid": config.valid}
        return cut_parts({"train": parts[WHOLE]}, shares, keys=keys, seed=SEED, what="pieces")
    unused(config, "valid", "test", why=f"with data={source(config)}, which has parts")
    if "train" not in parts:
        raise ValueError("train: got no pieces for it, want some")
    return cut_parts(parts, {}, seed=SEED, what="pieces")

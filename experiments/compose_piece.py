"""Composes with a trained model: python -m experiments.compose_piece --run=FOLDER --out=piece.wav.

Music goes to a file, MIDI (.mid), sound (.wav) or JSON (.json), from a first note or chord
(--first=60,64,67, MIDI pitches) or from nothing. Texts are printed, label and text, for one --label
or for all of them.
"""

from __future__ import annotations

import dataclasses

from experiments import flags, launch
from seqjax import runs
from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.basics.whole_file import check_place
from seqjax.tasks import Loaded
from seqjax.tasks.composition import CompositionOptions
from seqjax.tasks.composition.write import writer


@dataclasses.dataclass(frozen=True)
class PieceConfig:
    """What to compose, and where it goes."""

    run: str = option("runs/compose", "folder of a trained composer")
    out: str = option("piece.wav", "music: the file, .mid, .wav or .json")
    first: tuple[int, ...] = option((), "music: pitches of the first chord; nothing: any")
    tempo: float = option(90.0, "music: quarter notes a minute")
    label: str = option("", "text: what to write; nothing: every label")
    count: int = option(5, "text: lines for each label")
    checkpoint: str = option("best", "best (by validation loss) or newest")


def composed_texts(loaded: Loaded, config: PieceConfig, options: CompositionOptions) -> str:
    """A line for each text: label, tab, text."""
    checks.positive("count", config.count)
    labels = [config.label] if config.label else loaded.vocabularies["labels"].tokens
    rows = [label for label in labels for _ in range(config.count)]
    texts = loaded.task.predict(loaded, rows, options)
    return "\n".join(loaded.task.show(text, options) for text in texts)


def check(loaded: Loaded, config: PieceConfig) -> None:
    """Raises a ValueError for options that this run does not use."""
    texts = bool(loaded.vocabularies)
    for name in ("out", "first", "tempo") if texts else ("label", "count"):
        if (value := getattr(config, name)) != getattr(PieceConfig(), name):
            kind = "text" if texts else "music"
            raise ValueError(f"{name}: got {value!r}, but the run in {config.run} makes {kind}")


def main() -> None:
    """Writes the file, or prints the texts."""
    with launch.mistakes():
        config, options = flags.parse(PieceConfig), flags.parse(CompositionOptions)
        checks.lookup("checkpoint", {"best": 0, "newest": 0}, config.checkpoint)
        loaded = runs.load(config.run, config.checkpoint, task="composition")
        check(loaded, config)
        if loaded.vocabularies:
            print(composed_texts(loaded, config, options))
            return
        check_place("out", config.out)
        write = writer(loaded, config.out, tempo=config.tempo)
        (piece,) = loaded.task.predict(loaded, [config.first], options)
        write(piece.frames)
    most = max(map(len, piece.pitches))
    print(f"{config.out}: {len(piece.pitches)} steps, {most} keys at once at most")


if __name__ == "__main__":
    flags.define(PieceConfig, CompositionOptions)
    launch.run(main)

"""Composes with a trained model: python -m experiments.compose_piece --run=FOLDER --out=piece.wav.

Music goes to a file, MIDI (.mid), sound (.wav) or JSON (.json), from a first note or chord
(--first=60,64,67, MIDI pitches) or from nothing. Texts are printed, label and text, for one --label
or for all of them.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

from experiments import flags, launch
from seqjax import decoding, runs
from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.data import UNK
from seqjax.data.formats.midi import write_midi
from seqjax.data.formats.music import KEYS, frames, write_pieces
from seqjax.data.formats.sound import sound, write_wav
from seqjax.decoding.frames import sample_frames


@dataclasses.dataclass(frozen=True)
class PieceConfig:
    """What to compose."""

    run: str = option("runs/compose", "folder of a trained composer")
    out: str = option("piece.wav", "music: the file, .mid, .wav or .json")
    first: tuple[int, ...] = option((), "music: pitches of the first chord; nothing: any")
    tempo: float = option(90.0, "music: quarter notes a minute")
    label: str = option("", "text: what to write; nothing: every label")
    count: int = option(5, "text: lines for each label")
    steps: int = option(64, "steps of music; most tokens of a text")
    temperature: float = option(1.0, "below 1 safer, above 1 wilder, 0 the likeliest always")
    seed: int = option(0, "the same seed composes the same")
    checkpoint: str = option("best", "best (by validation loss) or newest")


def piece(loaded: runs.Loaded, config: PieceConfig) -> np.ndarray:
    """bool [steps, 88]: music whose first frame is ``config.first``, if that is given.

    Raises:
      ValueError: for options out of range.
    """
    given = frames([config.first], "first") if config.first else np.zeros((0, KEYS), bool)
    if config.steps <= len(given):
        raise ValueError(f"steps: got {config.steps}, want more than {len(given)}, the first chord")
    draw = functools.partial(
        sample_frames,
        functools.partial(loaded.model.step, loaded.params),
        steps=config.steps - len(given),
        temperature=config.temperature,
    )
    carry = loaded.model.start(loaded.params, 1)
    drawn = jax.jit(draw)(carry, given[:, None], key=jax.random.key(config.seed))
    return np.asarray(drawn)[:, 0]


def lines(loaded: runs.Loaded, config: PieceConfig) -> list[str]:
    """Label, tab and text of each line.

    Raises:
      ValueError: for an unknown label or options out of range.
    """
    labels, words = loaded.vocabularies["labels"], loaded.vocabulary
    if config.label:
        checks.lookup("label", dict.fromkeys(labels.tokens), config.label)
    named = [each for each in labels.tokens if config.label in ("", each)]
    rows = [name for name in named for _ in range(config.count)]
    ids = jnp.asarray(labels.encode(rows))
    draw = functools.partial(
        decoding.sample,
        functools.partial(loaded.model.step, loaded.params),
        steps=config.steps,
        choose=functools.partial(
            decoding.choose, temperature=config.temperature, forbid=words.encode([UNK]).tolist()
        ),
        eos=words.eos,
    )
    carry = loaded.model.start(loaded.params, len(rows), ids)
    nothing = jnp.full(len(rows), -1, jnp.int32)
    drawn = jax.jit(draw)(carry, nothing, key=jax.random.key(config.seed))
    texts = []
    for name, row, length in zip(rows, drawn.tokens.T, drawn.lengths, strict=True):
        kept = [id for id in np.asarray(row)[: int(length)] if id != words.eos]
        texts.append(f"{name}\t{loaded.tokenizer.join(words.decode(kept))}")
    return texts


def check(loaded: runs.Loaded, config: PieceConfig) -> None:
    """Raises a ValueError for options out of range, or that this run does not use."""
    for name in ("steps", "count"):
        checks.positive(name, getattr(config, name))
    flags.seed(config.seed)
    music = not loaded.vocabularies
    for name in ("label", "count") if music else ("out", "first", "tempo"):
        if (value := getattr(config, name)) != getattr(PieceConfig(), name):
            kind = "music" if music else "text"
            raise ValueError(f"{name}: got {value!r}, but the run in {config.run} makes {kind}")
    if music and not 0 < config.tempo < float("inf"):
        raise ValueError(f"tempo: got {config.tempo}, want a number above 0")


def writer(loaded: runs.Loaded, config: PieceConfig) -> Callable[[np.ndarray], None]:
    """What writes the file, by its name."""
    steps = loaded.record["config"]["per_quarter"]
    seconds = 60 / (config.tempo * steps)
    writers: dict[str, Callable[[np.ndarray], None]] = {
        ".mid": lambda made: write_midi(config.out, made, per_quarter=steps, tempo=config.tempo),
        ".wav": lambda made: write_wav(config.out, sound(made, seconds=seconds)),
        ".json": lambda made: write_pieces(config.out, [made]),
    }
    return checks.lookup("out", writers, Path(config.out).suffix)


def main() -> None:
    """Writes the file, or prints the texts."""
    with launch.mistakes():
        config = flags.parse(PieceConfig)
        checks.lookup("checkpoint", {"best": 0, "newest": 0}, config.checkpoint)
        loaded = runs.load(config.run, config.checkpoint, kind="composer")
        check(loaded, config)
        if loaded.vocabularies:
            print("\n".join(lines(loaded, config)))
            return
        write = writer(loaded, config)
        made = piece(loaded, config)
        write(made)
    print(f"{config.out}: {len(made)} steps, {int(made.sum(1).max())} keys at once at most")


if __name__ == "__main__":
    flags.define(PieceConfig)
    launch.run(main)

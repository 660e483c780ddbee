"""Music and texts by a trained composer: from a first chord, or for a label."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.data import EOS, UNK
from seqjax.data.formats.music import KEYS, SILENCE, frames, pitches
from seqjax.tasks.composition.config import MUSIC
from seqjax.tasks.composition.draws import batches, draw_frames, draw_tokens, keys_of
from seqjax.tasks.finite import check_parameters
from seqjax.tasks.loaded import Loaded
from seqjax.tasks.text_input import encoding_of, lines_of


@dataclasses.dataclass(frozen=True)
class CompositionOptions:
    """Composition: how long and how wild it is."""

    steps: int = option(64, "steps of music; most tokens of a text")
    temperature: float = option(1.0, "below 1 safer, above 1 wilder, 0 the likeliest always")
    seed: int = option(0, "the same seed composes the same")
    batch: int = option(32, "pieces, or texts, that are composed at once")


class ComposedPiece(NamedTuple):
    """Music."""

    first: list[int]
    """MIDI pitches of the chord that it had to begin with; nothing: any"""
    pitches: list[list[int]]
    """of each step"""

    @property
    def frames(self) -> np.ndarray:
        """bool [T, 88]: the keys of a piano that sound at each step."""
        return frames(self.pitches)


class ComposedText(NamedTuple):
    """A text."""

    label: str
    """what it was to be"""
    text: str


def predict(
    loaded: Loaded, inputs: Sequence[Any], options: CompositionOptions
) -> list[ComposedPiece] | list[ComposedText]:
    """A piece of music, or a text, for each input, drawn at random.

    What is composed for an input depends on it and the seed, and not on other inputs; one that is
    given several times is answered in several ways.

    Args:
      inputs: of music the first chords, MIDI pitches as in (60, 64, 67) or "60,64,67", or nothing,
        as in () or ""; of texts labels.

    Raises:
      ValueError: for no inputs, a label that training did not have, a pitch that no piano has,
        options out of range, or parameters that are not finite.
    """
    for name in ("steps", "batch"):
        checks.positive(name, getattr(options, name))
    checks.seed(options.seed)
    if not 0 <= options.temperature < math.inf:
        raise ValueError(
            f"temperature: got {options.temperature}, want a finite number of 0 or more"
        )
    if not len(inputs):
        raise ValueError("inputs: got none, want one or more")
    check_parameters(loaded.params, "params")  # a piece would not show it: NaN sounds no key
    if loaded.record["config"]["task"] == MUSIC:
        return _music(loaded, [_chord(each) for each in inputs], options)
    return _texts(loaded, inputs, options)


def _chord(value: Any) -> tuple[int, ...]:
    """The pitches of a first chord; nothing for none."""
    try:
        if isinstance(value, str):
            return tuple(int(pitch) for pitch in value.split(",") if value.strip())
        return tuple(value)
    except (ValueError, TypeError):
        raise ValueError(f"first: got {value!r}, want pitches, as in 60,64,67") from None


def _music(
    loaded: Loaded, chords: Sequence[tuple[int, ...]], options: CompositionOptions
) -> list[ComposedPiece]:
    prompts = [frames([chord], "first") if chord else np.zeros((0, KEYS), bool) for chord in chords]
    keys = keys_of(options.seed, [str(pitches(p)) for p in prompts])
    pieces = [ComposedPiece([], [])] * len(chords)
    for length in {len(prompt) for prompt in prompts}:
        if options.steps <= length:
            raise ValueError(
                f"steps: got {options.steps}, want more than {length}, the first chord"
            )
        same_length = np.array([n for n, prompt in enumerate(prompts) if len(prompt) == length])
        draw = draw_frames(loaded.model, options.steps - length)
        for rows, real in batches(len(same_length), options.batch):
            indices = same_length[rows]
            batch = np.stack([prompts[n] for n in indices])
            drawn = np.asarray(draw(loaded.params, batch, keys[indices], options.temperature))
            for n, piece in zip(indices[:real], drawn, strict=False):
                pieces[n] = ComposedPiece(list(chords[n]), pitches(piece))
    return pieces


def _texts(loaded: Loaded, names: Sequence[str], options: CompositionOptions) -> list[ComposedText]:
    labels, words = loaded.vocabularies["labels"], loaded.vocabularies["words"]
    for name in names:
        checks.lookup("label", dict.fromkeys(labels.tokens), name)
    ids, keys, texts = labels.encode(list(names)), keys_of(options.seed, names), []
    forbid = tuple(words.encode([UNK]).tolist())
    draw = draw_tokens(loaded.model, options.steps, int(words.encode([EOS])[0]), forbid)
    for rows, real in batches(len(names), options.batch):
        drawn = draw(loaded.params, ids[rows], keys[rows], options.temperature)
        tokens, lengths = map(np.asarray, drawn)
        for n, row, length in list(zip(rows, tokens, lengths, strict=True))[:real]:
            content = [id for id in row[:length] if id != words.eos]
            texts.append(ComposedText(names[n], loaded.tokenizer.join(words.decode(content))))
    return texts


def inputs(
    loaded: Loaded, texts: Sequence[str], files: Sequence[str], options: CompositionOptions
) -> list[str]:
    """Labels or first chords, one a line.

    Raises:
      ValueError: for no lines, or an empty one.
    """
    return lines_of(texts, files, encoding=encoding_of(loaded.record))


def show(composed: ComposedPiece | ComposedText, options: CompositionOptions) -> str:
    """Label, tab and text; or the pitches of each step with commas between them, -1 for silence."""
    if isinstance(composed, ComposedText):
        return f"{composed.label}\t{composed.text}"
    return " ".join(",".join(map(str, step or [SILENCE])) for step in composed.pitches)

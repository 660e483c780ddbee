"""What is said in new recordings, by a trained transcriber."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, NamedTuple

from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.data.buckets import buckets
from seqjax.tasks.loaded import Loaded
from seqjax.tasks.text_input import no_texts
from seqjax.tasks.transcription.decode import Guess, guesses
from seqjax.tasks.transcription.inputs import read_inputs

SHAPES = 8
"""Lengths that many recordings are padded to."""


@dataclasses.dataclass(frozen=True)
class TranscriptionOptions:
    """Transcription: how labels are searched for, and how many guesses are made."""

    beam: int = option(0, "output=ctc: prefixes that are kept while searching; 0: greedy")
    count: int = option(1, "guesses at each recording")
    batch: int = option(16, "recordings at once")


class Transcribed(NamedTuple):
    """What was heard in a recording: the likeliest guess, and others beside it."""

    name: str
    """of its file, or what the array was given with"""
    labels: list[str]
    text: str
    log_probability: float
    guesses: list[Guess]
    """the likeliest first, which is this one; ``options.count`` at most"""


def predict(loaded: Loaded, recordings: Any, options: TranscriptionOptions) -> list[Transcribed]:
    """What is said in each recording.

        run.predict(["new.wav"], beam=16)[0].text

    Args:
      recordings: paths of files, of archives of arrays, and of folders, which stand for the files
        in them; arrays of features [t, d]; or pairs of a name and such an array.

    Raises:
      ValueError: for no recordings, one that cannot be read or is of another kind or width than in
        training, and options out of range; it names the option or the recording.
    """
    _check(loaded, options)
    signals = read_inputs(loaded, recordings)
    examples = [{"features": frames} for _, frames in signals]
    rows = min(options.batch, len(examples))
    # To compile takes longer than to walk over some padding.
    shapes = 1 if len(examples) <= options.batch else SHAPES
    source = buckets(examples, rows, sides={"": ["features"]}, shapes=shapes)
    heard = guesses(loaded, source, beam=options.beam, count=options.count)
    return [
        Transcribed(name, *each[0], each) for (name, _), each in zip(signals, heard, strict=True)
    ]


def _check(loaded: Loaded, options: TranscriptionOptions) -> None:
    checks.positive("count", options.count)
    checks.positive("batch", options.batch)
    checks.natural("beam", options.beam)
    one_label = loaded.record["config"]["output"] == "label"
    if one_label and options.beam:
        raise ValueError(f"beam: got {options.beam}, but this run has one label for the whole")
    most = len(loaded.vocabularies["labels"]) if one_label else max(options.beam, 1)
    if options.count > most:
        raise ValueError(
            f"count: got {options.count}, want at most {most}, the labels or the --beam"
        )


def inputs(
    loaded: Loaded, texts: Sequence[str], files: Sequence[str], options: TranscriptionOptions
) -> Sequence[str]:
    """The files and folders.

    Raises:
      ValueError: for texts, or no files.
    """
    return no_texts(texts, files)


def show(transcribed: Transcribed, options: TranscriptionOptions) -> str:
    """A line for each guess: name, what was heard, log probability, with tabs between them."""
    return "\n".join(
        f"{transcribed.name}\t{guess.text}\t{guess.log_probability:.3f}"
        for guess in transcribed.guesses
    )

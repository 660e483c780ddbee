"""Tasks on what people made: characters of a text, digits as rows and as permuted pixels."""

from __future__ import annotations

from pathlib import Path

from experiments.claims.cells.character_task import windows
from experiments.quality_trials.task import (
    Rows,
    Task,
    accuracy,
    at_the_end,
    bits_each,
    everywhere,
    nats,
)
from seqjax.data import Vocabulary, text
from seqjax.data.builtin.digits import digits
from seqjax.data.builtin.documentation import documentation

CONTEXT = 48
HELD_OUT = 24_000
"""Characters of the validation part, and as many of the test."""


def characters_task(file: str = "") -> Task:
    """The next character in windows of 48, each from an empty state.

    Args:
      file: a text, plain or gzip; its last characters are the test, those before the validation.
        None: Python's own documentation.
    """
    content = text.read(file) if file else documentation()[:400_000]
    vocabulary = Vocabulary.build(content)
    ids = vocabulary.encode(list(content))
    name = Path(file).parent.name or Path(file).name if file else "Python's documentation"

    def rows(first: int, last: int) -> Rows:
        found = windows(ids[first:last], CONTEXT)
        return everywhere(found[:, :-1], found[:, 1:])

    end = len(ids)
    return Task(
        name="characters", about=f"next character of {name}, windows of {CONTEXT}",
        figure="bits per character", lower=True, solved=None, chance=None,
        outputs=len(vocabulary), train=rows(0, end - 2 * HELD_OUT),
        valid=rows(end - 2 * HELD_OUT, end - HELD_OUT), tests={"test": rows(end - HELD_OUT, end)},
        loss=nats, measure=bits_each, updates=1000,
        vocabulary=len(vocabulary),
    )  # fmt: skip


def digit_rows_task() -> Task:
    """Digits, a row of eight pixels a step, rows in one permuted order."""
    return _digits("digits by rows", "8 rows of 8 pixels, permuted", pixels=False, updates=600)


def digit_pixels_task() -> Task:
    """Digits, a pixel a step in one permuted order."""
    return _digits("digits by pixels", "64 pixels, permuted", pixels=True, updates=1000)


def _digits(name: str, about: str, *, pixels: bool, updates: int) -> Task:
    parts = {
        part: at_the_end(*found) for part, found in digits(pixels=pixels, permuted=True).items()
    }
    return Task(
        name=name, about=f"handwritten digits: {about}", figure="accuracy", lower=False,
        solved=None, chance=0.1, outputs=10, train=parts["train"], valid=parts["valid"],
        tests={"test": parts["test"]}, loss=nats, measure=accuracy, updates=updates,
    )  # fmt: skip

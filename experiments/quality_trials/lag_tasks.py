"""Tasks of long lags: of the original paper on LSTM, and selective copying."""

from __future__ import annotations

import numpy as np

from experiments.quality_trials.task import (
    Rows,
    Task,
    accuracy,
    at_the_end,
    nats,
    rows_legal,
    squared,
)
from seqjax.data.builtin.adding import VARIANCE, Adding
from seqjax.data.builtin.long_lags import two_sequences, two_strings
from seqjax.data.builtin.reber import SYMBOLS, embedded_reber
from seqjax.data.builtin.selective_copying import FIRST, selective_copying

ADDING_STEPS, LONG_ADDING_STEPS, LAG, NOISY_STEPS = 50, 1000, 50, 60
BLANKS, SYMBOLS_COPIED, ALPHABET = 32, 4, 4


def adding_task(steps: int = ADDING_STEPS, name: str = "adding") -> Task:
    """The adding problem (experiment 4)."""

    def rows(count: int, seed: int) -> Rows:
        item = Adding(steps=steps, batch=count, seed=seed)[0]
        return at_the_end(item["inputs"].swapaxes(0, 1), item["targets"][:, 0])

    return Task(
        name=name, about=f"sum of two marked numbers of {steps:,}",
        figure="squared error, guessing = 1", lower=True, solved=0.05, chance=1.0, outputs=1,
        train=rows(8192, 0), valid=rows(256, 1), tests={str(steps): rows(512, 2)},
        loss=squared, measure=lambda ys, rows: squared(ys, rows) / VARIANCE, updates=1200,
    )  # fmt: skip


def long_adding_task() -> Task:
    """The adding problem over 1,000 steps."""
    return adding_task(LONG_ADDING_STEPS, "long adding")


def selective_copying_task() -> Task:
    """Symbols among blanks, to be said in order."""

    def rows(count: int, seed: int) -> Rows:
        made = selective_copying(
            count, BLANKS, symbols=SYMBOLS_COPIED, alphabet=ALPHABET, seed=seed
        )
        targets = np.zeros_like(made.inputs)
        targets[:, BLANKS:] = made.targets
        scored = np.zeros(targets.shape, np.float32)
        scored[:, BLANKS:] = 1
        return Rows(made.inputs, targets, scored)

    return Task(
        name="selective copying",
        about=f"{SYMBOLS_COPIED} symbols of {ALPHABET} anywhere among {BLANKS} steps, in order",
        figure="accuracy of symbols", lower=False, solved=0.99, chance=1 / ALPHABET,
        outputs=ALPHABET, vocabulary=FIRST + ALPHABET, train=rows(16384, 0), valid=rows(256, 1),
        tests={str(BLANKS): rows(512, 2)}, loss=nats, measure=accuracy, updates=1000,
    )  # fmt: skip


def reber_task() -> Task:
    """The embedded Reber grammar (experiment 1), with more strings than its 256."""

    def rows(count: int, seed: int) -> Rows:
        made = embedded_reber(count, 30, seed=seed)
        scored = np.arange(1, 30) < made.lengths[:, None]
        return Rows(
            made.strings[:, :-1], made.strings[:, 1:], scored.astype(np.float32), made.legal
        )

    return Task(
        name="reber", about="embedded Reber grammar, strings of 30 at most",
        figure="strings with a possible symbol at each step", lower=False, solved=0.99,
        chance=0.5, outputs=len(SYMBOLS), train=rows(4096, 0), valid=rows(256, 1),
        tests={"strings": rows(512, 2)}, loss=nats, measure=rows_legal, updates=600,
        vocabulary=len(SYMBOLS),
    )  # fmt: skip


def two_strings_task() -> Task:
    """Two strings that differ at both ends (experiment 2a)."""
    strings = np.tile(two_strings(LAG), (8, 1))
    inputs, targets = strings[:, :-1], strings[:, 1:]
    every = Rows(inputs, targets, np.ones(targets.shape, np.float32))
    last = at_the_end(inputs, targets[:, -1])
    return Task(
        name="two strings", about=f"the last of {LAG + 1} symbols repeats the first",
        figure="accuracy of the last symbol", lower=False, solved=1.0, chance=0.5,
        outputs=LAG + 1, train=every, valid=last, tests={str(LAG): last},
        loss=nats, measure=accuracy, updates=600, vocabulary=LAG + 1,
    )  # fmt: skip


def two_sequences_task() -> Task:
    """The sign of the first three numbers, which noise follows (experiment 3b)."""

    def rows(count: int, seed: int) -> Rows:
        made = two_sequences(count, NOISY_STEPS, noise=0.2**0.5, seed=seed)
        return at_the_end(made.inputs, made.targets, made.lengths)

    return Task(
        name="two sequences", about=f"class by 3 noisy numbers, then noise for {NOISY_STEPS} steps",
        figure="accuracy of classes", lower=False, solved=0.99, chance=0.5, outputs=2,
        train=rows(8192, 0), valid=rows(256, 1), tests={str(NOISY_STEPS): rows(1024, 2)},
        loss=nats, measure=accuracy, updates=600,
    )  # fmt: skip

"""Tasks of state that is tracked: trained on short rows, tested on longer ones too."""

from __future__ import annotations

from collections.abc import Callable

from experiments.quality_trials.task import Rows, Task, accuracy, everywhere, nats
from seqjax.data.builtin.parity import parity, permutation_products

TRAINED = 16
"""Steps of the rows that are trained on."""
LONGER = (32, 128)
ROWS, HELD_OUT = 8192, 256


def parity_task() -> Task:
    """Parity of all bits so far."""

    def rows(count: int, steps: int, seed: int) -> Rows:
        return everywhere(*parity(count, steps, seed=seed))

    return _task("parity", "parity of the bits so far", 2, rows, 800)


def permutations_task() -> Task:
    """The product of all permutations of three elements so far."""

    def rows(count: int, steps: int, seed: int) -> Rows:
        return everywhere(*permutation_products(count, steps, seed=seed))

    return _task("permutations", "product of permutations of 3 so far", 6, rows, 1200)


def _task(
    name: str, about: str, classes: int, rows: Callable[[int, int, int], Rows], updates: int
) -> Task:
    return Task(
        name=name,
        about=f"{about}, rows of {TRAINED}",
        figure="accuracy of all steps",
        lower=False,
        solved=0.99,
        chance=1 / classes,
        outputs=classes,
        train=rows(ROWS, TRAINED, 0),
        valid=rows(HELD_OUT, TRAINED, 1),
        tests={str(steps): rows(HELD_OUT, steps, 2) for steps in (TRAINED, *LONGER)},
        loss=nats,
        measure=accuracy,
        updates=updates,
        vocabulary=classes,
    )

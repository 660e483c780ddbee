"""What is done where a loss or a gradient is no number."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax
import numpy as np

from seqjax.basics import checks
from seqjax.basics.whole_file import whole_file
from seqjax.training.adaptation import Adaptation

RULES = ("stop", "skip", "back")
MOST_BATCHES = 100
"""So many offending batches are kept at most."""


class NonFinite(ArithmeticError):
    """A loss or a gradient that became NaN or infinite."""


@dataclasses.dataclass(frozen=True)
class NonFiniteRule:
    """What happens at a step whose loss or gradient is not finite.

    stop   training ends with ``NonFinite``; the checkpoint before stands
    skip   the step changes nothing; after more than ``limit`` of them in a row training ends
    back   training goes on from the newest checkpoint at ``decay`` times the rate it had; the next
           time after the ``limit``-th training ends

    Raises:
      ValueError: for an unknown rule, a limit below 1, or a decay outside (0, 1).
    """

    rule: str = "stop"
    limit: int = 10
    decay: float = 0.5

    def __post_init__(self) -> None:
        checks.lookup("nonfinite", dict.fromkeys(RULES), self.rule)
        checks.positive("nonfinite_limit", self.limit)
        if not 0 < self.decay < 1:
            raise ValueError(f"nonfinite_decay: got {self.decay}, want a number in (0, 1)")


class Recovery:
    """Counts how often training went back to a checkpoint; ``scale`` is what it does to the rate.

    >>> recovery = Recovery(NonFiniteRule("back", decay=0.25))
    >>> recovery.go_back(NonFinite("loss: became nan at step 7"))
    >>> recovery.count, recovery.scale
    (1, 0.25)
    """

    def __init__(self, rule: NonFiniteRule) -> None:
        self.rule, self.count = rule, 0

    @property
    def scale(self) -> float:
        """The rate is multiplied by it."""
        return float(self.rule.decay**self.count)

    @property
    def possible(self) -> bool:
        """Whether the rule is to go back."""
        return self.rule.rule == "back"

    def slower(self, adaptation: Adaptation) -> Adaptation:
        """The adaptation, with the rate that is left."""
        return adaptation._replace(scale=adaptation.scale * self.scale)

    def get_state(self) -> dict[str, int]:
        """What a checkpoint keeps: {} where training never went back."""
        return {"went_back": self.count} if self.count else {}

    def resume(self, position: Mapping[str, Any]) -> None:
        """Counts what a checkpoint has kept, unless more was counted since."""
        self.count = max(self.count, position.get("went_back", 0))

    def go_back(self, error: NonFinite) -> None:
        """Counts once more.

        Raises:
          NonFinite: ``error``, where the rule is another or its limit is reached.
        """
        if not self.possible or self.count >= self.rule.limit:
            raise error
        self.count += 1


def finite(loss: float, step: int) -> float:
    """The validation loss of a step, which must be a number.

    Raises:
      NonFinite: for NaN or infinity.
    """
    if not abs(loss) < float("inf"):
        raise NonFinite(f"validation loss: became {loss} at step {step}")
    return loss


def write_batch(folder: Path, step: int, batch: Any) -> Path | None:
    """Writes the arrays of a batch, and "step", to nonfinite-<step>.npz, perhaps once more.

    Names are the keys that lead to an array, with dots between them. None, and nothing is written,
    where the folder has as many such files as are kept.

    Raises:
      OSError: if it cannot be written.
    """
    path = Path(folder) / f"nonfinite-{step:08d}.npz"
    others = {*Path(folder).glob("nonfinite-*.npz")} - {path}
    if len(others) >= MOST_BATCHES:
        return None
    leaves = jax.tree_util.tree_leaves_with_path(batch)
    arrays: dict[str, Any] = {
        jax.tree_util.keystr(keys, simple=True, separator=".") or "batch": np.asarray(leaf)
        for keys, leaf in leaves
    }
    with whole_file(path) as temporary, temporary.open("wb") as file:
        np.savez(file, allow_pickle=False, **(arrays | {"step": np.int64(step)}))
    return path

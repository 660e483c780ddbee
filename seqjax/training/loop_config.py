"""When a training loop evaluates, logs and saves, and what it does with numbers that are none."""

from __future__ import annotations

import dataclasses

from seqjax.training.nonfinite import NonFiniteRule

STOP = NonFiniteRule()


@dataclasses.dataclass(frozen=True)
class LoopConfig:
    """Counted in steps."""

    steps: int
    """of the whole run"""
    evaluate: int
    """from one evaluation to the next; a checkpoint is written after each, and at the end"""
    log: int
    """from one line of the log to the next; there is one at each evaluation too"""
    save: int = 0
    """from one checkpoint to the next between evaluations; 0: none there"""
    nonfinite: NonFiniteRule = STOP
    """what happens where a loss or a gradient is no number"""

    def due(self, every: int, step: int) -> bool:
        """Whether what happens ``every`` so many steps (0: never) and at the end does so now.

        >>> loop = LoopConfig(steps=10, evaluate=4, log=2)
        >>> [step for step in range(1, 11) if loop.due(loop.evaluate, step)]
        [4, 8, 10]
        """
        return step == self.steps or _divides(every, step)

    def saves(self, step: int) -> bool:
        """Whether a checkpoint is due at this step, also of a run that is longer.

        >>> loop = LoopConfig(steps=10, evaluate=4, log=2, save=3)
        >>> [step for step in range(1, 11) if loop.saves(step)]
        [3, 4, 6, 8, 9]
        """
        return _divides(self.evaluate, step) or _divides(self.save, step)

    def ended(self, step: int) -> list[str]:
        """The kinds of lines that the log has at this step only because the run ends there.

        >>> LoopConfig(steps=10, evaluate=4, log=2).ended(10)
        ['valid']
        """
        evaluates = _divides(self.evaluate, step)
        regular = {"train": evaluates or _divides(self.log, step), "valid": evaluates}
        return [kind for kind in regular if step == self.steps and not regular[kind]]


def _divides(every: int, step: int) -> bool:
    return every > 0 and step % every == 0

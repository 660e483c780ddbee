"""What is done where files of a run are damaged: the last state that is whole is used, and said."""

from __future__ import annotations

from pathlib import Path

from seqjax.training.checkpoints import Checkpoints
from seqjax.training.logs import NAME, read


def sound_checkpoints(folder: Path, checkpoints: Checkpoints) -> list[str]:
    """Sets damaged checkpoints aside, so that the newest one is whole; returns lines that say so.

    Args:
      folder: of the checkpoints.

    Raises:
      ValueError: if none is whole; nothing is changed then.
    """
    damaged = checkpoints.damaged()
    steps = checkpoints.steps()
    if damaged and len(damaged) == len(steps):
        raise ValueError(
            f"{folder}: no checkpoint is whole (step {steps[-1]}: {damaged[steps[-1]]}); want a"
            " copy of one, another --workdir, or to begin anew: remove that folder"
        )
    lines = []
    for step, reason in damaged.items():
        aside = checkpoints.set_aside(step)
        lines.append(f"Checkpoint {step} is damaged ({reason}): it is {aside} now, and not used")
    return lines


def check_log(folder: Path) -> None:
    """Whether metrics.jsonl, if there is one, can be gone on with.

    Raises:
      ValueError: names the first line that is damaged, and what to do.
    """
    path = folder / NAME
    if not path.exists():
        return
    try:
        read(path)
    except ValueError as error:
        raise ValueError(f"{error}; remove that line to go on without it") from None

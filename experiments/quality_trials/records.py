"""What is kept of a trial: a file of JSON each, whole or not there."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from experiments.quality_trials.task import Task
from experiments.quality_trials.trial import RATES, Trial
from seqjax.basics.whole_file import whole_file


def settings(task: Task, budget: int, seeds: Sequence[int]) -> dict[str, Any]:
    """What a trial that was kept must have been made with."""
    return {
        "about": task.about,
        "budget": budget,
        "seeds": list(seeds),
        "updates": task.updates,
        "batch": task.batch,
        "rates": list(RATES),
    }


def path_of(folder: Path, task: str, cell: str) -> Path:
    """The file of a trial; ``task`` is its name in the catalogue."""
    return folder / "trials" / f"{task}.{cell}.json"


def write(path: Path, trial: Trial, made_with: dict[str, Any]) -> None:
    """Keeps a trial."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"settings": made_with, "trial": trial._asdict()}, indent=1)
    with whole_file(path) as temporary:
        temporary.write_text(f"{text}\n", encoding="utf-8")


def read(path: Path, made_with: dict[str, Any]) -> Trial | None:
    """A trial that was made with these settings; None where there is none.

    Raises:
      ValueError: for a file that is no trial.
    """
    if not path.is_file():
        return None
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        trial, found = Trial(**kept["trial"]), kept["settings"]
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(
            f"{path}: got no trial ({error}), want a file that this launch wrote; delete it to"
            " measure again"
        ) from None
    return trial if found == made_with else None

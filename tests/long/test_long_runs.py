"""Memory is flat over 20,000 small steps of each task, and nothing is compiled after a while."""

from __future__ import annotations

from pathlib import Path

import pytest
from long_runs import long_run
from short_data import shorten
from task_cases import CASES

LOOKS = (4_000, 8_000, 12_000, 16_000, 20_000)
EVERY = {"evaluate_every": 5_000, "log_every": 200}
"""None falls between the last two looks: an evaluation and its checkpoint cost memory, of which the
allocator and tensorstore keep some, up to 2 MB at one of the first and some 50 KB at later ones."""
MOST = 0.5
"""MB that the process may grow by in the last 4,000 steps: 125 bytes a step"""
MOST_IN_ALL = 16.0
"""MB from the first look to the last, with three evaluations"""
SMALLER = {"word_vectors": {"piece": 128}, "tagging": {"batch": 2}, "classification": {"batch": 2}}
"""Settings of a task whose steps are long otherwise."""
MOST_OBJECTS = 40
"""of Python, in the last 4,000 steps"""


@pytest.mark.long
@pytest.mark.parametrize("task", [case.name for case in CASES])
def test_twenty_thousand_steps(
    task: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, frozen: None
) -> None:
    shorten(monkeypatch.setattr)
    run = long_run(task, tmp_path / "run", LOOKS, **EVERY, **SMALLER.get(task, {}))
    first, *_, before, last = run.held
    megabytes = ", ".join(f"{each.resident:.1f}" for each in run.held)
    print(f"\n{task}: epochs of {run.epoch} steps; {megabytes} MB at steps {LOOKS}")
    assert last.step == 20_000
    assert all(step <= max(run.epoch, EVERY["evaluate_every"]) for step in run.compiled)
    assert last.arrays == before.arrays == first.arrays
    assert last.objects - before.objects < MOST_OBJECTS
    assert last.resident - before.resident < MOST
    assert last.resident - first.resident < MOST_IN_ALL

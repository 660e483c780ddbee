"""Memory is flat over 20,000 small steps of each task, and nothing is compiled after a while."""

from __future__ import annotations

from pathlib import Path

import pytest
from long_runs import long_run
from short_data import shorten
from task_cases import CASES

LOOKS = (4_000, 8_000, 12_000, 16_000, 20_000)
EVERY = {"evaluate_every": 5_000, "log_every": 200}
"""Evaluations are few, since a checkpoint costs memory once: some 50 KB, which tensorstore loses"""
SETTLED = 2
"""The look that later ones are compared with: until then the allocator still finds its sizes"""
MOST = 2.0
"""MB that the process may grow by in the 8,000 steps after that: 250 bytes a step"""
SMALLER = {"word_vectors": {"piece": 128}, "tagging": {"batch": 2}, "classification": {"batch": 2}}
"""Settings of a task whose steps are long otherwise."""
SAVES, PER_SAVE = 1, 80
"""Checkpoints between these looks; lists that tensorstore loses at each, when it is asked for its
metrics, some 50"""


@pytest.mark.long
@pytest.mark.parametrize("task", [case.name for case in CASES])
def test_twenty_thousand_steps(
    task: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, frozen: None
) -> None:
    shorten(monkeypatch.setattr)
    run = long_run(task, tmp_path / "run", LOOKS, **EVERY, **SMALLER.get(task, {}))
    first, last = run.held[SETTLED], run.held[-1]
    megabytes = ", ".join(f"{each.resident:.1f}" for each in run.held)
    print(f"\n{task}: epochs of {run.epoch} steps; {megabytes} MB at steps {LOOKS}")
    assert last.step == 20_000
    assert all(step <= max(run.epoch, EVERY["evaluate_every"]) for step in run.compiled)
    assert last.arrays == first.arrays
    assert last.objects - first.objects < SAVES * PER_SAVE
    assert last.resident - first.resident < MOST

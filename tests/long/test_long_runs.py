"""Memory is flat over 20,000 small steps of each task, and nothing is compiled after a while."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from long_runs import allocated, long_run
from short_data import shorten
from task_cases import CASES

LOOKS = (4_000, 8_000, 12_000, 16_000, 20_000)
EVERY = {"evaluate_every": 5_000, "log_every": 200}
"""The first two evaluations, of which programs and threads are kept, fall before the third look,
one falls between it and the fourth, and none between the last two."""
MOST = 0.1
"""MB more that may be in use after the last 4,000 steps: 26 bytes a step, for figures and lines"""
MOST_WITH_AN_EVALUATION = 0.5
"""MB from the third look to the last; of each checkpoint tensorstore keeps some 50 KB"""
SMALLER = {
    "word_vectors": {"piece": 128},
    "tagging": {"batch": 2},
    "classification": {"batch": 2},
    "translation": {"batch": 4},
}
"""Settings of a task whose steps are long otherwise."""
MOST_IN_ALL = 16.0
"""MB from the first look to the last, with three evaluations"""
MOST_OBJECTS = 40
"""of Python that the collector knows, in the last 4,000 steps"""
MOST_BLOCKS = 400
"""of Python's heap, after the last 4,000 steps: one in ten steps"""


@pytest.mark.long
@pytest.mark.parametrize("task", [case.name for case in CASES])
def test_twenty_thousand_steps(
    task: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, frozen: None
) -> None:
    if math.isnan(allocated()):
        pytest.skip("the C library does not say what is allocated; glibc 2.33 and later do")
    shorten(monkeypatch.setattr)
    run = long_run(task, tmp_path / "run", LOOKS, **EVERY, **SMALLER.get(task, {}))
    first, _, third, before, last = run.held
    megabytes = ", ".join(f"{each.allocated:.2f}" for each in run.held)
    blocks = ", ".join(str(each.blocks) for each in run.held)
    print(f"\n{task}: epochs of {run.epoch} steps; {megabytes} MB, {blocks} blocks at {LOOKS}")
    assert last.step == 20_000
    assert all(step <= max(run.epoch, EVERY["evaluate_every"]) for step in run.compiled)
    assert last.arrays == before.arrays == first.arrays
    assert last.objects - before.objects < MOST_OBJECTS
    assert last.blocks - before.blocks < MOST_BLOCKS
    assert last.allocated - before.allocated < MOST
    assert last.allocated - third.allocated < MOST_WITH_AN_EVALUATION
    assert last.allocated - first.allocated < MOST_IN_ALL

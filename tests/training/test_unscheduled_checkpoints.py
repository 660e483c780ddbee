"""Checkpoints that are there only because a run stopped or ended: what stays, and what is best."""

from __future__ import annotations

import numpy as np

from seqjax.training.checkpoints import Checkpoints

ITEMS = {"params": {"w": np.zeros(2)}}


def save(folder, step, loss=None, **marks):
    """(steps, best) after a process that writes one checkpoint and ends."""
    with Checkpoints(folder) as checkpoints:
        figures = {} if loss is None else {"loss": loss}
        checkpoints.save(step, ITEMS, {}, figures, **marks)
        checkpoints.wait()
        return checkpoints.steps(), checkpoints.best()


def test_the_newest_scheduled_one_stays_however_often_a_run_is_stopped(tmp_path) -> None:
    save(tmp_path, 1, 2.0)
    save(tmp_path, 2)
    for step in (3, 4, 5):
        save(tmp_path, step, unscheduled=True)
    with Checkpoints(tmp_path) as checkpoints:
        assert checkpoints.steps() == [1, 2, 4, 5]
        assert checkpoints.back_to_scheduled() == 2
        assert checkpoints.steps() == [1, 2]
        checkpoints.save(3, ITEMS, {}, {})
        assert checkpoints.latest() == 3


def test_without_a_scheduled_one_the_newest_is_gone_back_to(tmp_path) -> None:
    with Checkpoints(tmp_path) as checkpoints:
        assert checkpoints.back_to_scheduled() is None
    save(tmp_path, 3, unscheduled=True)
    with Checkpoints(tmp_path) as checkpoints:
        assert checkpoints.back_to_scheduled() == 3


def test_a_provisional_figure_is_the_best_only_while_it_is_the_newest(tmp_path) -> None:
    ended = {"provisional": True, "unscheduled": True}
    assert save(tmp_path, 1, 3.0)[1] == 1
    assert save(tmp_path, 2, 4.0)[1] == 1
    assert save(tmp_path, 3, 1.0, **ended)[1] == 3
    with Checkpoints(tmp_path) as checkpoints:
        assert checkpoints.figures(3) == {"loss": 1.0}
    assert save(tmp_path, 4, 5.0)[1] == 1
    assert save(tmp_path, 5, 2.0)[1] == 5

"""A run whose credit is made while walking: it trains, and resumes with the influence it had."""

from __future__ import annotations

import jax
import numpy as np
from launches import TINY, given, lines, quick, write

from seqjax import runs
from seqjax.runs import CHECKPOINTS
from seqjax.tasks.language_model import TASK
from seqjax.training.checkpoints import Checkpoints


def state_of(folder, training):
    """The state in the newest checkpoint."""
    key = jax.random.key(0)
    whole = jax.eval_shape(lambda: training.begin(training.init(key), key))
    with Checkpoints(folder / CHECKPOINTS) as checkpoints:
        items = checkpoints.restore(
            checkpoints.latest(),
            {"params": whole.params, "rest": whole._replace(params=None, average=None)},
        )
    rest = items["rest"]._replace(key=jax.random.key_data(items["rest"].key))
    return rest._replace(params=items["params"])


def test_a_run_resumes_bit_for_bit(tmp_path, monkeypatch):
    quick(monkeypatch)
    path = write(tmp_path, lines(20, seed=4))
    flags = [
        *TINY, f"--data={path}", "--epochs=2", "--valid=0.2", "--cell=min_gru", "--credit=uoro",
        "--optimizer=adam", "--rate=0.01", "--dropout=0.2", "--dropout_input=0",
    ]  # fmt: skip

    def run(folder, stop=lambda: False):
        with runs.begun(TASK, given(TASK, *flags, f"--workdir={folder}")) as begun:
            begun.train(stop, quiet=True)
            return begun.done, begun.training

    whole, parts = tmp_path / "whole", tmp_path / "parts"
    done, training = run(whole)
    half = training.loop.steps // 2 + 1
    asked = iter(range(1, 1000))
    assert run(parts, lambda: next(asked) == half)[0] == half
    assert run(parts)[0] == training.loop.steps == done
    first, second = state_of(whole, training), state_of(parts, training)
    jax.tree.map(np.testing.assert_array_equal, first, second)
    assert all(np.abs(leaf).max() > 0 for leaf in jax.tree.leaves(first.carry.influence))

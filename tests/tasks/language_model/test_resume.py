"""A run that was interrupted ends as one that was not, bit for bit."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import jax
import launches
import numpy as np
import pytest
from launches import TINY, given, lines, quick, write
from paths import ROOT

from seqjax import runs
from seqjax.runs import CHECKPOINTS
from seqjax.tasks.language_model import TASK
from seqjax.training import logs
from seqjax.training.checkpoints import Checkpoints

TIMES = ("seconds", "characters_per_second", "words_per_second", "input_wait")


def leaves(*arguments):
    """Shapes of all that a checkpoint of a run with these flags holds."""
    training = launches.prepared(TASK, *arguments).training
    key = jax.random.key(0)
    whole = jax.eval_shape(lambda: training.begin(training.init(key), key))
    items = {"params": whole.params, "rest": whole._replace(params=None, average=None)}
    return items if whole.average is None else {**items, "average": whole.average}


def state(folder, like):
    """Everything in the newest checkpoint: (step, leaves, place in the data)."""
    with Checkpoints(folder / CHECKPOINTS) as checkpoints:
        step = checkpoints.latest()
        items = checkpoints.restore(step, like)
        place = checkpoints.position(step)
    items["rest"] = items["rest"]._replace(key=jax.random.key_data(items["rest"].key))
    return step, items, place


def figures(folder):
    """metrics.jsonl without what a clock says."""
    rows = logs.read(folder / logs.NAME)
    return [{k: v for k, v in row.items() if k not in TIMES} for row in rows]


def same(one, other, like):
    """The newest checkpoints of two folders are equal; the state in them."""
    first, second = state(one, like), state(other, like)
    assert first[0] == second[0]
    assert first[2] == second[2]
    jax.tree.map(np.testing.assert_array_equal, first[1], second[1])
    return first


def test_killed_in_the_middle_of_an_epoch(tmp_path, capsys):
    """A process gets SIGKILL once a checkpoint between two evaluations is there; another starts."""
    path = write(tmp_path, lines(120))
    flags = [
        *TINY, f"--data={path}", "--dropout=0.2", "--epochs=3", "--save_every=30", "--log_every=10",
    ]  # fmt: skip
    epoch = len(launches.data_set(TASK, *flags).parts["train"].source)
    assert epoch % 30
    folder, whole = tmp_path / "killed", tmp_path / "whole"
    command = [sys.executable, "-m", "experiments.language_model", *flags, f"--workdir={folder}"]

    def start():
        return subprocess.Popen(
            command, cwd=ROOT, env=os.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True,
        )  # fmt: skip

    def between():
        found = [int(p.name) for p in (folder / CHECKPOINTS).glob("*") if p.name.isdigit()]
        return any(step > epoch and step % epoch for step in found)

    run = start()
    while not between():
        assert run.poll() is None, run.communicate()
        time.sleep(0.002)
    run.kill()
    _, error = run.communicate()
    assert run.returncode == -signal.SIGKILL
    assert "Training in" in error
    assert "orbax" not in error  # libraries are quiet
    with Checkpoints(folder / CHECKPOINTS) as checkpoints:
        reached = checkpoints.latest()
    assert epoch < reached < 3 * epoch

    again = start()
    assert launches.run(TASK, *flags, f"--workdir={whole}") == 0
    undisturbed = capsys.readouterr()
    out, error = again.communicate(timeout=120)
    assert again.returncode == 0
    assert f"Resuming in {folder} after step {reached}\n" in error
    same(folder, whole, leaves(*flags))
    assert figures(folder) == figures(whole)
    assert out == undisturbed.out.replace(str(whole), str(folder))


VARIANTS = {
    "sentences, shuffled, noise, a plateau": (
        "--tokenizer=words", "--sentences", "--dropout=0.3", "--optimizer=momentum", "--rate=1",
        "--schedule=plateau", "--evaluate_every=3",
    ),
    "random windows, averaging, accumulation": (
        "--random_window", "--average=nonmonotonic", "--nonmonotonic=1", "--rate=0.5",
        "--evaluate_every=5", "--accumulate=2", "--dropout_words=0.2", "--optimizer=adam",
        "--weight_drop=0.2",
    ),
    "packed sentences, penalties": (
        "--sentences", "--packed", "--window=40", "--batch=2", "--dropout=0.2",
        "--activation_penalty=1", "--change_penalty=1", "--optimizer=adamw", "--evaluate_every=3",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", VARIANTS)
def test_stopped_and_resumed(name, tmp_path, monkeypatch):
    quick(monkeypatch)
    path = write(tmp_path, lines(30, seed=4))
    flags = [*TINY, f"--data={path}", "--epochs=2", "--valid=0.2", *VARIANTS[name]]

    def run(folder, stop=lambda: False):
        """(steps done, steps of the whole run, steps between evaluations)."""
        with runs.begun(TASK, given(TASK, *flags, f"--workdir={folder}")) as begun:
            loop = begun.training.loop
            assert begun.train(stop, quiet=True) == (begun.done == loop.steps)
            return begun.done, loop.steps, loop.evaluate

    whole, parts = tmp_path / "whole", tmp_path / "parts"
    done, steps, every = run(whole)
    half = steps // 2 + 1
    asked = iter(range(1, 1000))
    assert run(parts, lambda: next(asked) == half)[0] == half
    assert half % every
    assert run(parts)[0] == steps == done
    _, items, place = same(whole, parts, leaves(*flags))
    evaluations = [
        [row for row in figures(folder) if row["kind"] == "valid"] for folder in (whole, parts)
    ]
    assert evaluations[0] == evaluations[1]
    if "plateau" in name:  # the rate did fall: the losses have something to carry over
        assert any(a < b for a, b in zip(place["losses"], place["losses"][1:], strict=False))
    elif "averaging" in name:
        assert int(items["rest"].averaged)

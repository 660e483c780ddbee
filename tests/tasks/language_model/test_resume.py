"""A run that was interrupted ends as one that was not, bit for bit."""

from __future__ import annotations

import shutil

import jax
import launches
import numpy as np
import pytest
from covering import marked
from launches import TINY, given, lines, quick, write
from prepared_once import prepared_once

from seqjax import runs
from seqjax.runs import CHECKPOINTS
from seqjax.runs.prepare import Prepared
from seqjax.tasks.language_model import TASK
from seqjax.training import logs
from seqjax.training.checkpoints import Checkpoints

TIMES = ("seconds", "characters_per_second", "words_per_second", "input_wait")


def leaves(training):
    """Shapes of all that a checkpoint of a run holds."""
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


def test_killed_in_the_middle_of_an_epoch(tmp_path, capsys, monkeypatch):
    """A launch goes on with a folder as it is when a process is killed behind a checkpoint.

    The checkpoint is one between two evaluations, and the log has a line behind it.
    """
    quick(monkeypatch)
    path = write(tmp_path, lines(60))
    flags = [
        *TINY, f"--data={path}", "--dropout=0.2", "--epochs=2", "--save_every=15", "--log_every=10",
    ]  # fmt: skip
    made = launches.prepared(TASK, *flags)
    epoch = made.training.loop.evaluate
    folder, whole = tmp_path / "killed", tmp_path / "whole"
    save, log, saved = Checkpoints.save, logs.Logs.write, [0]

    def saves(checkpoints, step, *args, **options):
        save(checkpoints, step, *args, **options)
        checkpoints.wait()
        saved.append(step)

    def writes(self, step, kind, values):
        log(self, step, kind, values)
        between = epoch < saved[-1] < step and saved[-1] % epoch
        if between and not folder.exists():
            shutil.copytree(whole, folder)

    once: dict[str, Prepared] = {}
    with monkeypatch.context() as patch, prepared_once(once):
        patch.setattr(Checkpoints, "save", saves)
        patch.setattr(logs.Logs, "write", writes)
        assert launches.run(TASK, *flags, f"--workdir={whole}") == 0
    undisturbed = capsys.readouterr()
    assert "Training in" in undisturbed.err
    with Checkpoints(folder / CHECKPOINTS) as checkpoints:
        reached = checkpoints.latest()
    assert epoch < reached < logs.read(folder / logs.NAME)[-1]["step"] < 2 * epoch

    with prepared_once(once):
        assert launches.run(TASK, *flags, f"--workdir={folder}") == 0
    again = capsys.readouterr()
    assert f"Resuming in {folder} after step {reached}\n" in again.err
    same(folder, whole, leaves(made.training))
    assert figures(folder) == figures(whole)
    assert again.out == undisturbed.out.replace(str(whole), str(folder))


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


FIRST = [(name,) for name in VARIANTS if "packed" not in name]


@pytest.mark.parametrize("name", marked([(name,) for name in VARIANTS], FIRST))
def test_stopped_and_resumed(name, tmp_path, monkeypatch):
    quick(monkeypatch)
    path = write(tmp_path, lines(30, seed=4))
    flags = [*TINY, "--driver=sequential", f"--data={path}", "--epochs=2", "--valid=0.2"]
    flags += VARIANTS[name]

    def run(folder, stop=lambda: False):
        """(steps done, how it is trained)."""
        with runs.begun(TASK, given(TASK, *flags, f"--workdir={folder}")) as begun:
            assert begun.train(stop, quiet=True) == (begun.done == begun.training.loop.steps)
            return begun.done, begun.training

    whole, parts = tmp_path / "whole", tmp_path / "parts"
    asked = iter(range(1, 1000))
    with prepared_once():
        done, training = run(whole)
        half = training.loop.steps // 2 + 1
        assert run(parts, lambda: next(asked) == half)[0] == half
        assert half % training.loop.evaluate
        assert run(parts)[0] == training.loop.steps == done
    _, items, place = same(whole, parts, leaves(training))
    evaluations = [
        [row for row in figures(folder) if row["kind"] == "valid"] for folder in (whole, parts)
    ]
    assert evaluations[0] == evaluations[1]
    if "plateau" in name:  # the rate did fall: the losses have something to carry over
        assert any(a < b for a, b in zip(place["losses"], place["losses"][1:], strict=False))
    elif "averaging" in name:
        assert int(items["rest"].averaged)

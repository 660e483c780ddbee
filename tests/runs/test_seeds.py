"""Seeds trained together are the runs that each would be alone."""

from __future__ import annotations

import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from scaled_runs import SETTINGS, same_curve, write_data

import seqjax
from seqjax.runs import run as run_module
from seqjax.runs.seeds import begun_together, train_seeds
from seqjax.tasks import TASKS
from seqjax.tasks.settings import from_settings
from seqjax.training.adaptation import Adaptation
from seqjax.training.device_memory import TooManySeeds, check_memory
from seqjax.training.population import Population, stacked

ALONE = Adaptation(1.0, False)


def settings(task: str, folder: Path, **more: Any) -> dict[str, Any]:
    """Of a tiny run; its batches have several lengths, which differ from seed to seed."""
    values = {**SETTINGS[task], **more, "data": str(write_data(folder, task))}
    values.pop("seed")
    return values | ({"shapes": 3} if "shapes" in values else {})


@pytest.mark.parametrize("task", ["classification", "word_vectors"])
def test_each_is_the_run_that_it_would_be_alone(
    task: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also where the seed cuts the data into parts, as it does for the classifier here."""
    given = settings(task, tmp_path)
    models = train_seeds(task, seeds=[0, 4, 2], workdir=tmp_path / "all", **given)
    assert " ± " in capsys.readouterr().out
    one = seqjax.train(task, quiet=True, workdir=tmp_path / "one", seed=4, **given)
    same_curve(tmp_path / "all" / "seed4", tmp_path / "one", tolerance=3e-6)
    assert [model.record["config"]["seed"] for model in models if model] == [0, 4, 2]
    loaded = seqjax.load(tmp_path / "all" / "seed4")
    assert loaded.step == one.step
    with pytest.raises(AssertionError):
        same_curve(tmp_path / "all" / "seed0", tmp_path / "one")


def test_they_go_on_where_they_stopped(tmp_path: Path) -> None:
    """One of them with more steps behind it, as it was trained alone for a while."""
    given = {"hidden": 4, "cell": "rnn", "epochs": 2, "batch": 32, "log_every": 1, "save_every": 3}
    whole = train_seeds("regression", seeds=2, quiet=True, workdir=tmp_path / "whole", **given)
    assert all(whole)
    task, workdir = TASKS["regression"], tmp_path / "parts"
    configs = from_settings(task.configs, {**given, "workdir": str(workdir)})
    calls = []

    def stop() -> bool:
        calls.append(0)
        return len(calls) > 9

    with begun_together(task, configs, [0, 1]) as runs:
        assert not runs.train(stop, quiet=True)
    epoch = {**given, "epochs": 1, "workdir": str(workdir / "seed1")}
    seqjax.train("regression", quiet=True, seed=1, **epoch)
    with begun_together(task, configs, [0, 1]) as runs:
        assert runs.runs[0].done < runs.runs[1].done
    train_seeds("regression", seeds=2, quiet=True, workdir=workdir, **given)
    for seed in (0, 1):
        same_curve(workdir / f"seed{seed}", tmp_path / "whole" / f"seed{seed}", tolerance=3e-6)


def test_steps_that_the_cut_of_the_data_has_made_differ_are_refused(tmp_path: Path) -> None:
    """The weights of classes are those of the part that is trained on; shapes are equal."""
    given = settings("classification", tmp_path, class_weights="balanced")
    with pytest.raises(ValueError, match="seeds: got 1, whose network is not that of 0"):
        train_seeds("classification", seeds=2, quiet=True, workdir=tmp_path / "all", **given)
    assert not [*(tmp_path / "all").rglob("checkpoints")]


class Poisoned:
    """Batches, of which the third is not finite."""

    def __init__(self, inner: Any) -> None:
        self.inner, self.count = inner, 0

    def __next__(self) -> Any:
        batch = dict(next(self.inner))
        self.count += 1
        return {**batch, "inputs": batch["inputs"] * (np.nan if self.count == 3 else 1)}

    def get_state(self) -> Any:
        return self.inner.get_state()

    def set_state(self, state: Any) -> None:
        self.inner.set_state(state)


def test_one_that_is_not_finite_disturbs_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given = {"hidden": 4, "cell": "rnn", "epochs": 1, "batch": 32, "log_every": 1}
    stream = run_module.stream

    def some_poisoned(source: Any, *, seed: int | None) -> Any:
        return Poisoned(stream(source, seed=seed)) if seed == 1 else stream(source, seed=seed)

    monkeypatch.setattr(run_module, "stream", some_poisoned)
    models = train_seeds("regression", seeds=3, workdir=tmp_path / "all", **given)
    monkeypatch.undo()
    assert [model is None for model in models] == [False, True, False]
    said = capsys.readouterr().out
    assert "became nan at step 3" in said
    assert " ± " in said
    seqjax.train("regression", quiet=True, seed=2, workdir=tmp_path / "one", **given)
    same_curve(tmp_path / "all" / "seed2", tmp_path / "one", tolerance=3e-6, lines=8)


def step(state: Any, batch: Any, adaptation: Adaptation) -> Any:
    total = state["sum"] + adaptation.scale * batch["x"].sum()
    return {"sum": total}, {"loss": (total, jnp.float32(1))}


def test_who_leaves_is_not_waited_for() -> None:
    population, sums = Population(step, 3), {}

    def member(index: int) -> None:
        state: Any = {"sum": jnp.float32(10 * index)}
        each = population.step(index)
        for count in range(index + 1):
            batch = {"x": np.full((count + 1, 2), 1.0, np.float32)}
            state, metrics = each(state, batch, ALONE._replace(scale=index + 1.0))
        sums[index] = float(metrics["loss"][0])
        population.leave(index)

    threads = [threading.Thread(target=member, args=(k,), daemon=True) for k in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sums == {0: 2.0, 1: 10 + 2 * (2 + 4), 2: 20 + 3 * (2 + 4 + 6)}


def test_an_error_in_the_step_reaches_all() -> None:
    population, errors = Population(step, 2), []

    def member(index: int) -> None:
        try:
            population.step(index)({"sum": jnp.zeros(index)}, {"x": np.ones(1)}, ALONE)
        except RuntimeError as error:
            errors.append(error.__cause__)

    threads = [threading.Thread(target=member, args=(k,), daemon=True) for k in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(errors) == 2
    assert "shape" in str(errors[0])


def test_shorter_batches_get_steps_of_padding() -> None:
    got = stacked([{"x": np.ones((1, 2)), "n": np.int32(1)}, {"x": np.ones((3, 2)), "n": 2}])
    np.testing.assert_array_equal(got["x"].sum((1, 2)), [2, 6])
    assert got["x"].shape == (2, 3, 2)
    np.testing.assert_array_equal(got["n"], [1, 2])


def test_a_step_that_does_not_fit_is_refused_with_what_would() -> None:
    analysis = SimpleNamespace(
        temp_size_in_bytes=6 << 30, output_size_in_bytes=3 << 30, alias_size_in_bytes=1 << 30
    )
    program = SimpleNamespace(memory_analysis=lambda: analysis)
    check_memory(program, 8, free=8 << 30)
    with pytest.raises(TooManySeeds, match=r"got 8, whose step takes 8.0 GiB, but 5.0 are free"):
        check_memory(program, 8, free=5 << 30)
    with pytest.raises(TooManySeeds, match="want at most 5 at a time"):
        check_memory(program, 8, free=5 << 30)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"seeds": 1}, "seeds: got \\[0\\], want two or more"),
        ({"seeds": [3, 3]}, "seeds: got \\[3, 3\\]"),
        ({"seeds": 2, "mesh": "data:1"}, "seeds: got some with a mesh"),
        ({"seeds": 2, "seed": 3}, "seed: got 3"),
        ({"seeds": 2, "hidden": 0}, "hidden: got 0"),
    ],
)
def test_what_is_wrong_is_refused(given: dict[str, Any], words: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=words):
        train_seeds("regression", quiet=True, workdir=tmp_path / "x", **given)
    assert not (tmp_path / "x").exists()


def test_a_folder_of_one_run_is_not_that_of_several(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text("{}")
    with pytest.raises(ValueError, match="is one run"):
        train_seeds("regression", seeds=2, quiet=True, workdir=tmp_path)

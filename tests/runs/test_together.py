"""Seeds and settings trained together are the runs that each would be alone."""

from __future__ import annotations

import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from prepared_once import prepared_once
from scaled_runs import SETTINGS, same_curve, write_data

import seqjax
from seqjax.runs import run as run_module
from seqjax.runs.prepare import prepare
from seqjax.runs.start import start
from seqjax.runs.together import begun_together, train_many
from seqjax.tasks import TASKS
from seqjax.tasks.classification import baseline
from seqjax.tasks.settings import from_settings
from seqjax.training import logs
from seqjax.training.adaptation import Adaptation
from seqjax.training.device_memory import TooManyRuns, check_memory
from seqjax.training.differing_constants import differing
from seqjax.training.merged_step import merged, program
from seqjax.training.population import Population, stacked

ALONE = Adaptation(1.0, False)


TINY = {"shapes": 2, "cell": "rnn", "driver": "sequential", "bidirectional": False}


def settings(task: str, folder: Path, **more: Any) -> dict[str, Any]:
    """Of a tiny run; its batches have several lengths, which differ from seed to seed."""
    values = {**SETTINGS[task], **more, "data": str(write_data(folder, task))}
    values.pop("seed")
    return values | (TINY if "shapes" in values else {})


@pytest.mark.parametrize(
    "task", ["classification", pytest.param("word_vectors", marks=pytest.mark.product)]
)
def test_each_is_the_run_that_it_would_be_alone(
    task: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also where the seed cuts the data into parts, as it does for the classifier here."""
    given = settings(task, tmp_path, epochs=1 if task == "classification" else 2)
    figures = dict.fromkeys(("accuracy", "macro_f1", "loss", "epoch"), 0)
    monkeypatch.setattr(baseline, "fit_baseline", lambda *_: figures)
    models = train_many(task, seeds=[0, 4, 2], workdir=tmp_path / "all", **given)
    assert " ± " in capsys.readouterr().out
    one = seqjax.train(task, quiet=True, workdir=tmp_path / "one", seed=4, **given)
    same_curve(tmp_path / "all" / "seed4", tmp_path / "one", tolerance=3e-6, lines=10)
    assert [model.record["config"]["seed"] for model in models if model] == [0, 4, 2]
    loaded = seqjax.load(tmp_path / "all" / "seed4")
    assert loaded.step == one.step
    with pytest.raises(AssertionError):
        same_curve(tmp_path / "all" / "seed0", tmp_path / "one")


def test_they_go_on_where_they_stopped(tmp_path: Path) -> None:
    """One of them with more steps behind it, as it was trained alone for a while."""
    given = {"hidden": 4, "cell": "rnn", "epochs": 2, "batch": 32, "log_every": 1, "save_every": 6}
    task, workdir = TASKS["regression"], tmp_path / "parts"
    configs = from_settings(task.configs, {**given, "workdir": str(workdir)})
    calls = []

    def stop() -> bool:
        calls.append(0)
        return len(calls) > 9

    with prepared_once():
        whole = train_many("regression", seeds=2, quiet=True, workdir=tmp_path / "whole", **given)
        assert all(whole)
        with begun_together(task, configs, [0, 1]) as runs:
            assert not runs.train(stop, quiet=True)
        epoch = {**given, "epochs": 1, "workdir": str(workdir / "seed1")}
        seqjax.train("regression", quiet=True, seed=1, **epoch)
        with begun_together(task, configs, [0, 1]) as runs:
            assert runs.runs[0].done < runs.runs[1].done
            assert runs.train(quiet=True)
            runs.finish()
    for seed in (0, 1):
        same_curve(workdir / f"seed{seed}", tmp_path / "whole" / f"seed{seed}", tolerance=3e-6)


def test_the_seed_may_cut_the_data_so_that_constants_differ(tmp_path: Path) -> None:
    """The weights of classes are those of the part that is trained on; shapes are equal."""
    given = settings("classification", tmp_path, class_weights="balanced")
    task, workdir = TASKS["classification"], tmp_path / "all"
    with begun_together(
        task, from_settings(task.configs, given | {"workdir": str(workdir)}), [0, 1]
    ) as runs:
        weights = [run.record["data"]["class_weights"] for run in runs.runs]
        assert weights[0] != weights[1]
        assert runs.groups == [[0, 1]]
        steps = [run.training.step for run in runs.runs]
        assert steps[0] is not steps[1]


def test_networks_that_differ_are_trained_side_by_side(tmp_path: Path) -> None:
    """The seed cuts the data, and with it the words that are known."""
    words = [" ".join(f"word{k}_{j}" for j in range(k % 9)) for k in range(60)]
    lines = ["label\ttext\n", *(f"{'ab'[k % 2]}\tword {line}\n" for k, line in enumerate(words))]
    (tmp_path / "few.tsv").write_text("".join(lines))
    given = settings("classification", tmp_path) | {"data": str(tmp_path / "few.tsv")}
    task = TASKS["classification"]
    configs = from_settings(task.configs, given | {"workdir": str(tmp_path / "all")})
    with begun_together(task, configs, [0, 1]) as runs:
        assert runs.groups == [[0], [1]]
        assert runs.runs[0].model is not runs.runs[1].model
        assert "2 runs together, by 2 programs" in runs.beginning


NUMBERS = {
    "rate": (1e-3, 3e-3), "clip": (0.1, 1.0), "dropout": (0.1, 0.4), "weight_decay": (1e-4, 1e-2),
    "smoothing": (0.1, 0.2), "momentum": (0.8, 0.9),
}  # fmt: skip


def test_numbers_that_differ_are_one_program(tmp_path: Path) -> None:
    """Each of them alone changes constants; all of them together make the steps that they made."""
    first, second = ({name: pair[k] for name, pair in NUMBERS.items()} for k in (0, 1))
    task, given = TASKS["classification"], settings("classification", tmp_path)
    every = [first, *({**first, name: second[name]} for name in NUMBERS), second]
    each = [prepare(task, from_settings(task.configs, given | values)) for values in every]
    batches = [each[0].data_set.parts["train"].source[k] for k in range(3)]
    steps = [prepared.training.step for prepared in each]
    states = [start(each[k].training, None, 0, lambda: False).state for k in (0, -1)]
    one = Adaptation(np.float32(1), np.bool_(False))  # type: ignore[arg-type]
    base = program(steps[0], states[0], batches[0], one)
    for step in steps[1:]:
        assert differing(base, program(step, states[0], batches[0], one))
    run, numbers = merged([steps[0], steps[-1]], states[0], batches[0], one)
    together = jax.jit(jax.vmap(run, in_axes=(0, 0, None, None)))
    state, single = jax.tree.map(lambda *leaves: jnp.stack(leaves), *states), states
    for batch in batches:
        state, metrics = together(numbers, state, batch, one)
        for k, step in enumerate([steps[0], steps[-1]]):
            single[k], own = step(single[k], batch, one)
            for name, (total, _) in own.items():
                np.testing.assert_allclose(metrics[name][0][k], total, rtol=3e-6, err_msg=name)


@pytest.mark.parametrize(("name", "shared"), [("rate", True), ("dropout", False)])
def test_what_evaluates_is_shared_where_it_is_the_same(
    name: str, shared: bool, tmp_path: Path
) -> None:
    """So that it is compiled once; the model knows nothing of how it is optimized."""
    task, given = TASKS["regression"], {"hidden": 4, "cell": "rnn", "dropout": 0.2}
    many = {name: NUMBERS[name], "workdir": str(tmp_path / "all")}
    configs = from_settings(task.configs, given | many, several=True)
    with begun_together(task, configs, [0, 1]) as runs:
        first, again, other, _ = runs.runs
        assert first.model is again.model
        assert first.training.step is again.training.step
        assert (first.model is other.model) == shared
        assert first.training.step is not other.training.step


@pytest.mark.product
def test_settings_are_a_product_with_seeds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without dropout a step has no noise: another program, in the same table."""
    given = {"hidden": 4, "cell": "rnn", "epochs": 1, "batch": 32, "log_every": 1, "diagnostics": 4}
    many = {"rate": [1e-3, 1e-2], "dropout": (0.0, 0.3), "seeds": 2, "workdir": tmp_path / "all"}
    models = train_many("regression", **(given | many))
    config = [model.record["config"] for model in models if model]
    assert [(c["rate"], c["dropout"], c["seed"]) for c in config] == [
        (rate, dropout, seed) for dropout in (0.0, 0.3) for rate in (1e-3, 1e-2) for seed in (0, 1)
    ]
    said = capsys.readouterr()
    assert "8 runs together, by 2 programs, as they differ in more than numbers" in said.err
    rows = [line for line in said.out.splitlines() if line.startswith("dropout=0.3, rate=0.01")]
    assert rows[0].split()[2] == "2", "runs of a group"
    assert " ± " in rows[0]
    for dropout in (0.0, 0.3):
        last = {"seed": 1, "rate": 1e-2, "dropout": dropout, "workdir": tmp_path / f"{dropout}"}
        seqjax.train("regression", quiet=True, **(given | last))
        name = f"dropout{repr(dropout).removesuffix('.0')}_rate0.01_seed1"
        same_curve(tmp_path / "all" / name, tmp_path / f"{dropout}", tolerance=3e-6, lines=8)
        many_looks, looks = (norms(folder) for folder in (tmp_path / "all" / name, last["workdir"]))
        assert len(looks) == 2
        np.testing.assert_allclose(many_looks, looks, rtol=1e-5)


def norms(folder: Path) -> list[float]:
    """What ``--diagnostics`` has logged of the gradient of the recurrent layer."""
    name = "gradient_norm/body.1"
    return [row[name] for row in logs.read(folder / logs.NAME) if name in row]


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
    models = train_many("regression", seeds=3, workdir=tmp_path / "all", **given)
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
    population, sums = Population([step] * 3), {}

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
    population, errors = Population([step] * 2), []

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
    with pytest.raises(
        TooManyRuns, match=r"got 8 runs together, whose step takes 8.0 GiB, but 5.0 are free"
    ):
        check_memory(program, 8, free=5 << 30)
    with pytest.raises(TooManyRuns, match="want at most 5 at a time"):
        check_memory(program, 8, free=5 << 30)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"seeds": 1}, "seeds: got \\[0\\], want two or more"),
        ({}, "seeds: got \\[0\\], want two or more"),
        ({"rate": [0.1]}, "seeds: got \\[0\\], want two or more"),
        ({"rate": [0.1, 0.1]}, "rate: got \\[0.1, 0.1\\], want different ones"),
        ({"rate": []}, "rate: got \\[\\], want a number, or several"),
        ({"rate": [0.1, -1]}, "rate: got -1.0, want a number"),
        ({"rate": [0.1, "fast"]}, "rate: got 'fast', want float"),
        ({"hidden": [4, 8]}, "hidden: got \\[4, 8\\], want int"),
        ({"seeds": [3, 3]}, "seeds: got \\[3, 3\\]"),
        ({"seeds": 2, "mesh": "data:1"}, "seeds: got some with a mesh"),
        ({"seeds": 2, "seed": 3}, "seed: got 3"),
        ({"seeds": 2, "hidden": 0}, "hidden: got 0"),
    ],
)
def test_what_is_wrong_is_refused(given: dict[str, Any], words: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=words):
        train_many("regression", quiet=True, workdir=tmp_path / "x", **given)
    assert not (tmp_path / "x").exists()


def test_a_folder_of_one_run_is_not_that_of_several(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text("{}")
    with pytest.raises(ValueError, match="is one run"):
        train_many("regression", seeds=2, quiet=True, workdir=tmp_path)

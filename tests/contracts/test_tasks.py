"""Every task keeps what ``seqjax.tasks.task.Task`` promises: the table ``task_cases.CASES``."""

from __future__ import annotations

import functools
import json
import pickle
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest
from covering import marked
from prepared_once import prepared_once
from task_cases import BUCKETS, CASES, TaskCase
from walking import same

import seqjax
from seqjax import runs
from seqjax.data.builtin import catalogue
from seqjax.tasks import TASKS, Loaded
from seqjax.tasks.json_records import as_json
from seqjax.tasks.run_record import TASKS_OF_KINDS
from seqjax.tasks.settings import as_json as settings_as_json
from seqjax.tasks.settings import from_settings
from seqjax.training import logs
from seqjax.training.checkpoints import Checkpoints

pytestmark = pytest.mark.usefixtures("one_shape")

each = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
TIMES = {"seconds", "input_wait"}

STEPS = marked(
    [(case,) for case in CASES],
    [(case,) for case in CASES if case.name not in BUCKETS],
    lambda case: case.name,
)


@pytest.fixture(scope="module")
def one_shape(short_runs: None) -> Iterator[None]:
    """Both parts that are evaluated hold the same records, so that one program serves them."""

    def alike(load: Callable[[], dict[str, list]]) -> Callable[[], dict[str, list]]:
        def parts() -> dict[str, list]:
            found = load()
            return {**found, "test": found["valid"]} if "valid" in found else found

        return parts

    sets = {name: s._replace(load=alike(s.load)) for name, s in catalogue.DATASETS.items()}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(catalogue, "DATASETS", sets)
        yield


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """case -> (its run, what was printed), trained once."""

    @functools.cache
    def folder_of(name: str) -> Path:
        (case,) = [case for case in CASES if case.name == name]
        folder = tmp_path_factory.mktemp(name) / "run"
        seqjax.train(name, quiet=True, workdir=folder, **case.settings)
        return folder

    return folder_of


@functools.cache
def opened(folder: Path) -> Loaded:
    """The run, and with its model the programs that it compiled."""
    return seqjax.load(folder)


def test_the_table_has_every_task() -> None:
    assert [case.name for case in CASES] == list(TASKS)
    assert set(TASKS_OF_KINDS.values()) == set(TASKS)


@each
def test_one_at_a_time_as_all_at_once(case: TaskCase, trained: Any, tmp_path: Path) -> None:
    """A shorter one alone; in another order, which takes no other program, all of them."""
    run, inputs = opened(trained(case.name)), case.inputs(tmp_path)
    together = run.predict(inputs)
    assert len(together) == len(inputs) > 1
    alike(as_json(run.predict(inputs[::-1])), as_json(together[::-1]))
    (alone,) = run.predict([inputs[1]])
    alike(as_json(alone), as_json(together[1]))


def alike(one: Any, other: Any) -> None:
    """Equal, numbers to the rounding of float32."""
    if isinstance(one, dict):
        assert list(one) == list(other)
        for name in one:
            alike(one[name], other[name])
    elif isinstance(one, list):
        assert len(one) == len(other)
        for pair in zip(one, other, strict=True):
            alike(*pair)
    elif isinstance(one, float):
        assert one == pytest.approx(other, rel=2e-5, abs=2e-5)
    else:
        assert one == other


@each
def test_answers_are_records_that_can_be_shown(
    case: TaskCase, trained: Any, tmp_path: Path
) -> None:
    run = opened(trained(case.name))
    options = run.task.options()
    for answer in run.predict(case.inputs(tmp_path)):
        assert answer._fields
        assert json.loads(json.dumps(as_json(answer)))
        assert isinstance(run.task.show(answer, options), str)


@each
def test_no_inputs_and_unknown_options_are_refused(
    case: TaskCase, trained: Any, tmp_path: Path
) -> None:
    run = opened(trained(case.name))
    with pytest.raises(ValueError, match="got no"):
        run.predict([])
    with pytest.raises(ValueError, match="betch: got 3, but there is no such setting"):
        run.predict(case.inputs(tmp_path), betch=3)
    with pytest.raises(AttributeError, match="no attribute 'nothing'; a run of"):
        run.nothing  # noqa: B018


@each
def test_parameters_that_are_not_finite_say_nothing(
    case: TaskCase, trained: Any, tmp_path: Path, monkeypatch: Any
) -> None:
    """Neither from a checkpoint nor in a run that somebody has changed."""
    folder = trained(case.name)
    run = opened(folder)
    nan = jax.tree.map(lambda leaf: np.full_like(leaf, np.nan), run.params)
    if case.name != "word_vectors":  # whose answers are words
        with pytest.raises(ValueError, match=r"NaN|is not finite"):
            run._replace(params=nan).predict(case.inputs(tmp_path))
    read = Checkpoints.restore

    def restore(checkpoints: Checkpoints, step: int, like: Any) -> Any:
        (name,) = items = read(checkpoints, step, like)
        return {**items, name: nan}

    monkeypatch.setattr(Checkpoints, "restore", restore)
    with pytest.raises(ValueError, match=rf"{folder}/checkpoints/\d+: parameter .* is not finite"):
        seqjax.load(folder)


@pytest.mark.parametrize("name", ["classification", "language_model", "tagging", "translation"])
def test_what_is_no_text_is_refused(name: str, trained: Any) -> None:
    run = opened(trained(name))
    for wrong in (None, 3, b"x", [3]):
        with pytest.raises(ValueError, match=r"inputs: got .* as number 2, want a text"):
            run.predict(["import", wrong])
    if name == "language_model":
        with pytest.raises(ValueError, match="text: got None as number 1, want a text"):
            run.score([None])
        with pytest.raises(ValueError, match="prompt: got None, want a text"):
            run.sample(None)


@each
def test_figures_on_a_file(case: TaskCase, trained: Any, tmp_path: Path) -> None:
    run = opened(trained(case.name))
    figures = run.evaluate(case.files(tmp_path))
    assert np.isfinite(figures["loss"])
    assert set(figures) <= set(run.history()["valid"])
    with pytest.raises(ValueError, match="nowhere"):
        run.evaluate(tmp_path / "nowhere.txt")


@each
def test_what_it_says_of_itself(case: TaskCase, trained: Any) -> None:
    folder = trained(case.name)
    run = opened(folder)
    assert repr(run).startswith(f"Loaded({case.name}, step {run.step}, ")
    assert len(repr(run)) < 300
    sizes = [leaf.size for leaf in jax.tree.leaves(run.params)]
    network, *rows = run.summary().splitlines()
    assert "->" in network or case.name == "word_vectors"
    assert rows[-1].split() == ["parameters", f"{sum(sizes):,}"]
    assert set(run.task.methods) <= set(dir(run))
    assert run.history()["valid"]["step"][-1] == logs.read(folder / logs.NAME)[-1]["step"]
    assert run.folder == folder


@each
def test_it_is_pickled_and_asked_with_care(
    case: TaskCase, trained: Any, tmp_path: Path, monkeypatch: Any
) -> None:
    """A copy has the same numbers; what a task lacks is an AttributeError, as Python has it."""
    run, inputs = opened(trained(case.name)), case.inputs(tmp_path)
    copy = pickle.loads(pickle.dumps(run))
    same(copy.params, run.params)
    assert copy.record == run.record
    alike(as_json(run.predict(iter(inputs))), as_json(run.predict(inputs)))
    for name in ("vocabulary", "tokenizer", "first"):
        getattr(run, name, None)
    with pytest.raises(ValueError, match="inputs: got None"):
        run.predict(None)
    with pytest.raises(ValueError, match="files: got none"):
        run.evaluate()
    monkeypatch.chdir(tmp_path)
    assert run.history()["valid"]["loss"].size


@each
def test_settings_are_those_that_were_given(case: TaskCase, trained: Any) -> None:
    record = runs.read_record(trained(case.name))
    settings = {**case.settings, "workdir": str(trained(case.name))}
    configs = from_settings(TASKS[case.name].configs, settings)
    assert record["config"] == settings_as_json(*configs)
    assert record["task"] == case.name
    for wrong in ({"hiddn": 3}, {"epochs": 0}, {"seed": -1}, {"log_every": "often"}):
        with pytest.raises(ValueError, match=f"^{next(iter(wrong))}: got"):
            seqjax.train(case.name, **wrong)


@each
def test_the_first_format_is_opened(case: TaskCase, trained: Any, tmp_path: Path) -> None:
    """It named models, and had no number."""
    shutil.copytree(trained(case.name), tmp_path / "old")
    record = runs.read_record(tmp_path / "old")
    del record["format"], record["task"]
    (kind,) = [kind for kind, task in TASKS_OF_KINDS.items() if task == case.name]
    text = json.dumps({"kind": kind, **record})
    (tmp_path / "old" / "run.json").write_text(text, encoding="utf-8")
    old, new = seqjax.load(tmp_path / "old"), opened(trained(case.name))
    same(old.params, new.params)
    assert old.record["config"] == new.record["config"]
    assert old.task is new.task


def checkpoint(folder: Path) -> tuple[int, dict, list[dict]]:
    """The newest checkpoint, place in the data, and the lines of the log, but for the clock's."""
    with Checkpoints(folder / runs.CHECKPOINTS) as checkpoints:
        step = checkpoints.latest()
        place = checkpoints.position(step)
    rows = [
        {k: v for k, v in row.items() if k not in TIMES and not k.endswith("per_second")}
        for row in logs.read(folder / logs.NAME)
        if row["kind"] != "test"
    ]
    return step, place, rows


@pytest.mark.parametrize("case", STEPS)
def test_stopped_and_resumed(case: TaskCase, trained: Any, tmp_path: Path) -> None:
    """As a run that was read and compiled apart and was not stopped, bit for bit."""
    configs = from_settings(
        TASKS[case.name].configs, {**case.settings, "workdir": str(tmp_path / "run")}
    )
    with prepared_once():
        with runs.begun(TASKS[case.name], configs) as run:
            half = max(1, run.training.loop.steps // 2)
            asked = iter(range(1, 10_000))
            assert not run.train(lambda: next(asked) == half, quiet=True)
            assert run.done == half
        with runs.begun(TASKS[case.name], configs) as run:
            assert f"after step {half}" in run.beginning
            assert run.train(quiet=True)
    whole = trained(case.name)
    assert checkpoint(tmp_path / "run")[:2] == checkpoint(whole)[:2]
    assert checkpoint(tmp_path / "run")[2][-2:] == checkpoint(whole)[2][-2:]
    same(seqjax.load(tmp_path / "run", "newest").params, seqjax.load(whole, "newest").params)

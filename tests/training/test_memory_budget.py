"""The budget of memory: sizes as people write them, and the walk that is chosen by XLA's count."""

from __future__ import annotations

import contextlib
import itertools
from pathlib import Path
from typing import Any

import jax
import launches
import numpy as np
import pytest
from task_cases import CASES

import seqjax
from seqjax import runs
from seqjax.data import Random, sentences, windows
from seqjax.data.buckets import buckets
from seqjax.data.packing import packed
from seqjax.drivers import Driver
from seqjax.runs import memory_choice
from seqjax.runs.prepare import prepare
from seqjax.runs.together import begun_together
from seqjax.tasks import TASKS
from seqjax.tasks.settings import from_settings
from seqjax.training import memory_budget
from seqjax.training.memory_budget import chunk_sizes, fastest, in_words, parse_size, program_bytes

pytestmark = pytest.mark.usefixtures("short_runs")

SETTINGS = {case.name: case.settings for case in CASES}
SMALL = {
    "data": "text.txt", "cell": "rnn", "hidden": 8, "window": 256, "batch": 4, "epochs": 1,
    "memory": "380kB", "driver": "auto", "embedding": 4,
}  # fmt: skip


def settings(task: str, **values: Any) -> list[Any]:
    return from_settings(TASKS[task].configs, values)


def begins_not(configs: list[Any], message: str, task: str = "language_model") -> None:
    refused = pytest.raises(ValueError, match=f"^memory: .*{message}")
    with contextlib.ExitStack() as stack, refused:
        stack.enter_context(runs.begun(TASKS[task], configs))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: Any) -> Path:
    launches.write(tmp_path, launches.lines(400))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("2GiB", 2 * 1024**3),
        ("500MB", 500 * 1000**2),
        ("1.5GiB", 3 * 1024**3 // 2),
        (" 64 kb ", 64_000),
        ("3TiB", 3 * 1024**4),
        ("7", 7),
        ("7B", 7),
        (1000, 1000),
    ],
)
def test_a_size(text: str | int, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize(
    "text", ["", "GiB", "2G", "2 GiBs", "-1GB", "1e3", "1.5.0MB", "0", "0.1B", "2  GiB", "٢GB", 0,
             -5, True, 2.5, None, "1.5", "1.9B", "9" * 400, "2000000TiB",
             pytest.param(10**5000, id="long")],
)  # fmt: skip
def test_what_is_no_size(text: Any) -> None:
    with pytest.raises(ValueError, match=r"^memory: got .*, want a size such as 2GiB"):
        parse_size(text)


def test_a_size_that_was_said_is_no_less_when_it_is_given() -> None:
    draw = np.random.default_rng(0)
    for size in map(int, 2 ** draw.uniform(0, 45, 300)):
        assert size <= parse_size(in_words(size)) <= 1.01 * size + 1


@pytest.mark.parametrize("steps", [1, 2, 3, 4, 5, 35, 4096, 100_000])
def test_chunks_fall_by_halves_to_the_root(steps: int) -> None:
    sizes = chunk_sizes(steps)
    assert sizes[-1] == int(np.ceil(np.sqrt(steps)))
    assert all(b == -(-a // 2) for a, b in itertools.pairwise(sizes[:-1]))
    assert sizes == sorted(set(sizes), reverse=True)
    assert sizes[0] <= max(1, -(-steps // 2)) or sizes[0] == sizes[-1]


def test_the_fastest_that_fits_is_found_by_few_compilations() -> None:
    draw = np.random.default_rng(1)
    for count in range(1, 20):
        falling = np.sort(draw.choice(1000, count, replace=False) + 10)[::-1]
        takes = [int(draw.integers(10, 1100)), *map(int, falling), int(falling[-1]) + 3]
        names = [str(n) for n in range(len(takes))]
        for budget in range(5, 1100, 35):
            fitting = [name for name, size in zip(names, takes, strict=True) if size <= budget]
            calls: list[str] = []

            def size_of(name: str, calls: list[str] = calls, takes: list[int] = takes) -> int:
                calls.append(name)
                return takes[int(name)]

            if not fitting:
                with pytest.raises(ValueError, match=rf"at least {min(takes)} B \(.*: driver \d+"):
                    fastest(names, size_of, budget)
                continue
            choice = fastest(names, size_of, budget)
            assert choice[:2] == (fitting[0], takes[int(fitting[0])])
            assert len(calls) == len(set(calls)) <= 4 + np.log2(count + 1)
            assert choice.measured == {name: takes[int(name)] for name in calls}


def sources() -> dict[str, Any]:
    draw = np.random.default_rng(2)
    rows = [draw.integers(0, 9, n) for n in (3, 30, 4, 8, 2, 5, 9)]
    pairs = [{"s": row, "t": other} for row, other in zip(rows, rows[::-1], strict=True)]
    return {
        "buckets": buckets(pairs, 2, sides={"s": ["s"], "t": ["t"]}, shapes=3),
        "sentences": sentences(rows, 2, eos=0, first=-1, limit=64),
        "windows": windows(np.arange(200), 2, 10, random=Random(0)),
        "packed": packed([{"a": row} for row in rows], 2, 40, fields=("a",)),
        "items": [{"x": np.zeros((3, 2, 1))}, {"x": np.zeros((1, 4, 1))}],
    }


@pytest.mark.parametrize("name", list(sources()))
def test_the_largest_batch_is_as_large_as_any(name: str) -> None:
    source = sources()[name]
    found = memory_choice.largest_batch(source)
    mixed = source.shuffled(7) if hasattr(source, "shuffled") else source
    at = getattr(mixed, "at", lambda epoch, k: source[k])
    items = [at(epoch, k) for epoch in range(3) for k in range(len(source))]
    for field, shape in found.items():
        assert shape.dtype == jax.dtypes.canonicalize_dtype(items[0][field].dtype)
        assert shape.shape == tuple(np.max([np.shape(item[field]) for item in items], axis=0))


@pytest.mark.parametrize("task", [case.name for case in CASES if case.name != "word_vectors"])
def test_the_choice_reaches_the_model_of_every_task(
    task: str, tmp_path: Path, monkeypatch: Any
) -> None:
    """By its name in the record, which training and loading read alike."""
    walked: list[str] = []
    call = Driver.__call__

    def heard(self: Driver, *arguments: Any, **options: Any) -> Any:
        walked.append(self.name)
        return call(self, *arguments, **options)

    monkeypatch.setattr(Driver, "__call__", heard)
    configs = settings(task, **SETTINGS[task] | {"memory": "1GB", "workdir": tmp_path})
    memory = {"driver": "chunked:3", "bytes": 5, "measured": {}}
    made = prepare(TASKS[task], configs, memory)
    walked.clear()
    jax.eval_shape(made.training.try_step, made.data_set.parts["train"].source[0])
    assert set(walked) == {"chunked:3"}
    assert made.record["memory"] == memory
    assert made.record["config"]["driver"] == "sequential"
    assert "driver chunked:3, whose step takes 5 B of 953.68 MiB" in made.training.about


def test_a_run_chooses_says_keeps_and_resumes(folder: Path, monkeypatch: Any) -> None:
    task = TASKS["language_model"]
    with runs.begun(task, settings("language_model", **SMALL, workdir="run")) as run:
        memory = run.record["memory"]
        assert memory["driver"].startswith("chunked:")
        assert f"memory: driver {memory['driver']}, whose step takes" in run.beginning
        assert memory["bytes"] <= 380_000 < memory["measured"]["auto"]
        assert memory["bytes"] == memory["measured"][memory["driver"]]
        params = jax.eval_shape(run.training.init, jax.random.key(0))
        state = jax.eval_shape(run.training.begin, params, jax.random.key(0))
        batch, now = run.data_set.parts["train"].source[0], run.training.adapt([])
        program = run.training.step.lower(state, batch, now).compile()
        assert program_bytes(program) == memory["bytes"]
        assert run.train(quiet=True)

    def refuse(*_: Any) -> int:
        raise AssertionError("measured again")

    monkeypatch.setattr(memory_choice, "step_bytes", refuse)
    with runs.begun(
        task, settings("language_model", **SMALL | {"epochs": 2}, workdir="run")
    ) as run:
        assert run.record["memory"] == memory
        assert f"memory: driver {memory['driver']}" in run.beginning
    assert seqjax.load("run").record["memory"] == memory
    other = settings("language_model", **SMALL | {"memory": "1GB"}, workdir="run")
    begins_not(other, "got '1GB', but the run in")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"memory": "1kB"}, r"got 1000 B, want at least 7.82 KiB .*needs: driver auto\)$"),
        ({"memory": "1kB", "driver": "hoisted"}, r"driver hoisted\); or --driver=auto"),
        ({"memory": "2GG"}, "got '2GG', want a size"),
        ({"memory": 0}, "got '0', want a size"),
        ({"mesh": "data:1"}, "got '380kB' with --mesh"),
        ({"diagnostics": 3}, "got '380kB' with --diagnostics"),
    ],
)
def test_what_cannot_be_kept_is_refused(
    values: dict, message: str, folder: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr(memory_choice, "step_bytes", lambda *_: 8000)
    configs = settings("language_model", **SMALL | values, workdir="run")
    begins_not(configs, message)
    assert not (folder / "run" / "run.json").exists()


def test_no_walk_to_choose(folder: Path, monkeypatch: Any) -> None:
    configs = settings("word_vectors", memory="1GB", data="text.txt", workdir="run")
    begins_not(configs, "got '1GB', but word_vectors has no --driver", "word_vectors")
    configs = settings("language_model", **SMALL, workdir="run")
    with contextlib.ExitStack() as stack:
        together = begun_together(TASKS["language_model"], configs, [0, 1])
        with pytest.raises(ValueError, match="memory: got '380kB' for 2 runs together"):
            stack.enter_context(together)
    monkeypatch.setattr(runs.begin.processes, "several", lambda: True)
    with pytest.raises(ValueError, match="memory: got '380kB' with several processes"):
        runs.begin.check_processes(configs[0])


def test_a_device_whose_compiler_does_not_tell() -> None:
    class Step:
        def lower(self, *_: Any) -> Any:
            return self

        def compile(self, *_: Any) -> Any:
            return self

        def memory_analysis(self) -> None:
            return None

    with pytest.raises(ValueError, match="memory: got a budget, but the compiler of cpu does not"):
        memory_budget.step_bytes(Step())


def test_as_a_flag_and_as_a_number() -> None:
    (run, *_) = launches.given(TASKS["tagging"], "--memory=2GiB")
    assert run.memory == "2GiB"
    assert settings("tagging", memory=1000)[0].memory == "1000"

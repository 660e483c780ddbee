"""What tests of tasks and launches share: texts, settings as flags give them, tiny runs."""

from __future__ import annotations

import contextlib
import functools
import io
import random
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from absl import flags as absl_flags

from experiments import flags, predict, training
from seqjax import runs
from seqjax.runs.prepare import Prepared, prepare
from seqjax.tasks import DataSet, Loaded, Task
from seqjax.tasks.settings import check_run

SAID = "the cat dog sat ran on mat red blue house and a small big bird flew over"
WORDS = SAID.split()
TINY = ("--hidden=8", "--window=8", "--batch=4")
"""of a language model"""


def quick(monkeypatch: Any) -> None:
    """Makes ``jax.jit`` compile sooner, as ``walking.quick`` does: what launches do is short."""
    lazy = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}
    monkeypatch.setattr(jax, "jit", functools.partial(jax.jit, compiler_options=lazy))


def lines(count: int = 100, seed: int = 0) -> str:
    """Sentences of a few words, one a line."""
    draw = random.Random(seed)
    rows = [" ".join(draw.choices(WORDS, k=draw.randint(3, 8))) + "." for _ in range(count)]
    return "\n".join(rows) + "\n"


def write(folder: Path, text: str | None = None) -> Path:
    """A file with that text."""
    path = folder / "text.txt"
    path.write_text(lines() if text is None else text, encoding="utf-8")
    return path


def given(task: Task | tuple[type, ...], *arguments: str) -> list:
    """The settings of a task, or of dataclasses, as a command line gives them."""
    configs = task.configs if isinstance(task, Task) else task
    values = absl_flags.FlagValues()
    flags.define(*configs, values=values)
    assert values(["program", *arguments]) == ["program"]
    return [flags.parse(config, values) for config in configs]


def checked(task: Task, *arguments: str) -> list:
    """The same, after the checks that come before any data is read."""
    configs = given(task, *arguments)
    check_run(configs[0])
    task.check(*configs)
    return configs


def data_set(task: Task, *arguments: str) -> DataSet:
    """What a task reads, with these flags."""
    return task.read(*checked(task, *arguments))


def prepared(task: Task, *arguments: str) -> Prepared:
    """Data, model and training of a run, with these flags."""
    return prepare(task, checked(task, *arguments))


def run(task: Task, *arguments: str) -> int:
    """The training launch of a task in this process, with these flags; its exit status."""
    return training.train(task, given(task, *arguments))


def captured(task: Task, *arguments: str) -> tuple[str, str]:
    """(standard output, standard error) of the training launch, which ends well."""
    out, error = io.StringIO(), io.StringIO()
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(error),
    ):
        quick(patch)
        assert run(task, *arguments) == 0
    return out.getvalue(), error.getvalue()


def call(monkeypatch: Any, main: Any, *arguments: str, configs: Any) -> Any:
    """``main()`` of another launch in this process, with these flags."""
    made = {type(config): config for config in given(tuple(configs), *arguments)}
    with monkeypatch.context() as patch:
        patch.setattr(flags, "parse", made.__getitem__)
        return main()


kept = functools.cache(runs.load)
"""A run that was loaded before is given again, and with its model the programs."""


def predicted(monkeypatch: Any, capsys: Any, task: Task, *arguments: str) -> str:
    """What ``experiments.predict`` prints with these flags, for a run of that task."""
    flag_lists: dict[str, list[str]] = {predict.TEXT: [], predict.FILE: []}
    rest = []
    for argument in arguments:
        name, _, value = argument.lstrip("-").partition("=")
        if name in flag_lists:
            flag_lists[name].append(value)
        else:
            rest.append(argument)
    with monkeypatch.context() as patch:
        values = {name: SimpleNamespace(value=each) for name, each in flag_lists.items()}
        patch.setattr(predict.absl_flags, "FLAGS", values)
        call(patch, predict.main, *rest, configs=(predict.PredictConfig, task.options))
    return capsys.readouterr().out


def grown(made: Prepared, by: float, seed: int = 0) -> Any:
    """Parameters before training, so many times as large, by NumPy: nothing is compiled for it."""
    drawn = made.training.init(jax.random.key(seed))
    return jax.tree.map(lambda a: jnp.asarray(np.asarray(a) * by), drawn)


def untrained(task: Task, made: Prepared, grow: float = 20.0) -> Loaded:
    """As a run is loaded; weights are large enough for words to differ in probability."""
    params = grown(made, grow, seed=1)
    model = task.build(made.record, made.data_set.vocabularies)
    return Loaded(task, model, params, made.data_set.vocabularies, dict(made.record), 1)

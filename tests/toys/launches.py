"""What tests of launches share: a text, flags as given on a command line, tiny runs."""

from __future__ import annotations

import functools
import random
from pathlib import Path
from typing import Any

import jax
from absl import flags as absl_flags

from experiments import flags, launch, task
from experiments.language_model import CONFIGS, prepare
from experiments.task import Task
from seqjax.kinds import KINDS
from seqjax.runs import Loaded

SAID = "the cat dog sat ran on mat red blue house and a small big bird flew over"
WORDS = SAID.split()
TINY = ("--hidden=8", "--window=8", "--batch=4")


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


def given(*arguments: str, configs: Any = CONFIGS) -> list:
    """Configs as a command line gives them."""
    values = absl_flags.FlagValues()
    flags.define(*configs, values=values)
    assert values(["program", *arguments]) == ["program"]
    return [flags.parse(config, values) for config in configs]


def prepared(*arguments: str) -> Task:
    return task.check(prepare(*given(*TINY, *arguments)))


def call(monkeypatch: Any, main: Any, *arguments: str, configs: Any = CONFIGS) -> Any:
    """``main()`` of a launch in this process, with these flags."""
    made = {type(config): config for config in given(*arguments, configs=configs)}
    with monkeypatch.context() as patch:
        patch.setattr(flags, "parse", made.__getitem__)
        patch.setattr(launch, "threads", lambda count: None)  # JAX has begun with all
        return main()


def untrained(made: Task, grow: float = 20.0) -> Loaded:
    """As a run is loaded; weights are large enough for words to differ in probability."""
    params = jax.tree.map(lambda a: a * grow, made.init(jax.random.key(1)))
    model = KINDS[made.kind](made.record, made.vocabularies)
    return Loaded(model, params, made.vocabularies, dict(made.record), 1)

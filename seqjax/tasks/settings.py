"""Settings of a task: frozen dataclasses, as JSON keeps them and as a person gives them by name."""

from __future__ import annotations

import dataclasses
import difflib
import typing
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from seqjax.basics import checks
from seqjax.basics.options import at_home, option
from seqjax.basics.precision import PRECISIONS
from seqjax.training.layout import RULES, rules
from seqjax.training.nonfinite import NonFiniteRule

Config = TypeVar("Config")
Record = Mapping[str, Any]
"""run.json of a run: "task", "config" (all settings by name), "data" (what the data was)"""


@dataclasses.dataclass(frozen=True)
class RunConfig:
    """The run: where it lies, how long it is, and how often it says something."""

    workdir: str = option("runs/task", "folder of the run; the same one again resumes it")
    epochs: int = option(10, "passes over the training part")
    seed: int = option(0, "of initial weights, noise, and the order of the data")
    evaluate_every: int = option(0, "steps from one evaluation to the next; 0: once an epoch")
    save_every: int = option(0, "steps between further checkpoints; 0: only at evaluations")
    log_every: int = option(100, "steps from one line of metrics.jsonl to the next")
    diagnostics: int = option(
        0, "steps from one look inside to the next, which the log then has: gradient norm by layer,"
        " spectral radius of recurrent weights, size of the states; 0: never"
    )  # fmt: skip
    tensorboard: bool = option(False, "write for TensorBoard too")
    precision: str = option(
        "float32", f"of the factors of products, whose sums are float32: {', '.join(PRECISIONS)}"
    )
    memory: str = option(
        "", "budget of the training step, such as 2GiB, 500MB or bytes: the fastest --driver that"
        " keeps within it is chosen before training starts, as XLA counts; nothing: any"
    )  # fmt: skip
    mesh: str = option(
        "", "devices as a grid: data:4 cuts batches into 4, data:4,model:2 large tables too; an"
        " axis without a size has all that are left; nothing: one device"
    )  # fmt: skip
    sharding: str = option(
        RULES, "parameters over the axes of --mesh: the end of a path as a regular expression =axes"
    )
    nonfinite: str = option(
        "stop", "where a loss or gradient is NaN or infinite: stop, skip (the step is left out and"
        " counted) or back (to the last checkpoint, at a smaller rate); the batch is written beside"
        " the log"
    )  # fmt: skip
    nonfinite_limit: int = option(
        10, "nonfinite=skip: steps in a row that are left out at most; back: how often it goes back"
    )
    nonfinite_decay: float = option(0.5, "nonfinite=back: what the rate is multiplied by")


def nonfinite_rule(run: RunConfig) -> NonFiniteRule:
    """What a run does where a number is not finite.

    Raises:
      ValueError: for a rule that there is not, a limit or a decay out of range.

    >>> nonfinite_rule(RunConfig(nonfinite="back")).decay
    0.5
    """
    return NonFiniteRule(run.nonfinite, run.nonfinite_limit, run.nonfinite_decay)


def check_run(run: RunConfig) -> None:
    """What every run has to keep.

    Raises:
      ValueError: for epochs or log_every below 1, evaluate_every, save_every or diagnostics below
        0, diagnostics over a mesh, a seed outside [0, 2^32), no workdir, sharding that cannot be
        read or that no mesh uses, an unknown precision or rule for what is not finite, or numbers
        of it that are out of range or that the rule does not use; it names the setting.
    """
    for name in ("epochs", "log_every"):
        checks.positive(name, getattr(run, name))
    for name in ("evaluate_every", "save_every", "diagnostics"):
        checks.natural(name, getattr(run, name))
    if run.mesh:
        unused(run, "diagnostics", why="with --mesh")
    checks.seed(run.seed)
    checks.lookup("precision", dict.fromkeys(PRECISIONS), run.precision)
    rule = nonfinite_rule(run).rule
    if rule != "back":
        unused(run, "nonfinite_decay", why=f"with nonfinite={rule}")
    if rule == "stop":
        unused(run, "nonfinite_limit", why="with nonfinite=stop")
    rules(run.sharding)
    if not run.mesh:
        unused(run, "sharding", why="without --mesh")
    if not run.workdir:
        raise ValueError("workdir: got none, want a folder")


def from_settings(
    configs: Sequence[type], settings: Mapping[str, Any], *, several: bool = False
) -> list[Any]:
    """An instance of each dataclass, with these settings and defaults for the rest.

    Integers become floats where a float is wanted, NumPy's numbers Python's, paths strings.

    Args:
      configs: the dataclasses.
      settings: by name.
      several: where a float is wanted, several may be given, which become a tuple.

    >>> (run,) = from_settings([RunConfig], {"epochs": 3, "workdir": "runs/mine"})
    >>> run.epochs, run.log_every
    (3, 100)

    Raises:
      ValueError: for a name that none of them has, which lists near ones, or a value of another
        type than the setting has.
    """
    types = {n: kind for config in configs for n, kind in typing.get_type_hints(config).items()}
    unknown = [name for name in settings if name not in types]
    if unknown:
        near = difflib.get_close_matches(unknown[0], types, n=3)
        hint = f"did you mean {' or '.join(near)}?" if near else f"want {', '.join(sorted(types))}"
        raise ValueError(
            f"{unknown[0]}: got {settings[unknown[0]]!r}, but there is no such setting; {hint}"
        )
    check = _checked_values if several else _checked_value
    values = {name: check(name, value, types[name]) for name, value in settings.items()}
    return [
        config(**{f.name: values[f.name] for f in dataclasses.fields(config) if f.name in values})
        for config in configs
    ]


def _checked_values(name: str, value: Any, kind: Any) -> Any:
    if kind is not float or not isinstance(value, list | tuple | np.ndarray):
        return _checked_value(name, value, kind)
    values = tuple(_checked_value(name, each, float) for each in value)
    if not values:
        raise ValueError(f"{name}: got {value!r}, want a number, or several")
    return values if len(values) > 1 else values[0]


def _checked_value(name: str, value: Any, kind: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if name == "memory" and type(value) is int:  # bytes
        value = str(value)
    if kind is str and hasattr(value, "__fspath__"):
        value = str(value)
    if kind == tuple[int, ...]:
        if isinstance(value, list | tuple) and all(type(each) is int for each in value):
            return tuple(value)
        raise ValueError(f"{name}: got {value!r}, want integers such as (1, 2)")
    if type(value) is not kind:
        raise ValueError(f"{name}: got {value!r}, want {kind.__name__}")
    return at_home(value)


def as_json(*configs: Any) -> dict[str, Any]:
    """The values of config instances by name, fit for JSON and equal to what it reads back.

    >>> as_json(RunConfig(epochs=3))["epochs"]
    3
    """
    pairs = [pair for config in configs for pair in dataclasses.asdict(config).items()]
    return {name: list(value) if isinstance(value, tuple) else value for name, value in pairs}


def of_record(config: type[Config], record: Record) -> Config:
    """The instance of a dataclass that a run's record holds.

    Fields that are newer than the run have their defaults.

    >>> of_record(RunConfig, {"config": {"epochs": 3}}).epochs
    3
    """
    values = record["config"]
    names = [f.name for f in dataclasses.fields(config) if f.name in values]  # type: ignore[arg-type]
    # JSON has no tuples.
    fields = {n: tuple(values[n]) if isinstance(values[n], list) else values[n] for n in names}
    return config(**fields)


def completed(configs: Sequence[type], record: Record) -> dict[str, Any]:
    """The record of a run with the default of each setting that it lacks, being older.

    Raises:
      ValueError: for a setting of another type than it has today.

    >>> completed([RunConfig], {"task": "tagging", "config": {"epochs": 3}})["config"]["seed"]
    0
    """
    names = {f.name for config in configs for f in dataclasses.fields(config)}
    known = {name: value for name, value in record["config"].items() if name in names}
    return {**record, "config": record["config"] | as_json(*from_settings(configs, known))}


def unused(config: Any, *names: str, why: str) -> None:
    """Refuses settings that are not at their defaults though nothing would use them.

    Args:
      config: an instance of a dataclass.
      names: of fields of it.
      why: ends the message, as in "without --phrases".

    Raises:
      ValueError: names the first such setting.
    """
    for name in names:
        default = type(config).__dataclass_fields__[name].default
        if (value := getattr(config, name)) != default:
            raise ValueError(f"{name}: got {value!r} {why}: nothing would use it")

"""Frozen dataclasses as command line flags: one flag a field, its help and default kept there.

    if __name__ == "__main__":
        flags.define(ModelConfig, TrainConfig)  # here, so that they are the flags of this launch
        launch.run(main)                        # main calls flags.parse(ModelConfig)

Fields are made by ``seqjax.basics.options.option`` and are int, float, str, bool (``--name``,
``--noname``) or tuple[int, ...] (``--name=1,2``).
"""

from __future__ import annotations

import contextlib
import dataclasses
import typing
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, TypeVar

from absl import flags

from seqjax.basics import checks
from seqjax.basics.options import at_home

Config = TypeVar("Config")
GROUPS: list[type] = []
"""The dataclasses whose flags were defined, in order: the groups of the help."""

# absl lists a flag under the module that defines it: let that be the one that calls ``define``.
flags.disclaim_key_flags()


class _Integers(flags.ArgumentParser):
    """1,2,3 -> (1, 2, 3)."""

    syntactic_help = "integers with commas between them, or nothing"

    def parse(self, argument: str | tuple[int, ...]) -> tuple[int, ...]:
        if isinstance(argument, tuple):
            return argument
        try:
            return tuple(int(number) for number in argument.split(",")) if argument else ()
        except ValueError:
            raise ValueError(f"want {self.syntactic_help}") from None

    def flag_type(self) -> str:
        return "integers"


class Floats(flags.FloatParser):
    """0.1 -> 0.1; 0.1,0.3 -> (0.1, 0.3)."""

    def parse(self, argument: Any) -> Any:
        if not isinstance(argument, str) or "," not in argument:
            return super().parse(argument)
        try:
            values = tuple(float(number) for number in argument.split(","))
        except ValueError:
            raise ValueError("want a number, or several with commas between them") from None
        return values

    def flag_type(self) -> str:
        return "floats"


PARSERS = {
    int: flags.IntegerParser,
    float: flags.FloatParser,
    str: flags.ArgumentParser,
    tuple[int, ...]: _Integers,
}


def define(
    *configs: type, values: flags.FlagValues = flags.FLAGS, several: Collection[type] = ()
) -> None:
    """Defines one flag for each field of the configs, as key flags of the calling module.

    ``--help`` shows key flags alone; ``--flagfile`` is made one of them.

    Args:
      configs: the dataclasses.
      values: where the flags are.
      several: those of the configs whose floats may be tuples of several.

    Raises:
      ValueError: for a name that two configs have, a field without default or help, or of another
        type than flags have.
    """
    owners: dict[str, type] = {}
    for config in configs:
        for field, kind in _fields(config):
            other = owners.setdefault(field.name, config)
            if other is not config:
                raise ValueError(
                    f"{config.__name__}.{field.name}: {other.__name__} has a field of this name too"
                )
            _define(field, kind, values, config in several)
    flags.declare_key_flag("flagfile", values)
    if values is flags.FLAGS:
        GROUPS.extend(configs)


def parse(config: type[Config], values: flags.FlagValues = flags.FLAGS) -> Config:
    """An instance with the values of its flags; its own checks may raise a ValueError."""
    return config(
        **{field.name: at_home(getattr(values, field.name)) for field, _ in _fields(config)}
    )


def options_of_run(arguments: list[str]) -> list[type]:
    """What a prediction of the run may be told that a command line, or a file of flags, names.

    Nothing without a run.
    """
    from seqjax.tasks import TASKS
    from seqjax.tasks.run_record import read_record

    with contextlib.suppress(flags.Error, OSError, ValueError):  # the launch will say what is wrong
        arguments = flags.FLAGS.read_flags_from_files(arguments)
    for number, argument in enumerate(arguments):
        name, _, value = argument.lstrip("-").partition("=")
        if argument.startswith("-") and name == "run":
            folder = value or "".join(arguments[number + 1 : number + 2])
            task = read_record(Path(folder))["task"]
            return [checks.lookup("task of the run", TASKS, task).options]
    return []


def changed(values: flags.FlagValues = flags.FLAGS) -> set[str]:
    """The names of the flags that were given, on the command line or in a flagfile."""
    return {name for name in values if values[name].present}


def _fields(config: type) -> Iterator[tuple[dataclasses.Field, type]]:
    kinds = typing.get_type_hints(config)
    for field in dataclasses.fields(config):
        where = f"{config.__name__}.{field.name}"
        if kinds[field.name] is not bool and kinds[field.name] not in PARSERS:
            raise ValueError(
                f"{where}: got type {kinds[field.name]}, want int, float, str, bool or"
                " tuple[int, ...]"
            )
        if field.default is dataclasses.MISSING or "help" not in field.metadata:
            raise ValueError(f'{where}: want a default and a help, as in option(1, "how many")')
        yield field, kinds[field.name]


def _define(field: dataclasses.Field, kind: type, values: flags.FlagValues, several: bool) -> None:
    default: Any = field.default
    words = field.metadata["help"]
    if kind is bool:
        flags.DEFINE_bool(field.name, default, words, values)
        return
    parser = Floats() if several and kind is float else PARSERS[kind]()
    serializer: Any = flags.ListSerializer(",") if isinstance(parser, _Integers) else None
    flags.DEFINE(parser, field.name, default, words, values, serializer)

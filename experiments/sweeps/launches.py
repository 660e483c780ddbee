"""Launches that train, their flags, and what these make of words."""

from __future__ import annotations

import dataclasses
import difflib
import importlib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from absl import flags as absl_flags

import experiments
from experiments import flag_files, flags
from seqjax.basics import checks
from seqjax.runs.begin import check_settings
from seqjax.tasks.task import Task

TRAINS = re.compile(r"^from seqjax\.tasks\.\w+ import .*\bTASK\b", re.MULTILINE)


class Launch(NamedTuple):
    """A launch that trains a model of a task."""

    name: str
    task: Task
    options: tuple[type, ...]
    """the dataclasses of all its flags"""

    def values(self, words: Iterable[str]) -> absl_flags.FlagValues:
        """Its flags as words of a command line give them.

        Raises:
          ValueError: for a word that is no flag, an unknown flag, a value that a flag does not
            take, a file of flags that is not in order.
        """
        words, values = list(words), self._defined()
        for path in flag_files.named(words):
            flag_files.check(path, values)
        try:
            rest = values([self.name, *words])[1:]
        except absl_flags.UnrecognizedFlagError as error:
            raise self._unknown(error.flagname) from None
        except absl_flags.Error as error:
            raise ValueError(f"{self.name}: {error}") from None
        if rest:
            raise ValueError(
                f"{self.name}: got {rest[0]!r} behind --, want flags of the launch, --name=value"
            )
        return values

    def given(self, words: Iterable[str]) -> dict[str, Any]:
        """The flags that words name, by name, with their values."""
        values = self.values(words)
        return {name: values[name].value for name in sorted(flags.changed(values))}

    def flag(self, name: str) -> absl_flags.Flag:
        """A flag by name, which knows its type.

        Raises:
          ValueError: if there is none; names near ones.
        """
        values = self._defined()
        names = {field.name for config in self.options for field in dataclasses.fields(config)}
        if name not in names:
            raise self._unknown(name)
        return values[name]

    def checked(self, words: Iterable[str]) -> list[Any]:
        """Instances of ``task.configs``, after the checks that come before any data is read.

        Raises:
          ValueError: for whatever is wrong or contradicts.
        """
        values = self.values(words)
        configs: list[Any] = [flags.parse(config, values) for config in self.task.configs]
        check_settings(self.task, configs)
        return configs

    def _defined(self) -> absl_flags.FlagValues:
        values: absl_flags.FlagValues = absl_flags.FlagValues()  # type: ignore[no-untyped-call]
        flags.define(*self.options, values=values)
        return values

    def _unknown(self, name: str) -> ValueError:
        names = [field.name for config in self.options for field in dataclasses.fields(config)]
        near = difflib.get_close_matches(name, names, n=3)
        hint = f"did you mean {' or '.join(near)}?" if near else "want one that its --help lists"
        return ValueError(f"{name}: is no flag of {self.name}; {hint}")


def find(name: str) -> Launch:
    """The launch of that name.

    Raises:
      ValueError: for one that does not train, or that there is not; lists those that do.

    >>> find("tag").task.name
    'tagging'
    """
    folder = Path(experiments.__file__).parent
    trains = [path.stem for path in folder.glob("*.py") if TRAINS.search(path.read_text("utf-8"))]
    checks.lookup("launch", dict.fromkeys(trains), name)
    module = importlib.import_module(f"experiments.{name}")
    task: Task = module.TASK
    others = [each for each in vars(module).values() if dataclasses.is_dataclass(each)]
    options = dict.fromkeys([*task.configs, *(each for each in others if isinstance(each, type))])
    return Launch(name, task, tuple(options))


def words_of(settings: Mapping[str, Any]) -> list[str]:
    """Settings as words of a command line.

    >>> words_of({"rate": 0.1, "tied": False, "cutoffs": [1, 2]})
    ['--rate=0.1', '--tied=false', '--cutoffs=1,2']
    """
    return [f"--{name}={written(value)}" for name, value in settings.items()]


def written(value: Any) -> str:
    """A value as a flag takes it.

    >>> written(True), written((1, 2)), written(1e-5)
    ('true', '1,2', '1e-05')
    """
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)

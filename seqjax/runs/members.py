"""The runs that several seeds, and several values of settings, make of one set of settings."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from seqjax.tasks.settings import RunConfig


def several(configs: Sequence[Any]) -> bool:
    """Whether a setting has several values.

    >>> several([RunConfig()]), several([RunConfig(nonfinite_decay=(0.5, 0.25))])
    (False, True)
    """
    return any(_lists(configs))


def members(configs: Sequence[Any], seeds: Sequence[int]) -> list[list[Any]]:
    """Every combination of the values of settings, with every seed.

    Args:
      configs: instances of the configs of a task, the first a RunConfig; a number with several
        values is a tuple of them.
      seeds: of each combination.

    Returns:
      Configs of each run, in the order of the settings in the configs, with its seed, and a folder
      of its own below ``workdir``: ``seed0``, ``dropout0.5_rate0.1_seed0``.

    Raises:
      ValueError: for fewer than two runs, a value or seed that is given twice, or no workdir.

    >>> runs = members([RunConfig(workdir="x", nonfinite_decay=(0.5, 1.0))], [0, 4])
    >>> [run.workdir for run, in runs]  # doctest: +NORMALIZE_WHITESPACE
    ['x/nonfinite_decay0.5_seed0', 'x/nonfinite_decay0.5_seed4',
     'x/nonfinite_decay1_seed0', 'x/nonfinite_decay1_seed4']
    """
    run: RunConfig = configs[0]
    if not run.workdir:
        raise ValueError("workdir: got none, want a folder")
    lists = [*_lists(configs)]
    for name, values in [*((name, values) for _, name, values in lists), ("seeds", seeds)]:
        if len(set(values)) < len(values):
            raise ValueError(f"{name}: got {list(values)}, want different ones")
    if len(seeds) < 2 and not lists:
        raise ValueError(f"seeds: got {list(seeds)}, want two or more")
    made = []
    for *chosen, seed in itertools.product(*(values for _, _, values in lists), seeds):
        own, names = list(configs), []
        for (place, name, _), value in zip(lists, chosen, strict=True):
            own[place] = dataclasses.replace(own[place], **{name: value})
            names.append(f"{name}{repr(value).removesuffix('.0')}")
        folder = Path(run.workdir) / "_".join([*names, f"seed{seed}"])
        own[0] = dataclasses.replace(own[0], seed=seed, workdir=str(folder))
        made.append(own)
    return made


def _lists(configs: Sequence[Any]) -> Iterator[tuple[int, str, tuple[float, ...]]]:
    """(place of the config, name, values) of each number that has several."""
    for place, config in enumerate(configs):
        for field in dataclasses.fields(config):
            value = getattr(config, field.name)
            if field.type in (float, "float") and isinstance(value, tuple):
                yield place, field.name, value

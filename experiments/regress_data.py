"""From the flags that name sequences of numbers to normalised batches for a regressor."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from experiments.regress_parts import TASK, series_parts
from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.data.buckets import Buckets, buckets
from seqjax.data.builtin.adding import Adding
from seqjax.data.builtin.catalogue import dataset
from seqjax.data.formats.numeric import Series, Statistics, as_json, statistics
from seqjax.models.regressor import RegressorConfig

Batches = Buckets | Adding
ADDING = "adding"


@dataclasses.dataclass(frozen=True)
class SeriesConfig:
    """Which numbers, and how they become examples."""

    data: str = option(
        "waves", "a CSV, NPY or NPZ file; a folder of such files, one a series, or one each called"
        " train, valid and test; or the name of a data set: waves, adding"
    )  # fmt: skip
    inputs: str = option("", "columns that go in, with commas; nothing: all that may")
    targets: str = option("", "columns to be predicted, with commas; nothing: the last one")
    id: str = option("", "CSV: the column that tells the series of a file apart; nothing: one")
    window: int = option(0, "cut series into pieces of so many steps; 0: whole")
    normalise: bool = option(True, "take mean and deviation of the training part from every column")
    steps: int = option(200, "data=adding: steps of a sequence")
    valid: float = option(0.1, "share for validation, where there is no file for it")
    test: float = option(0.1, "share for the test, where there is no file for it")
    batch: int = option(16, "examples of a batch")
    shapes: int = option(8, "lengths that batches are padded to: so many programs to compile")


class Numbers(NamedTuple):
    """Sequences, ready for training."""

    inputs: tuple[str, ...]
    targets: tuple[str, ...]
    sources: dict[str, Batches]
    values: dict[str, int]
    """of each part, how many are to be predicted"""
    scales: dict[str, Statistics]
    """of inputs and of targets"""
    data: dict[str, Any]
    """what a run remembers of it"""


def numbers(config: SeriesConfig, model: RegressorConfig) -> Numbers:
    """Reads, cuts and normalises; statistics are those of the training part.

    Raises:
      ValueError: for what cannot be read or contradicts itself; it names the flag, or file and
        line.
    """
    for name in ("batch", "shapes", "steps"):
        checks.positive(name, getattr(config, name))
    if config.window < 0 or (config.window and model.output == "one"):
        raise ValueError(f"window: got {config.window}, want 0 or more, and 0 with output=one")
    if config.data == ADDING:
        return _adding(config, model)
    if config.steps != SeriesConfig.__dataclass_fields__["steps"].default:
        raise ValueError(f"steps: got {config.steps}, but data={ADDING} alone uses it")
    shares = {"test": config.test, "valid": config.valid}
    parts = series_parts(config.data, config.id, shares)
    inputs, targets = _columns(config, model, parts["train"][0].columns)
    kinds = {"inputs": inputs, "targets": targets}
    scales = {
        kind: _scale(config, [series.take(names) for series in parts["train"]])
        for kind, names in kinds.items()
    }
    rows = {
        part: [e for series in found for e in examples(series, kinds, scales, model, config.window)]
        for part, found in parts.items()
    }
    sides = {"": ("inputs",) if model.output == "one" else ("inputs", "targets")}
    sources: dict[str, Batches] = {
        part: buckets(found, config.batch, sides=sides, shapes=config.shapes)
        for part, found in rows.items()
    }
    values = {part: sum(each["targets"].size for each in found) for part, found in rows.items()}
    marks = {part: _mark(found) for part, found in parts.items()}
    record = _record(config, kinds, scales, marks)
    return Numbers(inputs, targets, sources, values, scales, record)


def examples(
    series: Series,
    kinds: dict[str, tuple[str, ...]],
    scales: dict[str, Statistics],
    model: RegressorConfig,
    window: int = 0,
) -> list[dict[str, np.ndarray]]:
    """What a series is to the model: inputs [T, D] and targets [K] or [T, K], normalised.

    Pieces of ``window`` steps follow each other without gap; each begins anew.
    """
    found = {kind: scales[kind].normalise(series.take(names)) for kind, names in kinds.items()}
    if model.output == "one":
        return [{"inputs": found["inputs"], "targets": found["targets"][-1]}]
    ahead = model.ahead if model.output == "forecast" else 0
    steps = len(series.values) - ahead
    if steps < 1:
        raise ValueError(f"{series.name}: got {len(series.values)} steps, want more than {ahead}")
    inputs, targets = found["inputs"][:steps], found["targets"][ahead:]
    size = window or steps
    return [
        {"inputs": inputs[begin : begin + size], "targets": targets[begin : begin + size]}
        for begin in range(0, steps, size)
    ]


def _adding(config: SeriesConfig, model: RegressorConfig) -> Numbers:
    default = SeriesConfig()
    for name in ("inputs", "targets", "id", "normalise", "valid", "test", "shapes"):
        if (value := getattr(config, name)) != getattr(default, name):
            raise ValueError(f"{name}: got {value!r}, but data={ADDING} does not use it")
    if model.output != "one":
        raise ValueError(f"output: got {model.output!r}, want one: data={ADDING} has one target")
    kinds = {"inputs": ("value", "mark"), "targets": ("sum",)}
    sources: dict[str, Batches] = {}
    for part, (made,) in dataset(TASK, ADDING).load().items():
        assert isinstance(made, Adding)
        sources[part] = dataclasses.replace(made, steps=config.steps, batch=config.batch)
    scales = {kind: Statistics(np.zeros(len(n)), np.ones(len(n))) for kind, n in kinds.items()}
    marks = {part: repr(source) for part, source in sources.items()}
    record = _record(config, kinds, scales, marks)
    values = {part: len(source) * config.batch for part, source in sources.items()}
    return Numbers(kinds["inputs"], kinds["targets"], sources, values, scales, record)


def _record(config: SeriesConfig, kinds: dict, scales: dict, marks: dict) -> dict[str, Any]:
    return {
        "name": Path(config.data).name,
        **{kind: list(names) for kind, names in kinds.items()},
        "statistics": {kind: as_json(found) for kind, found in scales.items()},
        "sha256": marks,
    }


def _scale(config: SeriesConfig, values: list[np.ndarray]) -> Statistics:
    found = statistics(values)
    if config.normalise:
        return found
    return Statistics(np.zeros_like(found.mean), np.ones_like(found.deviation))


def _columns(
    config: SeriesConfig, model: RegressorConfig, columns: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of inputs and targets. In forecasting a target may be an input; else it is known."""
    targets = tuple(filter(None, config.targets.split(","))) or columns[-1:]
    known = () if model.output == "forecast" else targets
    given = tuple(filter(None, config.inputs.split(",")))
    inputs = given or tuple(name for name in columns if name not in known)
    if both := [name for name in inputs if name in known]:
        raise ValueError(f"inputs: got {both[0]!r}, which is a target; only forecasts may see it")
    if not inputs:
        raise ValueError(
            f"inputs: got no column beside the targets {', '.join(targets)}, want one or more, or"
            " output=forecast"
        )
    return inputs, targets


def _mark(found: list[Series]) -> str:
    mark = hashlib.sha256()
    for series in found:
        mark.update(repr((series.columns, series.values.shape)).encode())
        mark.update(np.ascontiguousarray(series.values).tobytes())
    return mark.hexdigest()[:16]

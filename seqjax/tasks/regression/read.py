"""From the settings that name sequences of numbers to their parts, statistics and batches."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from seqjax.data.builtin.adding import Adding
from seqjax.data.builtin.catalogue import dataset
from seqjax.data.formats.numeric import Series
from seqjax.data.statistics import Statistics, as_json, statistics
from seqjax.models.regressor import RegressorConfig
from seqjax.tasks import settings
from seqjax.tasks.regression.about import about, notes
from seqjax.tasks.regression.columns import INPUTS, TARGETS, columns_of
from seqjax.tasks.regression.config import ADDING, AUTO, NAME, PIECE, RegressionData, RegressionRun
from seqjax.tasks.regression.encode import encoded
from seqjax.tasks.regression.parts import series_parts
from seqjax.tasks.task import DataSet, Part
from seqjax.training.config import Optimization


def read(
    run: RegressionRun, config: RegressionData, model: RegressorConfig, optimization: Optimization
) -> DataSet:
    """Reads, cuts and normalises; statistics are those of the training part.

    Raises:
      ValueError: for what cannot be read or contradicts itself; it names the setting, or file and
        line.
    """
    if config.data == ADDING:
        return _adding(config, model)
    series = series_parts(config)
    train = series["train"]
    columns = columns_of(config, model, train[0])
    scales = {side: _scale(config, train, names) for side, names in columns.items()}
    digests = {part: _digest(members) for part, members in series.items()}
    data = {**_data(config, columns, scales, digests), "window": _window(config, model, train)}
    record = {"config": settings.as_json(config, model), "data": data}
    windows = {"train": data["window"]}
    parts = {
        part: encoded(record, members, window=windows.get(part, 0))
        for part, members in series.items()
    }
    values = {
        part: sum(example[TARGETS].size for example in source.examples)
        for part, (source, _) in parts.items()
    }
    lines = [about(record, parts, values), *notes(data, parts["train"])]
    return DataSet(parts, {}, data, values["train"], "values", "\n".join(lines))


def _adding(config: RegressionData, model: RegressorConfig) -> DataSet:
    parts: dict[str, Part] = {}
    for part, (source,) in dataset(NAME, ADDING).load().items():
        assert isinstance(source, Adding)
        parts[part] = Part(dataclasses.replace(source, steps=config.steps, batch=config.batch), ())
    columns = {INPUTS: ("value", "mark"), TARGETS: ("sum",)}
    scales = {side: _unscaled(len(names)) for side, names in columns.items()}
    data = _data(config, columns, scales, {part: repr(each.source) for part, each in parts.items()})
    values = {part: len(source) * config.batch for part, (source, _) in parts.items()}
    record = {"config": settings.as_json(config, model), "data": data}
    return DataSet(parts, {}, data, values["train"], "values", about(record, parts, values))


def _data(
    config: RegressionData,
    columns: Mapping[str, Sequence[str]],
    scales: Mapping[str, Statistics],
    digests: Mapping[str, str],
) -> dict[str, Any]:
    return {
        "name": Path(config.data).name,
        **{side: list(names) for side, names in columns.items()},
        "statistics": {side: as_json(scale) for side, scale in scales.items()},
        "sha256": dict(digests),
    }


def _scale(config: RegressionData, train: Sequence[Series], names: Sequence[str]) -> Statistics:
    scale = statistics([series.take(names) for series in train])
    return scale if config.normalise else _unscaled(len(names))


def _unscaled(width: int) -> Statistics:
    return Statistics(np.zeros(width), np.ones(width))


def _window(config: RegressionData, model: RegressorConfig, train: Sequence[Series]) -> int:
    """Steps of a piece; 0 for whole series."""
    if config.window != AUTO:
        return config.window
    single_long = len(train) == 1 and len(train[0].values) >= 4 * PIECE
    return PIECE if single_long and model.output != "one" else 0


def _digest(members: Sequence[Series]) -> str:
    digest = hashlib.sha256()
    for series in members:
        digest.update(repr((series.columns, series.values.shape)).encode())
        digest.update(np.ascontiguousarray(series.values).tobytes())
    return digest.hexdigest()[:16]

"""Series as arrays: what a regressor reads, and what it is to give, normalised."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from seqjax.data.buckets import buckets
from seqjax.data.formats.numeric import Series
from seqjax.data.statistics import Statistics, from_json
from seqjax.models.regressor import RegressorConfig
from seqjax.tasks.regression.columns import INPUTS, TARGETS
from seqjax.tasks.regression.config import RegressionData
from seqjax.tasks.settings import Record, of_record
from seqjax.tasks.task import Part


def encoded(record: Record, series: Sequence[Series], *, window: int = 0) -> Part:
    """Series as batches, by the columns and statistics of a run.

    Args:
      window: steps of the pieces that are trained on; 0: whole series, as they are evaluated, so
        that no figure depends on it.

    Raises:
      ValueError: for a column that is missing, or a series too short for a forecast.
    """
    config = of_record(RegressionData, record)
    examples = [example for each in series for example in examples_of(record, each, window)]
    sides = {"": (INPUTS,) if record["config"]["output"] == "one" else (INPUTS, TARGETS)}
    return Part(buckets(examples, config.batch, sides=sides, shapes=config.shapes), series)


def examples_of(record: Record, series: Series, window: int) -> list[dict[str, np.ndarray]]:
    """What a series is to the model: inputs [T, D] and targets [K] or [T, K], normalised.

    Pieces of ``window`` steps, where that is not 0, follow each other without gap; each begins
    anew.

    Raises:
      ValueError: for a column that is missing, or a series too short for a forecast.
    """
    sides = {side: normalised(record, side, series) for side in (INPUTS, TARGETS)}
    if record["config"]["output"] == "one":
        return [{INPUTS: sides[INPUTS], TARGETS: sides[TARGETS][-1]}]
    ahead = steps_ahead(record)
    steps = len(series.values) - ahead
    if steps < 1:
        raise ValueError(f"{series.name}: got {len(series.values)} steps, want more than {ahead}")
    inputs, targets = sides[INPUTS][:steps], sides[TARGETS][ahead:]
    size = window or steps
    return [
        {INPUTS: inputs[begin : begin + size], TARGETS: targets[begin : begin + size]}
        for begin in range(0, steps, size)
    ]


def normalised(record: Record, side: str, series: Series) -> np.ndarray:
    """float32 [T, n]: the columns that are inputs, or targets, without their mean and deviation.

    Raises:
      ValueError: for a column that the series does not have, or a number that is not finite in
        float32 then.
    """
    values = series.take(record["data"][side])
    with np.errstate(over="ignore"):
        scaled = scale_of(record, side).normalise(values)
    if not np.isfinite(scaled).all():
        farthest = values[~np.isfinite(scaled)][0]
        raise ValueError(
            f"{series.name}: got {farthest:g}, which is too far from the numbers of the training"
            " part for float32"
        )
    return scaled


def scale_of(record: Record, side: str) -> Statistics:
    """Mean and deviation of the inputs, or of the targets, of the training part."""
    return from_json(record["data"]["statistics"][side])


def steps_ahead(record: Record) -> int:
    """How many steps the targets are ahead of the inputs."""
    config = of_record(RegressorConfig, record)
    return config.ahead if config.output == "forecast" else 0

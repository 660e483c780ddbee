"""Which columns of series go in, and which are to be predicted."""

from __future__ import annotations

from pathlib import Path

from seqjax.data.formats.numeric import Series
from seqjax.models.regressor import RegressorConfig
from seqjax.tasks.regression.config import RegressionData, split_names

INPUTS, TARGETS = "inputs", "targets"


def required_columns(config: RegressionData) -> tuple[str, ...]:
    """All columns that a file has to have, if the settings name them all; else none."""
    inputs, targets = split_names(config.inputs), split_names(config.targets)
    return (*inputs, *targets) if inputs and targets else ()


def columns_of(
    config: RegressionData, model: RegressorConfig, first: Series
) -> dict[str, tuple[str, ...]]:
    """Names of inputs and targets. In forecasting a target may be an input; else it is known.

    Raises:
      ValueError: for a column that the first series does not have; for inputs that are targets, or
        none; it names the setting.
    """
    targets = split_names(config.targets) or first.columns[-1:]
    excluded = () if model.output == "forecast" else targets
    inputs = split_names(config.inputs) or tuple(
        name for name in first.columns if name not in excluded
    )
    for setting, names in ((TARGETS, targets), (INPUTS, inputs)):
        for name in names:
            _check(setting, name, first, Path(config.data).name)
    if both := [name for name in inputs if name in excluded]:
        raise ValueError(f"inputs: got {both[0]!r}, which is a target; only forecasts may see it")
    if not inputs:
        raise ValueError(
            f"inputs: got no column beside the targets {', '.join(targets)}, want one or more, or"
            " output=forecast"
        )
    return {INPUTS: inputs, TARGETS: targets}


def _check(setting: str, name: str, series: Series, data: str) -> None:
    if name in series.ignored:
        raise ValueError(f"{setting}: got {name!r}, but that column of {data} is text")
    if name not in series.columns:
        raise ValueError(
            f"{setting}: {data} has no column {name!r}, only {', '.join(series.columns)}"
        )

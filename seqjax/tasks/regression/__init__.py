"""Regression: sequences of numbers in; numbers of each, of every step, or of later ones out."""

from __future__ import annotations

from seqjax.models.regressor import Regressor, RegressorConfig, regressor
from seqjax.tasks.regression.columns import INPUTS, TARGETS
from seqjax.tasks.regression.config import CONFIGS, NAME, check
from seqjax.tasks.regression.encode import scale_of
from seqjax.tasks.regression.evaluate import evaluate, readable
from seqjax.tasks.regression.new_series import open_files
from seqjax.tasks.regression.predict import (
    Predicted,
    RegressionOptions,
    head,
    inputs,
    predict,
    show,
)
from seqjax.tasks.regression.read import read
from seqjax.tasks.regression.report import report
from seqjax.tasks.settings import Record, of_record
from seqjax.tasks.summary import recurrent_layers
from seqjax.tasks.task import Task, Vocabularies

__all__ = ["TASK", "Predicted", "RegressionOptions", "build", "describe"]


def build(record: Record, vocabularies: Vocabularies) -> Regressor:
    """The regressor of a run, as wide as its inputs and its targets.

    Raises:
      ValueError: for what a layer refuses.
    """
    width, outputs = len(record["data"][INPUTS]), len(record["data"][TARGETS])
    deviation = scale_of(record, TARGETS).deviation.tolist()
    return regressor(of_record(RegressorConfig, record), width, outputs, deviation)


def describe(record: Record, vocabularies: Vocabularies) -> str:
    """What is read, how it is walked, what comes out."""
    config, data = of_record(RegressorConfig, record), record["data"]
    output = {
        "one": f"one value a series ({config.pooling})",
        "each": "a value a step",
        "forecast": f"a value a step, {config.ahead} ahead",
    }[config.output]
    return (
        f"inputs ({len(data[INPUTS])}) -> {recurrent_layers(config)} -> {output}, of targets"
        f" ({len(data[TARGETS])})"
    )


TASK = Task(
    name=NAME,
    about="numbers from sequences of numbers: forecasts, a value a step, a value a series",
    configs=CONFIGS,
    check=check,
    read=read,
    build=build,
    describe=describe,
    evaluate=evaluate,
    report=report,
    open=open_files,
    options=RegressionOptions,
    predict=predict,
    inputs=inputs,
    show=show,
    head=head,
    readable=readable,
)

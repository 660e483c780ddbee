"""Numbers of new series by a trained regressor, in the units of the data."""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.data.buckets import buckets
from seqjax.tasks.loaded import Loaded
from seqjax.tasks.regression.columns import INPUTS, TARGETS
from seqjax.tasks.regression.encode import normalised, scale_of, steps_ahead
from seqjax.tasks.regression.evaluate import forward_of
from seqjax.tasks.regression.new_series import series_of_inputs
from seqjax.tasks.text_input import no_texts


@dataclasses.dataclass(frozen=True)
class RegressionOptions:
    """Regression: how files are read.

    What comes out is CSV: a line of names, then the numbers of all series.
    """

    id: str = option(
        "", "CSV: the column that tells the series of a file apart; nothing: that of the training"
        " data, where the file has it"
    )  # fmt: skip
    delimiter: str = option(
        "", "CSV: the character between cells, or tab; nothing: that of the training data"
    )
    batch: int = option(16, "series that are predicted at once")


class Predicted(NamedTuple):
    """What is predicted of one series."""

    series: str
    """its name: what the column of ids has, the name of a file, or the number of an input"""
    steps: list[int]
    """the step that each row of ``values`` is for, counted from 0: forecasts go on beyond the end
    of a series; nothing where there is one value a series"""
    columns: list[str]
    """the targets"""
    values: np.ndarray
    """float64 [T, K], a row for each step that goes in, or [K]; in the units of the data"""


def predict(loaded: Loaded, inputs: Any, options: RegressionOptions) -> list[Predicted]:
    """The numbers that follow from each series, in the units of the data.

        run.predict("new.csv")[0].values

    Args:
      inputs: paths of CSV, NPY or NPZ files, which hold one or more series each; ``Series``; arrays
        [T, D] with the columns that go in, in their order; columns [T] by name, as a dict or a
        table has them. A single one needs no list around it, and an array [N, T, D] is N series.

    Raises:
      ValueError: as ``series_of_inputs`` does.
    """
    checks.positive("batch", options.batch)
    series = series_of_inputs(loaded, inputs, id=options.id, delimiter=options.delimiter)
    record, forward = loaded.record, forward_of(loaded.model)
    examples = [{INPUTS: normalised(record, INPUTS, each)} for each in series]
    scale, ahead, columns = scale_of(record, TARGETS), steps_ahead(record), record["data"][TARGETS]
    predictions = [Predicted(each.name, [], list(columns), np.zeros(0)) for each in series]
    # To compile takes longer than to predict a few series with padding.
    rows, shapes = min(options.batch, len(series)), 1 if len(series) <= options.batch else 8
    for item in buckets(examples, rows, sides={"": (INPUTS,)}, shapes=shapes):
        outputs = np.asarray(forward(loaded.params, item))
        for b, (index, length) in enumerate(zip(item["index"], item["lengths"], strict=True)):
            if index >= 0:
                values = scale.restore(outputs[b] if outputs.ndim == 2 else outputs[:length, b])
                steps = list(range(ahead, ahead + len(values))) if values.ndim == 2 else []
                predictions[index] = predictions[index]._replace(steps=steps, values=values)
    return predictions


def inputs(
    loaded: Loaded, texts: Sequence[str], files: Sequence[str], options: RegressionOptions
) -> Sequence[str]:
    """The files.

    Raises:
      ValueError: for texts, or no files.
    """
    return no_texts(texts, files)


def head(loaded: Loaded, options: RegressionOptions) -> str:
    """The names of the columns: series, step (unless a series has one value), targets."""
    step = [] if loaded.record["config"]["output"] == "one" else ["step"]
    return _csv([["series", *step, *loaded.record["data"][TARGETS]]])


def show(prediction: Predicted, options: RegressionOptions) -> str:
    """The rows of a series, as CSV."""
    name, steps, _, values = prediction
    if not steps:
        return _csv([[name, *values.tolist()]])
    return _csv([name, step, *row] for step, row in zip(steps, values.tolist(), strict=True))


def _csv(rows: Iterable[Sequence[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().removesuffix("\n")

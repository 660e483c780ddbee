"""Predicts numbers with a trained model: python -m experiments.regress_values --run=FOLDER ...

The file (--file) is CSV, NPY or NPZ with the columns that went in when the model was trained, by
the same names. What comes out is CSV, on standard output or in --out: the series, the step that a
value is for, counted from 0 (unless there is one value a series), and a column for each target, in
the units of the data. Forecasts go on beyond the end of a series.
"""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

import jax
import numpy as np

from experiments import flags, launch
from seqjax import runs
from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.data.buckets import buckets
from seqjax.data.formats.numeric import Series, from_json, read_series
from seqjax.kinds import config as config_of
from seqjax.models.regressor import RegressorConfig


@dataclasses.dataclass(frozen=True)
class ValuesConfig:
    """What is predicted."""

    run: str = option("runs/regress", "folder of a trained model")
    file: str = option("", "CSV, NPY or NPZ with the columns that go in")
    id: str = option("", "CSV: the column that tells the series of the file apart; nothing: one")
    out: str = option("", "a CSV file to write; nothing: standard output")
    batch: int = option(16, "series that are predicted at once")
    checkpoint: str = option("best", "best (by validation loss) or newest")


def values(loaded: runs.Loaded, series: Sequence[Series], batch: int = 16) -> list[np.ndarray]:
    """Of each series, in its order: float64 [K], or [T, K] with a row for each step that goes in.

    Raises:
      ValueError: for a column that is missing; it names it.
    """
    checks.positive("batch", batch)
    data = loaded.record["data"]
    scale, back = (from_json(data["statistics"][kind]) for kind in ("inputs", "targets"))
    examples = [{"inputs": scale.normalise(each.take(data["inputs"]))} for each in series]
    predict = jax.jit(loaded.model.predict)
    found: list[np.ndarray] = [np.zeros(0)] * len(series)
    for item in buckets(examples, batch, sides={"": ("inputs",)}):
        ys = np.asarray(predict(loaded.params, item))
        for row, (place, length) in enumerate(zip(item["index"], item["lengths"], strict=True)):
            if place >= 0:
                found[place] = back.restore(ys[row] if ys.ndim == 2 else ys[:length, row])
    return found


def table(loaded: runs.Loaded, series: Sequence[Series], found: Sequence[np.ndarray]) -> str:
    """The predictions as CSV with a header."""
    made = config_of(RegressorConfig, loaded.record)
    ahead = made.ahead if made.output == "forecast" else 0
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    place = [] if made.output == "one" else ["step"]
    writer.writerow(["series", *place, *loaded.record["data"]["targets"]])
    for each, predictions in zip(series, found, strict=True):
        writer.writerows([each.name, *row] for row in _rows(predictions, ahead))
    return text.getvalue()


def _rows(predictions: np.ndarray, ahead: int) -> Iterator[list[float]]:
    if predictions.ndim == 1:
        yield predictions.tolist()
        return
    for step, row in enumerate(predictions, ahead):
        yield [step, *row.tolist()]


def main() -> None:
    """Writes or prints the table."""
    with launch.mistakes():
        config = flags.parse(ValuesConfig)
        checks.lookup("checkpoint", {"best": 0, "newest": 0}, config.checkpoint)
        if not config.file:
            raise ValueError("file: got none, want a CSV, NPY or NPZ file")
        loaded = runs.load(config.run, config.checkpoint, kind="regressor")
        series = read_series(config.file, id=config.id)
        text = table(loaded, series, values(loaded, series, config.batch))
        if config.out:
            Path(config.out).write_text(text, encoding="utf-8")
    if not config.out:
        print(text, end="")


if __name__ == "__main__":
    flags.define(ValuesConfig)
    launch.run(main)

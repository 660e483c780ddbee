"""What is printed at the end of a run: errors in the units of the data, beside baselines; hints."""

from __future__ import annotations

import shlex
from pathlib import Path

import numpy as np

from seqjax.tasks.loaded import Loaded
from seqjax.tasks.regression.columns import INPUTS, TARGETS
from seqjax.tasks.regression.encode import scale_of
from seqjax.tasks.regression.evaluate import elements, predictions
from seqjax.tasks.settings import Record
from seqjax.tasks.task import DataSet, Part
from seqjax.training.fit import Figures


def report(best: Loaded, data_set: DataSet, part: str, figures: Figures) -> str:
    """Errors for each target in its units, beside those of baselines, and how to go on."""
    held_out = data_set.parts[part]
    predicted = {f"this model (step {best.step})": predictions(best, held_out)}
    predicted |= baselines(best.record, data_set.parts["train"], held_out)
    truth, scale = elements(held_out, TARGETS), scale_of(best.record, TARGETS)
    tables = []
    for column, name in enumerate(best.record["data"][TARGETS]):
        lines = [f"{name}: errors on the {part} part ({len(truth):,} values)"]
        lines += [f"  {'':34} {'MSE':>10} {'MAE':>10} {'RMSE':>10}"]
        for label, values in predicted.items():
            error = (scale.restore(values) - scale.restore(truth))[:, column]
            measures = (error**2).mean(), np.abs(error).mean(), (error**2).mean() ** 0.5
            lines.append(f"  {label:34} " + " ".join(f"{value:10.4g}" for value in measures))
        tables.append("\n".join(lines))
    return "\n\n".join([*tables, hints(best.folder)])


def baselines(record: Record, train: Part, held_out: Part) -> dict[str, np.ndarray]:
    """What says little and must be beaten, [N, K] each, normalised as the targets are."""
    mean = elements(train, TARGETS).mean(0, np.float64)
    truth = elements(held_out, TARGETS)
    rows = {"mean of the training part": np.broadcast_to(mean, truth.shape)}
    targets, inputs = record["data"][TARGETS], record["data"][INPUTS]
    if record["config"]["output"] == "forecast" and set(targets) <= set(inputs):
        # Both columns have the statistics of the training part.
        columns = [inputs.index(name) for name in targets]
        rows["the last value"] = elements(held_out, INPUTS)[:, columns]
    return rows


def hints(folder: Path) -> str:
    """The folder of the run, and commands that use it."""
    run = shlex.quote(str(folder))
    return f"""The run is in {folder}.
  python -m experiments.predict --run={run} --file=FILE --out=predictions.csv
  in Python: seqjax.load({str(folder)!r}).predict("FILE")"""

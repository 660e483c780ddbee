"""What is printed at the end of a regression: errors in the units of the data, beside baselines."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import jax
import numpy as np

from experiments.regress_data import Batches, Numbers
from seqjax.models.regressor import RegressorConfig
from seqjax.runs import Loaded


def text(folder: Path, best: Loaded, config: RegressorConfig, made: Numbers, part: str) -> str:
    """A table for each target, and how to go on."""
    named = {f"this model (step {best.step})": predicted(best, made.sources[part])}
    named |= baselines(config, made, part)
    wanted = flat(made.sources[part], "targets")
    scale = made.scales["targets"]
    tables = []
    for place, name in enumerate(made.targets):
        lines = [f"{name}: errors on the {part} part ({len(wanted):,} values)"]
        lines += [f"  {'':34} {'MSE':>10} {'MAE':>10} {'RMSE':>10}"]
        for label, values in named.items():
            error = (scale.restore(values) - scale.restore(wanted))[:, place]
            figures = (error**2).mean(), np.abs(error).mean(), (error**2).mean() ** 0.5
            lines.append(f"  {label:34} " + " ".join(f"{figure:10.4g}" for figure in figures))
        tables.append("\n".join(lines))
    return "\n\n".join([*tables, hints(folder)])


def predicted(best: Loaded, source: Batches) -> np.ndarray:
    """The predictions of all real elements, [N, K], normalised as the targets are."""
    predict = jax.jit(best.model.predict)
    return np.concatenate([_real(item, np.asarray(predict(best.params, item))) for item in source])


def flat(source: Batches, field: str) -> np.ndarray:
    """A field of all real elements, [N, ...]."""
    return np.concatenate([_real(item, item[field]) for item in source])


def _real(item: dict[str, np.ndarray], values: np.ndarray) -> np.ndarray:
    """Without padding: of values [B, K] the rows, of [T, B, K] the steps of rows."""
    if values.ndim == 2:
        return values[item["rows"] > 0]
    return values[np.arange(len(values))[:, None] < item["lengths"]]


def baselines(config: RegressorConfig, made: Numbers, part: str) -> dict[str, np.ndarray]:
    """What says little and must be beaten, [N, K] each, normalised as the targets are."""
    mean = flat(made.sources["train"], "targets").mean(0, np.float64)
    wanted = flat(made.sources[part], "targets")
    found: dict[str, Any] = {"mean of the training part": np.broadcast_to(mean, wanted.shape)}
    if config.output == "forecast" and set(made.targets) <= set(made.inputs):
        places = [made.inputs.index(name) for name in made.targets]
        last = flat(made.sources[part], "inputs")[:, places]
        # Both columns have the statistics of the training part.
        found["the last value"] = last
    return found


def hints(folder: Path) -> str:
    """How to go on."""
    run = shlex.quote(str(folder))
    return f"""The run is in {folder}.
  python -m experiments.regress_values --run={run} --file=FILE
  in Python: seqjax.load({str(folder)!r})"""

"""Trains a model from sequences of numbers to numbers: python -m experiments.regress --data=FILE.

Without flags: forecasts of generated waves, half a minute on two cores. The run directory
(--workdir) holds everything; the same command again goes on where it stopped. Then

    python -m experiments.regress_values --run=FOLDER --file=FILE
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import jax

from experiments import flags, launch, regress_report, task
from experiments.regress_data import Numbers, SeriesConfig, numbers
from experiments.task import RunConfig, Task
from seqjax.basics.options import option
from seqjax.models.regressor import RegressorConfig, regressor
from seqjax.training.config import Optimization
from seqjax.training.evaluate import evaluate
from seqjax.training.fit import Figures


@dataclasses.dataclass(frozen=True)
class RegressRun(RunConfig):
    """The defaults of this launch."""

    workdir: str = option("runs/regress", "folder of the run; the same one again resumes it")
    epochs: int = option(40, "passes over the training part")


CONFIGS = (RegressRun, SeriesConfig, RegressorConfig, Optimization)


def prepare(
    run: RunConfig, series: SeriesConfig, config: RegressorConfig, optimization: Optimization
) -> Task:
    """Reads the numbers and makes the model.

    Raises:
      ValueError: for any flag that is wrong or contradicts another; it names it.
    """
    made = numbers(series, config)
    model = regressor(
        config, len(made.inputs), len(made.targets), made.scales["targets"].deviation.tolist()
    )
    look = jax.jit(model.evaluate)
    return Task(
        kind="regressor",
        run=run,
        optimization=optimization,
        init=model.init,
        loss=model.loss,
        sources=made.sources,
        figures=lambda params, part: evaluate(look, params, (), made.sources[part]),
        vocabularies={},
        record={"config": flags.text(run, series, config, optimization), "data": made.data},
        amount=made.values["train"],
        unit="values",
        about=about(made, config),
        finish=lambda best, part, found: regress_report.text(
            Path(run.workdir), best, config, made, part
        ),
        report=report,
    )


def report(found: Figures) -> Figures:
    """Beside the mean squared error its root."""
    return {**found, "rmse": found["mse"] ** 0.5} if "mse" in found else found


def about(made: Numbers, config: RegressorConfig) -> str:
    """What is predicted from what, and how much of it there is."""
    parts = ", ".join(f"{part} {count:,}" for part, count in made.values.items())
    return (
        f"{made.data['name']}: from {', '.join(made.inputs)} to {', '.join(made.targets)}"
        f" ({config.output}); values to predict: {parts}"
    )


def main() -> int:
    """Returns the exit status."""
    return task.main(prepare, CONFIGS)


if __name__ == "__main__":
    flags.define(*CONFIGS)
    launch.run(main)

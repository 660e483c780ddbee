"""Settings of regression: which numbers go in and come out, and how they become batches."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.data.builtin.catalogue import DATASETS, dataset
from seqjax.data.encodings import HELP as ENCODING
from seqjax.data.encodings import UTF8, check_encoding
from seqjax.models.regressor import RegressorConfig, regressor
from seqjax.tasks.settings import RunConfig, unused
from seqjax.training.config import Optimization, validate

NAME = "regression"
ADDING = "adding"
AUTO = -1
PIECE = 64
"""Steps of a piece where window=-1 cuts; a series is long that has four of them."""


@dataclasses.dataclass(frozen=True)
class RegressionRun(RunConfig):
    """The run: where it lies, how long it is, and how often it says something."""

    workdir: str = option("runs/regress", "folder of the run; the same one again resumes it")
    epochs: int = option(40, "passes over the training part")


@dataclasses.dataclass(frozen=True)
class RegressionData:
    """The data: which numbers, and how they become examples."""

    data: str = option(
        "waves", "a CSV, NPY or NPZ file; a folder or a pattern (\"folder/*.csv\") of such files,"
        " one each for train, valid and test, or else one a series; or the name of a data set:"
        " waves, adding; what is missing of valid and test is cut from the training part"
    )  # fmt: skip
    inputs: str = option("", "columns that go in, with commas; nothing: all that may")
    targets: str = option("", "columns to be predicted, with commas; nothing: the last one")
    id: str = option("", "CSV: the column that tells the series of a file apart; nothing: one")
    delimiter: str = option(
        "", "CSV: the character between cells, or tab; nothing: a comma, in files called .tsv a tab"
    )
    encoding: str = option(UTF8, ENCODING)
    window: int = option(
        AUTO, f"train on pieces of so many steps; 0: whole series, as they are evaluated; {AUTO}:"
        f" {PIECE}, if there is one series to train on, and it has {4 * PIECE} steps or more"
    )  # fmt: skip
    normalise: bool = option(True, "take mean and deviation of the training part from every column")
    steps: int = option(200, "data=adding: steps of a sequence")
    valid: float = option(0.1, "share for validation, where there is no file for it")
    test: float = option(0.1, "share for the test, where there is no file for it")
    batch: int = option(16, "examples of a batch")
    shapes: int = option(8, "lengths that batches are padded to: so many programs to compile")


CONFIGS = (RegressionRun, RegressionData, RegressorConfig, Optimization)


def check(
    run: RegressionRun, data: RegressionData, config: RegressorConfig, optimization: Optimization
) -> None:
    """Refuses settings before any data is read.

    Raises:
      ValueError: for a setting that is wrong or contradicts another; it names it.
    """
    for name in ("batch", "shapes", "steps"):
        checks.positive(name, getattr(data, name))
    check_encoding(data.encoding)
    if data.window < AUTO:
        raise ValueError(f"window: got {data.window}, want 1 or more, 0 (whole) or {AUTO}")
    if data.window > 0 and config.output == "one":
        raise ValueError(f"window: got {data.window}, but output=one has a target a whole series")
    _check_columns(data, config)
    if data.data == ADDING:
        of_adding = ("inputs", "targets", "id", "delimiter", "window", "normalise", "shapes")
        unused(data, *of_adding, "valid", "test", why=f"with data={ADDING}")
        if config.output != "one":
            raise ValueError(
                f"output: got {config.output!r}, want one: data={ADDING} has one target"
            )
    else:
        unused(data, "steps", why=f"without data={ADDING}")
        if builtin(data.data):
            dataset(NAME, data.data)  # raises where there is none of that name
            of_files = "id", "delimiter", "encoding", "valid", "test"
            unused(data, *of_files, why=f"with data={data.data}")
    regressor(config, 1, 1)  # raises what the model refuses, whatever the numbers
    validate(optimization)


def builtin(data: str) -> bool:
    """Whether data is the name of a set that needs no file, and not a path or a pattern."""
    return data in DATASETS or not ("*" in data or Path(data).exists())


def _check_columns(data: RegressionData, config: RegressorConfig) -> None:
    """Whether no column is named twice, as far as the settings tell."""
    columns = {name: split_names(getattr(data, name)) for name in ("inputs", "targets")}
    for setting, names in columns.items():
        if twice := [name for name in names if names.count(name) > 1]:
            raise ValueError(f"{setting}: got {twice[0]!r} twice, want each column once")
    both = [name for name in columns["inputs"] if name in columns["targets"]]
    if both and config.output != "forecast":
        raise ValueError(f"inputs: got {both[0]!r}, which is a target; only forecasts may see it")


def split_names(setting: str) -> tuple[str, ...]:
    """The names in a setting, which have commas between them.

    >>> split_names("level, wind")
    ('level', 'wind')
    """
    return tuple(filter(None, (name.strip() for name in setting.split(","))))
